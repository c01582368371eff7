// A gate by the keys of an issuer: the checks are those of the other gate, without a Replica.
#include "authorizer/issuer_gate.h"

#include <gtest/gtest.h>

#include <string>

#include "jose/key.h"

namespace sallyport::authorizer {
namespace {

constexpr std::string_view kCognito = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A";

const jose::SigningKey& KeyNumber(int number) {
  static const auto one = jose::SigningKey::Generate();
  static const auto two = jose::SigningKey::Generate();
  return number == 1 ? *one : *two;
}

class IssuerGateTest : public ::testing::Test {
 protected:
  IssuerGateTest() : gate_(std::string(kCognito), clock_) {
    clock_.AdvanceMillis(1'000'000);
    gate_.Trust("one", KeyNumber(1).ToPublic().ToJwk("one"));
  }

  // An access token of the client "c" with the scope "s" for the next 100 s, with these changes.
  std::string Token(const std::string& changes = "", int key = 1, std::string_view kid = "one") {
    const int64_t now = clock_.WallSeconds();
    std::string claims = "{\"token_use\":\"access\",\"client_id\":\"c\",\"scope\":\"s\",";
    if (changes.find("\"iss\"") == std::string::npos) {
      claims += "\"iss\":\"" + std::string(kCognito) + "\",";
    }
    if (changes.find("\"exp\"") == std::string::npos) {
      claims += "\"exp\":" + std::to_string(now + 100) + ",";
    }
    return *KeyNumber(key).SignJwt(kid, claims + changes + "\"sub\":\"u\"}");
  }

  sallyport_reason Why(const std::string& token, std::string_view scope = "s") {
    const sallyport_string issuer{kCognito.data(), kCognito.size()};
    const sallyport_string wanted{scope.data(), scope.size()};
    sallyport_rule_options options{};
    options.mode = SALLYPORT_MODE_STATELESS;
    options.issuers = &issuer;
    options.issuer_count = 1;
    options.scopes = &wanted;
    options.scope_count = scope.empty() ? 0 : 1;
    const Decision decision = gate_.Authorize(Rule(options), token);
    EXPECT_EQ(decision.verdict == SALLYPORT_ALLOW, decision.reason == SALLYPORT_REASON_NONE);
    return decision.reason;
  }

  base::ManualClock clock_;
  IssuerGate gate_;
};

TEST_F(IssuerGateTest, AllowsWhatTheIssuersKeyHasSignedAndTheRuleAccepts) {
  EXPECT_EQ(Why(Token()), SALLYPORT_REASON_NONE);
}

TEST_F(IssuerGateTest, DeniesForTheSameReasonsAsTheOtherGate) {
  EXPECT_EQ(Why(""), SALLYPORT_REASON_NO_TOKEN);
  EXPECT_EQ(Why("x"), SALLYPORT_REASON_MALFORMED);
  EXPECT_EQ(Why(Token("", 1, "two")), SALLYPORT_REASON_UNKNOWN_KEY);
  EXPECT_EQ(Why(Token("", 2)), SALLYPORT_REASON_BAD_SIGNATURE);
  EXPECT_EQ(Why(Token("\"iss\":\"https://other.example/p\",")), SALLYPORT_REASON_WRONG_ISSUER);
  EXPECT_EQ(Why(Token(), ""), SALLYPORT_REASON_WRONG_TOKEN_USE);
  EXPECT_EQ(Why(Token("\"exp\":1,")), SALLYPORT_REASON_EXPIRED);
  EXPECT_EQ(Why(Token("\"nbf\":99999999999,")), SALLYPORT_REASON_NOT_YET_VALID);
  EXPECT_EQ(Why(Token(), "other"), SALLYPORT_REASON_INSUFFICIENT_SCOPE);
  clock_.AdvanceMillis(100'000);
  EXPECT_EQ(Why(Token()), SALLYPORT_REASON_NONE);
}

TEST_F(IssuerGateTest, TrustsOnlyTheKeysThatItHasNow) {
  const std::string token = Token();
  gate_.Forget();
  EXPECT_EQ(Why(token), SALLYPORT_REASON_UNKNOWN_KEY);
  gate_.Trust("two", KeyNumber(2).ToPublic().ToJwk("two"));
  EXPECT_EQ(Why(token), SALLYPORT_REASON_UNKNOWN_KEY);
  EXPECT_EQ(Why(Token("", 2, "two")), SALLYPORT_REASON_NONE);
}

}  // namespace
}  // namespace sallyport::authorizer
