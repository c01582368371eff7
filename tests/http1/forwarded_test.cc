#include "http1/forwarded.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace sallyport::http1 {
namespace {

// The client of a request that came from the proxy 10.0.0.1; trusted are 10.0.0.0/8 and
// 2001:db8::1.
std::string Client(std::initializer_list<std::string_view> lines) {
  const TrustedProxies proxies(
      {*base::IpNetwork::Parse("10.0.0.0/8"), *base::IpNetwork::Parse("2001:db8::1")});
  return proxies.ClientOf(*base::IpAddress::Parse("10.0.0.1"), {lines.begin(), lines.size()})
      .ToString();
}

bool ShowsProxyIn(std::string_view line, std::string_view fields) {
  const std::string bytes =
      std::string(line) + "\r\nHost: 127.0.0.1\r\n" + std::string(fields) + "\r\n";
  Head head;
  EXPECT_EQ(ParseHead(bytes, &head), nullptr) << fields;
  return ShowsProxy(head);
}

TEST(Forwarded, ARequestShowsItsProxyByFieldOrByVersion) {
  constexpr std::string_view k11 = "GET / HTTP/1.1";
  EXPECT_TRUE(ShowsProxyIn("GET / HTTP/1.0", "")) << "nginx's default";
  for (const std::string_view field :
       {"Via: 1.1 x", "Forwarded: for=192.0.2.1", "X-Forwarded-For: 192.0.2.1",
        "x-forwarded-proto: https", "X-FORWARDED-HOST: a", "X-Forwarded-Anything:",
        "X-Real-IP: ::1", "CF-Connecting-IP: 192.0.2.1", "True-Client-IP: 192.0.2.1"}) {
    EXPECT_TRUE(ShowsProxyIn(k11, std::string(field) + "\r\n")) << field;
  }
  EXPECT_FALSE(ShowsProxyIn(k11, ""));
  EXPECT_FALSE(ShowsProxyIn(k11, "User-Agent: curl\r\nX-Forward: x\r\nViable: x\r\n"));
}

TEST(Forwarded, TheClientIsTheRightmostAddressThatIsNoTrustedProxy) {
  EXPECT_EQ(Client({"192.0.2.1"}), "192.0.2.1");
  EXPECT_EQ(Client({"192.0.2.1, 192.0.2.2"}), "192.0.2.2");
  EXPECT_EQ(Client({"192.0.2.1, 10.0.0.2, 2001:db8::1"}), "192.0.2.1");
  EXPECT_EQ(Client({"127.0.0.1,192.0.2.1,10.0.0.2"}), "192.0.2.1");
}

TEST(Forwarded, SeveralFieldsAreOneList) {
  EXPECT_EQ(Client({"192.0.2.1", "192.0.2.2"}), "192.0.2.2");
  EXPECT_EQ(Client({"192.0.2.1", "10.0.0.3", "", " , "}), "192.0.2.1");
}

TEST(Forwarded, WhereAllAreTrustedItIsTheLeftmost) {
  EXPECT_EQ(Client({"10.0.0.5, 10.0.0.2"}), "10.0.0.5");
  EXPECT_EQ(Client({}), "10.0.0.1");
  EXPECT_EQ(Client({"", ","}), "10.0.0.1");
}

TEST(Forwarded, PortsAndBracketsMayStandThere) {
  EXPECT_EQ(Client({"192.0.2.1:4711"}), "192.0.2.1");
  EXPECT_EQ(Client({"[2001:db8::2]"}), "2001:db8::2");
  EXPECT_EQ(Client({"[2001:db8::2]:4711"}), "2001:db8::2");
  EXPECT_EQ(Client({"2001:db8::2"}), "2001:db8::2");
  EXPECT_EQ(Client({"::ffff:192.0.2.1"}), "192.0.2.1");
}

TEST(Forwarded, WhatIsNoAddressEndsTheSearchAtTheProxyThatWroteIt) {
  for (const std::string_view text :
       {"unknown", "_hidden", "192.0.2.1:", "192.0.2.1:123456", "192.0.2.1:x", "[192.0.2.1]",
        "[2001:db8::2", "[2001:db8::2]x", "192.0.2.1 192.0.2.2", "for=192.0.2.1", "192.0.2.256"}) {
    EXPECT_EQ(Client({text}), "10.0.0.1") << text;
    EXPECT_EQ(Client({"192.0.2.9", text, "10.0.0.7"}), "10.0.0.7") << text;
  }
}

}  // namespace
}  // namespace sallyport::http1
