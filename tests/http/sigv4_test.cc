#include "http/sigv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace sallyport::http {
namespace {

using ::testing::HasSubstr;
namespace json = boost::json;

// One of botocore's signed requests, free to be changed.
struct Vector {
  std::string name, region, method, target, body;
  std::vector<std::pair<std::string, std::string>> headers;

  SignedRequest Request() const {
    SignedRequest request{method, target, {}, body};
    for (const auto& [field, value] : headers) request.headers.emplace_back(field, value);
    return request;
  }
  std::string& Header(std::string_view field) {
    return std::find_if(headers.begin(), headers.end(),
                        [field](const auto& header) { return header.first == field; })
        ->second;
  }
  void Drop(std::string_view field) {
    std::erase_if(headers, [field](const auto& header) { return header.first == field; });
  }
  void Replace(std::string_view field, std::string_view from, std::string_view to) {
    std::string& value = Header(field);
    const size_t at = value.find(from);
    ASSERT_NE(at, std::string::npos);
    value.replace(at, from.size(), to);
  }
};

class SigV4 : public ::testing::Test {
 protected:
  SigV4() {
    std::ifstream file(SIGV4_VECTORS);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const json::object document = json::parse(text).as_object();
    const auto string = [](const json::value& value) { return std::string(value.as_string()); };
    access_key_ = string(document.at("access_key"));
    secret_key_ = string(document.at("secret_key"));
    now_ = document.at("now").as_int64();
    for (const json::value& item : document.at("vectors").as_array()) {
      const json::object& v = item.as_object();
      Vector vector{string(v.at("name")),   string(v.at("region")), string(v.at("method")),
                    string(v.at("target")), string(v.at("body")),   {}};
      for (const json::value& header : v.at("headers").as_array()) {
        vector.headers.emplace_back(string(header.as_array()[0]), string(header.as_array()[1]));
      }
      vectors_.push_back(std::move(vector));
    }
  }

  base::Result<std::string> Verify(const Vector& vector, int64_t seconds_later = 0) {
    base::ManualClock clock((now_ + seconds_later) * 1000);
    SigV4Verifier verifier({{access_key_, base::Secret(secret_key_)}}, clock);
    return verifier.Verify(vector.Request());
  }
  void ExpectRefused(const Vector& vector, std::string_view code, const std::string& text,
                     int64_t seconds_later = 0) {
    const auto result = Verify(vector, seconds_later);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, code);
    EXPECT_THAT(result.error().message, HasSubstr(text));
  }

  std::string access_key_, secret_key_;
  int64_t now_ = 0;
  std::vector<Vector> vectors_;
};

TEST_F(SigV4, WhatBotocoreSignsIsVerifiedWithItsRegion) {
  ASSERT_GE(vectors_.size(), 5u);
  for (const Vector& vector : vectors_) {
    const auto region = Verify(vector);
    ASSERT_TRUE(region.ok()) << vector.name << ": " << region.error().message;
    EXPECT_EQ(*region, vector.region) << vector.name;
  }
}

TEST_F(SigV4, ASignatureCoversMethodPathBodyAndSignedHeaders) {
  constexpr std::string_view kCode = "InvalidSignatureException";
  const std::string text = "The request signature we calculated does not match";
  for (const Vector& signed_one : vectors_) {
    Vector changed = signed_one;
    changed.body += " ";
    ExpectRefused(changed, kCode, text);
    changed = signed_one;
    changed.target += "x";
    ExpectRefused(changed, kCode, text);
    changed = signed_one;
    changed.method = "PUT";
    ExpectRefused(changed, kCode, text);
    changed = signed_one;
    changed.Header("Host") = "elsewhere";
    ExpectRefused(changed, kCode, text);
  }
  Vector other_operation = vectors_[0];
  other_operation.Replace("X-Amz-Target", "ListUserPools", "DeleteUserPool");
  ExpectRefused(other_operation, kCode, text);
  Vector second_target = vectors_[0];
  second_target.headers.emplace_back("x-amz-target", "DeleteUserPool");
  ExpectRefused(second_target, kCode, text);
}

// A proxy in front may pass the path of --public-url on, or remove it; SDKs sign it.
TEST_F(SigV4, ASignatureOfAPathThatAProxyTookAwayIsVerified) {
  constexpr std::string_view kPrefix = "/auth/v1";
  base::ManualClock clock(now_ * 1000);
  SigV4Verifier under({{access_key_, base::Secret(secret_key_)}}, clock, std::string(kPrefix));
  SigV4Verifier other({{access_key_, base::Secret(secret_key_)}}, clock, "/auth");
  size_t tried = 0;
  for (Vector vector : vectors_) {
    if (!vector.target.starts_with(kPrefix)) continue;
    ++tried;
    EXPECT_TRUE(under.Verify(vector.Request()).ok()) << vector.name;
    vector.target.erase(0, kPrefix.size());
    if (!vector.target.starts_with('/')) vector.target.insert(0, 1, '/');
    EXPECT_TRUE(under.Verify(vector.Request()).ok()) << vector.name;
    EXPECT_EQ(under.Prove(vector.Request(), "text").size(), 64u) << vector.name;
    EXPECT_FALSE(other.Verify(vector.Request()).ok()) << vector.name;
    EXPECT_FALSE(Verify(vector).ok()) << vector.name;
    vector.target += "x";
    EXPECT_FALSE(under.Verify(vector.Request()).ok()) << vector.name;
  }
  EXPECT_EQ(tried, 3u);
}

// Otherwise it would prove a text of the caller's choice to anybody who knows an access key id.
TEST_F(SigV4, NothingIsProvedForWhoeverSignsNot) {
  base::ManualClock clock(now_ * 1000);
  SigV4Verifier verifier({{access_key_, base::Secret(secret_key_)}}, clock);
  Vector vector = vectors_[0];
  EXPECT_EQ(verifier.Prove(vector.Request(), "text").size(), 64u);
  vector.body += " ";
  EXPECT_EQ(verifier.Prove(vector.Request(), "text"), "");
  vector.Drop("Authorization");
  EXPECT_EQ(verifier.Prove(vector.Request(), "text"), "");
}

TEST_F(SigV4, AWrongSecretIsASignatureThatDoesNotMatch) {
  secret_key_ += "x";
  ExpectRefused(vectors_[0], "InvalidSignatureException", "does not match the signature");
}

TEST_F(SigV4, AnUnknownAccessKeyIsRefused) {
  Vector vector = vectors_[0];
  vector.Replace("Authorization", access_key_, "AKIANOBODY");
  ExpectRefused(vector, "UnrecognizedClientException",
                "The security token included in the request is invalid.");
}

TEST_F(SigV4, ASessionTokenNamesNobody) {
  Vector vector = vectors_[0];
  vector.headers.emplace_back("X-Amz-Security-Token", "token");
  ExpectRefused(vector, "UnrecognizedClientException", "security token");
}

TEST_F(SigV4, FiveMinutesEitherWayAreForgivenAndNoMore) {
  EXPECT_TRUE(Verify(vectors_[0], 300).ok());
  EXPECT_TRUE(Verify(vectors_[0], -300).ok());
  ExpectRefused(vectors_[0], "InvalidSignatureException",
                "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z "
                "(20150830T124101Z - 5 min.)",
                301);
  ExpectRefused(vectors_[0], "InvalidSignatureException",
                "Signature not yet current: 20150830T123600Z is still later than "
                "20150830T123559Z (20150830T123059Z + 5 min.)",
                -301);
}

TEST_F(SigV4, TheTargetTheDateAndTheHostMustBeSigned) {
  Vector vector = vectors_[0];
  vector.Replace("Authorization", ";x-amz-target", "");
  ExpectRefused(vector, "InvalidSignatureException", "'x-amz-target' must be a 'SignedHeader'");
  vector = vectors_[0];
  vector.Replace("Authorization", ";x-amz-date", "");
  ExpectRefused(vector, "InvalidSignatureException", "'x-amz-date' must be a 'SignedHeader'");
  vector = vectors_[0];
  vector.Replace("Authorization", "host;", "");
  ExpectRefused(vector, "InvalidSignatureException", "'Host' or ':authority' must be");
}

TEST_F(SigV4, TheScopeMustBeThisServiceAndTheDaysDate) {
  Vector vector = vectors_[0];
  vector.Replace("Authorization", "/cognito-idp/", "/dynamodb/");
  ExpectRefused(vector, "InvalidSignatureException",
                "Credential should be scoped to correct service: 'cognito-idp'.");
  vector = vectors_[0];
  vector.Replace("Authorization", "/aws4_request", "/aws5_request");
  ExpectRefused(vector, "InvalidSignatureException", "valid terminator: 'aws4_request'");
  vector = vectors_[0];
  vector.Replace("Authorization", "/20150830/", "/20150831/");
  ExpectRefused(vector, "InvalidSignatureException", "'20150831' != '20150830'");
  vector = vectors_[0];
  vector.Replace("Authorization", "/us-east-1/", "/US_EAST/");
  ExpectRefused(vector, "InvalidSignatureException", "valid region");
}

TEST_F(SigV4, WhatIsMissingIsNamed) {
  Vector vector = vectors_[0];
  vector.Drop("Authorization");
  ExpectRefused(vector, "MissingAuthenticationTokenException", "Missing Authentication Token");
  vector = vectors_[0];
  vector.Drop("X-Amz-Date");
  ExpectRefused(vector, "IncompleteSignatureException", "'X-Amz-Date'");
  const auto with = [this](std::string text) {
    Vector changed = vectors_[0];
    changed.Header("Authorization") = std::move(text);
    return changed;
  };
  ExpectRefused(with("AWS4-HMAC-SHA256 Credential=a/b/c/d/e"), "IncompleteSignatureException",
                "requires 'Signature' parameter. Authorization header requires 'SignedHeaders'");
  ExpectRefused(with("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0"),
                "IncompleteSignatureException", "exactly 5 slash-delimited elements");
  ExpectRefused(with("AWS4-HMAC-SHA256 nothing"), "IncompleteSignatureException", "missing equal");
  ExpectRefused(with("Bearer abc"), "IncompleteSignatureException", "Unsupported AWS 'algorithm'");
}

TEST_F(SigV4, AnErrorNeverShowsTheHeaderItself) {
  Vector vector = vectors_[0];
  vector.Header("Authorization") = "Bearer very-secret-token";
  const auto result = Verify(vector);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message.find("very-secret"), std::string::npos);
  EXPECT_THAT(result.error().message, HasSubstr("(Hashed with SHA-256"));
}

TEST_F(SigV4, ASigningKeyIsKeptForItsDateAndRegionAlone) {
  base::ManualClock clock(now_ * 1000);
  SigV4Verifier verifier({{access_key_, base::Secret(secret_key_)}}, clock);
  for (int round = 0; round < 2; ++round) {
    for (const Vector& vector : vectors_) {
      EXPECT_TRUE(verifier.Verify(vector.Request()).ok()) << vector.name;
    }
  }
  Vector other_region = vectors_[0];
  other_region.Replace("Authorization", "/us-east-1/", "/eu-central-1/");
  EXPECT_FALSE(verifier.Verify(other_region.Request()).ok());
}

TEST_F(SigV4, TheClaimedRegionNeedsNoGoodSignature) {
  Vector vector = vectors_[1];
  vector.body = "{}";
  EXPECT_EQ(ClaimedRegion(vector.Request()), "eu-central-1");
  vector.Drop("Authorization");
  EXPECT_EQ(ClaimedRegion(vector.Request()), std::nullopt);
}

}  // namespace
}  // namespace sallyport::http
