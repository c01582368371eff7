#include "base/encoding.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace sallyport::base {
namespace {

// RFC 4648 section 10.
TEST(Base64, EncodesTheVectorsOfRfc4648) {
  EXPECT_EQ(Base64Encode(AsBytes("")), "");
  EXPECT_EQ(Base64Encode(AsBytes("f")), "Zg==");
  EXPECT_EQ(Base64Encode(AsBytes("fo")), "Zm8=");
  EXPECT_EQ(Base64Encode(AsBytes("foobar")), "Zm9vYmFy");
  EXPECT_EQ(Base64UrlEncode(AsBytes("fo")), "Zm8");
}

TEST(Base64Url, DecodesWhatItEncodedAtEveryLength) {
  for (size_t length = 0; length < 130; ++length) {
    std::vector<uint8_t> bytes(length);
    RandomBytes(bytes);
    EXPECT_EQ(Base64UrlDecode(Base64UrlEncode(bytes)), bytes);
    EXPECT_EQ(Base64Decode(Base64Encode(bytes)), bytes);
  }
}

TEST(Base64Url, RejectsEveryNonCanonicalText) {
  for (const std::string_view text : {"A", "Zh", "Zm9", "Zg==", "Zm8=", "Zm 8", "Zm9v\n", "Zm9+",
                                      "Zm9/", "Zm9?", "AAAAA", "\x80\x80\x80\x80"}) {
    EXPECT_EQ(Base64UrlDecode(text), std::nullopt) << text;
  }
}

TEST(Hex, RoundTripsAndRejectsOddOrForeignDigits) {
  EXPECT_EQ(HexEncode(AsBytes("\x01\xab")), "01ab");
  EXPECT_EQ(HexDecode("01aB"), (std::vector<uint8_t>{0x01, 0xab}));
  EXPECT_EQ(HexDecode("0"), std::nullopt);
  EXPECT_EQ(HexDecode("0g"), std::nullopt);
}

TEST(HtmlEscape, LeavesNothingThatBeginsATagOrEndsAQuotedAttribute) {
  EXPECT_EQ(HtmlEscape("<a b=\"c\" d='e'>&amp;"),
            "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;");
  EXPECT_EQ(HtmlEscape("plain \xc3\xa9"), "plain \xc3\xa9");
}

TEST(Random, UuidHasVersionFourAndVariantOne) {
  const std::string uuid = RandomUuid();
  ASSERT_EQ(uuid.size(), 36U);
  EXPECT_EQ(uuid[8], '-');
  EXPECT_EQ(uuid[13], '-');
  EXPECT_EQ(uuid[14], '4');
  EXPECT_NE(std::string_view("89ab").find(uuid[19]), std::string_view::npos);
  EXPECT_NE(uuid, RandomUuid());
}

TEST(Random, StringDrawsEveryCharacterOfTheAlphabet) {
  const std::string text = RandomString(kLowerAlphanumeric, 5000);
  for (const char c : kLowerAlphanumeric) EXPECT_NE(text.find(c), std::string::npos) << c;
}

}  // namespace
}  // namespace sallyport::base
