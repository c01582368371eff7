#include "base/ip.h"

#include <gtest/gtest.h>

namespace sallyport::base {
namespace {

std::string Shown(std::string_view text) {
  const auto address = IpAddress::Parse(text);
  return address ? address->ToString() : "none";
}

TEST(IpAddress, IsShownAsItIsUsuallyWritten) {
  EXPECT_EQ(Shown("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(Shown("2001:DB8:0:0::1"), "2001:db8::1");
  EXPECT_EQ(Shown("::ffff:192.0.2.1"), "192.0.2.1");
}

TEST(IpAddress, WhatIsNotOneIsRefused) {
  for (const std::string_view text :
       {"", "192.0.2", "192.0.2.01", "192.0.2.256", "192.0.2.1:80", "192.0.2.1 ", " 192.0.2.1",
        "[::1]", "fe80::1%eth0", "localhost", "0x7f000001", "1", ":::", "1::2::3"}) {
    EXPECT_EQ(Shown(text), "none") << text;
  }
  EXPECT_EQ(Shown(std::string_view("1.2.3.4\0x", 9)), "none");
}

TEST(IpAddress, KnowsThisHost) {
  for (const char* text : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(IpAddress::Parse(text)->loopback()) << text;
  }
  for (const char* text : {"128.0.0.1", "::2", "::", "1::1"}) {
    EXPECT_FALSE(IpAddress::Parse(text)->loopback()) << text;
  }
}

bool Contains(std::string_view network, std::string_view address) {
  return IpNetwork::Parse(network)->Contains(*IpAddress::Parse(address));
}

TEST(IpNetwork, HasTheAddressesThatBeginWithItsPrefix) {
  EXPECT_TRUE(Contains("10.0.0.0/8", "10.255.1.2"));
  EXPECT_FALSE(Contains("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(Contains("192.0.2.128/25", "192.0.2.255"));
  EXPECT_FALSE(Contains("192.0.2.128/25", "192.0.2.127"));
  EXPECT_TRUE(Contains("192.0.2.1", "::ffff:192.0.2.1"));
  EXPECT_FALSE(Contains("192.0.2.1", "192.0.2.2"));
  EXPECT_TRUE(Contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(Contains("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_FALSE(Contains("::/1", "10.0.0.1"));
}

TEST(IpNetwork, WhatWasMeantToBeAnotherIsRefused) {
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/0", "::/0", "10.0.0.1/8", "10.0.0.0/33",
                           "2001:db8::/129", "10.0.0.0/8 ", "10.0.0.0/+8", "10.0.0.0/08",
                           "2001:db8::1/64", "10.0.0.0/8/8", "localhost"}) {
    EXPECT_FALSE(IpNetwork::Parse(text)) << text;
  }
}

}  // namespace
}  // namespace sallyport::base
