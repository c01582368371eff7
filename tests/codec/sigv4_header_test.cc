#include "codec/sigv4_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sallyport::codec {
namespace {

using testing::ElementsAre;
using Kind = SigV4Problem::Kind;

const std::string kGood =
    "AWS4-HMAC-SHA256 Credential=AKID/20200102/eu-west-1/cognito-idp/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=00ff";

SigV4Problem ProblemOf(const std::string& value) {
  const auto header = ParseSigV4Header(value);
  EXPECT_FALSE(header) << value;
  return header ? SigV4Problem{} : header.error();
}

TEST(SigV4Header, IsTakenApart) {
  for (const std::string& value : {kGood, "  " + kGood + "\t"}) {
    const auto header = ParseSigV4Header(value);
    ASSERT_TRUE(header) << value;
    EXPECT_EQ(header->access_key, "AKID");
    EXPECT_EQ(header->date, "20200102");
    EXPECT_EQ(header->region, "eu-west-1");
    EXPECT_EQ(header->service, "cognito-idp");
    EXPECT_EQ(header->terminator, "aws4_request");
    EXPECT_THAT(header->signed_headers, ElementsAre("host", "x-amz-date"));
    EXPECT_EQ(header->signature, "00ff");
  }
}

TEST(SigV4Header, OfAParameterThatIsThereTwiceTheLastOneCounts) {
  const std::string value = kGood + ", SignedHeaders=host, Signature=11";
  const auto header = ParseSigV4Header(value);
  ASSERT_TRUE(header);
  EXPECT_THAT(header->signed_headers, ElementsAre("host"));
  EXPECT_EQ(header->signature, "11");
}

TEST(SigV4Header, AnotherAlgorithmIsRefused) {
  for (const char* value : {"", "Bearer x", "AWS4-HMAC-SHA25", "AWS4-HMAC-SHA256-X Credential=a"}) {
    EXPECT_EQ(ProblemOf(value).kind, Kind::kOtherAlgorithm) << value;
  }
}

TEST(SigV4Header, SaysWhatIsMissing) {
  const SigV4Problem all = ProblemOf("AWS4-HMAC-SHA256 ");
  EXPECT_EQ(all.kind, Kind::kParameterMissing);
  EXPECT_THAT(all.missing, ElementsAre("Credential", "Signature", "SignedHeaders"));
  const SigV4Problem one =
      ProblemOf("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=, SignedHeaders=host");
  EXPECT_THAT(one.missing, ElementsAre("Signature"));
  EXPECT_EQ(ProblemOf("AWS4-HMAC-SHA256 Credential").kind, Kind::kNoPair);
}

TEST(SigV4Header, ACredentialHasFivePartsAndAnAccessKey) {
  for (const char* credential : {"a/b/c/d", "a/b/c/d/e/f", "/b/c/d/e"}) {
    const std::string value = "AWS4-HMAC-SHA256 Credential=" + std::string(credential) +
                              ", SignedHeaders=host, Signature=0";
    EXPECT_EQ(ProblemOf(value).kind, Kind::kCredential) << value;
  }
}

TEST(BasicTime, IsReadToTheSecondOrNotAtAll) {
  EXPECT_EQ(ParseBasicTime("20150830T123600Z"), 1'440'938'160);
  EXPECT_EQ(ParseBasicTime("19700101T000001Z"), 1);
  for (const char* text : {"", "20150830T123600", "20150830 123600Z", "20150830T12360xZ",
                           "2015-08-30T12:36:00Z", "20150830T123600Z "}) {
    EXPECT_EQ(ParseBasicTime(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace sallyport::codec
