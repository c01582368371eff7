#include "http1/proxy_protocol.h"

#include <gtest/gtest.h>

#include <string>

namespace sallyport::http1 {
namespace {

using State = ProxyHeader::State;
using namespace std::string_literals;
using namespace std::string_view_literals;

const std::string kBegin = "\r\n\r\n\0\r\nQUIT\n"s;
// What a client sends after the header.
const std::string kRequest = "GET / HTTP/1.1\r\n";

struct Read {
  std::string outcome;  // the client, "own", "malformed" or "incomplete"
  size_t taken = 0;
};

// Reads it in the way in which a connection is read.
Read ReadFrom(const std::string& stream) {
  size_t taken = 0;
  ProxyHeader header = ReadProxyHeader({});
  while (header.state == State::kIncomplete) {
    EXPECT_GT(header.wanted, 0u);
    if (taken + header.wanted > stream.size()) return {"incomplete", taken};
    taken += header.wanted;
    header = ReadProxyHeader(std::string_view(stream).substr(0, taken));
  }
  if (header.state == State::kMalformed) return {"malformed", taken};
  return {header.client ? header.client->ToString() : "own", taken};
}

std::string Outcome(const std::string& header) {
  const Read read = ReadFrom(header + kRequest);
  if (read.outcome != "malformed" && read.outcome != "incomplete") {
    EXPECT_EQ(read.taken, header.size()) << "a byte of the client was taken";
  }
  return read.outcome;
}

// Version 2. `length` is that of `rest`, unless another is claimed.
std::string Binary(uint8_t command, uint8_t family, const std::string& rest, int length = -1) {
  if (length < 0) length = static_cast<int>(rest.size());
  std::string header = kBegin;
  for (const int byte : {int{command}, int{family}, length >> 8, length & 255}) {
    header += static_cast<char>(byte);
  }
  return header + rest;
}

const std::string kFour = "\xc0\x00\x02\x01\x0a\x00\x00\x01\x10\x00\x01\xbb"s;

TEST(ProxyProtocol, Version1NamesTheClient) {
  EXPECT_EQ(Outcome("PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\r\n"), "192.0.2.1");
  EXPECT_EQ(Outcome("PROXY TCP4 1.1.1.1 1.1.1.1 0 0\r\n"), "1.1.1.1");
  EXPECT_EQ(Outcome("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"),
            "255.255.255.255");
  EXPECT_EQ(Outcome("PROXY TCP6 2001:DB8::1 ::1 1 2\r\n"), "2001:db8::1");
  EXPECT_EQ(Outcome("PROXY TCP6 :: :: 0 0\r\n"), "::");
}

TEST(ProxyProtocol, Version1MayNotKnowTheClient) {
  EXPECT_EQ(Outcome("PROXY UNKNOWN\r\n"), "own");
  EXPECT_EQ(Outcome("PROXY UNKNOWN ffff::1 whatever  it says\r\n"), "own");
  EXPECT_EQ(Outcome("PROXY UNKNOWN " + std::string(91, 'x') + "\r\n"), "own");
}

TEST(ProxyProtocol, Version1IsReadStrictly) {
  for (const char* header :
       {"PROXY \r\n", "PROXY TCP4\r\n", "PROXY TCP4 192.0.2.1 10.0.0.1 1\r\n",
        "PROXY TCP4 192.0.2.1 10.0.0.1 1 2 3\r\n", "PROXY TCP4  192.0.2.1 10.0.0.1 1 2\r\n",
        "PROXY TCP4 192.0.2.1 10.0.0.1 1 2 \r\n", "PROXY TCP4 192.0.2.1 10.0.0.1 01 2\r\n",
        "PROXY TCP4 192.0.2.1 10.0.0.1 65536 2\r\n", "PROXY TCP4 192.0.2.1 10.0.0.1 -1 2\r\n",
        "PROXY TCP4 192.0.2.01 10.0.0.1 1 2\r\n", "PROXY TCP4 2001:db8::1 ::1 1 2\r\n",
        "PROXY TCP6 192.0.2.1 10.0.0.1 1 2\r\n", "PROXY UDP4 192.0.2.1 10.0.0.1 1 2\r\n",
        "PROXY tcp4 192.0.2.1 10.0.0.1 1 2\r\n", "proxy TCP4 192.0.2.1 10.0.0.1 1 2\r\n",
        "PROXY TCP4 192.0.2.1 10.0.0.1 1 2\n", "PROXY TCP4 192.0.2.1 10.0.0.1 1 2\rx",
        "PROXY UNKNOWNED\r\n", "PROXY\tUNKNOWN xxx\r\n"}) {
    EXPECT_EQ(Outcome(header), "malformed") << header;
  }
  EXPECT_EQ(Outcome("PROXY UNKNOWN " + std::string(92, 'x') + "\r\n"), "malformed");
  EXPECT_EQ(Outcome("PROXY TCP4 192.0.2.1\0 10.0.0.1 1 2\r\n"s), "malformed");
}

TEST(ProxyProtocol, Version2NamesTheClient) {
  EXPECT_EQ(Outcome(Binary(0x21, 0x11, kFour)), "192.0.2.1");
  const std::string six =
      "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01" + std::string(20, '\1');
  EXPECT_EQ(Outcome(Binary(0x21, 0x21, six)), "2001:db8::1");
  // With extensions: one of AWS's, and one that is empty.
  EXPECT_EQ(Outcome(Binary(0x21, 0x11,
                           kFour + "\xea\x00\x03"
                                   "abc\x04\x00\x00"s)),
            "192.0.2.1");
}

TEST(ProxyProtocol, Version2MayNotKnowTheClient) {
  EXPECT_EQ(Outcome(Binary(0x20, 0x00, "")), "own");
  EXPECT_EQ(Outcome(Binary(0x20, 0x11, kFour)), "own");
  EXPECT_EQ(Outcome(Binary(0x21, 0x00, "whatever")), "own");
  EXPECT_EQ(Outcome(Binary(0x21, 0x31, std::string(216, 'x'))), "own");
}

TEST(ProxyProtocol, Version2IsReadStrictly) {
  EXPECT_EQ(Outcome(Binary(0x11, 0x11, kFour)), "malformed") << "version 1";
  EXPECT_EQ(Outcome(Binary(0x22, 0x11, kFour)), "malformed") << "no such command";
  for (const int family : {0x01, 0x10, 0x12, 0x13, 0x22, 0x30, 0x32, 0x41, 0xff}) {
    EXPECT_EQ(Outcome(Binary(0x21, static_cast<uint8_t>(family), std::string(216, 'x'))),
              "malformed")
        << family;
  }
  EXPECT_EQ(Outcome(Binary(0x21, 0x11, kFour.substr(1))), "malformed") << "no room for addresses";
  EXPECT_EQ(Outcome(Binary(0x21, 0x21, std::string(35, 'x'))), "malformed");
  EXPECT_EQ(Outcome(Binary(0x21, 0x11, kFour + "\x04"s)), "malformed") << "half an extension";
  EXPECT_EQ(Outcome(Binary(0x21, 0x11, kFour + "\x04\x00\x02x"s)), "malformed");
  EXPECT_EQ(Outcome(Binary(0x21, 0x11, kFour, 5000)), "malformed") << "too large";
  std::string other = Binary(0x21, 0x11, kFour);
  other[5] = 'x';
  EXPECT_EQ(Outcome(other), "malformed");
}

// The correct checksum was computed by another program, by which "123456789" has e3069283.
TEST(ProxyProtocol, Version2sChecksumIsLookedAt) {
  EXPECT_EQ(Outcome(Binary(0x21, 0x11, kFour + "\x03\x00\x04"s + "CRC!")), "malformed");
  EXPECT_EQ(Outcome(Binary(0x21, 0x11, kFour + "\x03\x00\x00"s)), "malformed");
  EXPECT_EQ(Outcome(Binary(0x21, 0x11, kFour + "\x03\x00\x04"s + "\xe9\xeb\xa1\x04"s)),
            "192.0.2.1");
}

TEST(ProxyProtocol, WhatIsNoneIsMalformedAtOnce) {
  for (const std::string_view bytes :
       {"GET / HTTP/1.1\r\nHost: x\r\n"sv, "\x16\x03\x01\x02\x00 and so on ........"sv}) {
    const Read read = ReadFrom(std::string(bytes));
    EXPECT_EQ(read.outcome, "malformed");
    EXPECT_EQ(read.taken, 15u);
  }
}

}  // namespace
}  // namespace sallyport::http1
