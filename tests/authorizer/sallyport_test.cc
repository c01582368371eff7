#include "authorizer/sallyport.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <set>
#include <string>

#include "scratch_replica.h"

namespace sallyport::authorizer {
namespace {

std::string Bearer(std::string_view header) {
  const sallyport_string token = sallyport_bearer(header.data(), header.size());
  return {token.data, token.size};
}

TEST(CBearer, TakesTheTokenWithOrWithoutTheSchemeInAnyCase) {
  EXPECT_EQ(Bearer("Bearer a.b.c"), "a.b.c");
  EXPECT_EQ(Bearer("bEARER  a.b.c \t"), "a.b.c");
  EXPECT_EQ(Bearer(" a.b.c "), "a.b.c");
  EXPECT_EQ(Bearer("Bearer\ta"), "a");
  EXPECT_EQ(Bearer("Bearerx"), "Bearerx");
  EXPECT_EQ(Bearer("Bearer"), "");
  EXPECT_EQ(Bearer("  "), "");
  EXPECT_EQ(Bearer(""), "");
}

TEST(CReason, EveryReasonHasANameOfItsOwn) {
  std::set<std::string> names;
  for (int i = SALLYPORT_REASON_NONE; i < SALLYPORT_REASON_COUNT; ++i) {
    names.insert(sallyport_reason_name(static_cast<sallyport_reason>(i)));
  }
  EXPECT_EQ(names.size(), SALLYPORT_REASON_COUNT + 0U);
  EXPECT_FALSE(names.contains("unknown"));
}

const char* ProblemWith(sallyport_rule_options options) {
  const char* problem = nullptr;
  sallyport_rule* rule = sallyport_rule_new(&options, &problem);
  EXPECT_EQ(rule == nullptr, problem != nullptr);
  sallyport_rule_free(rule);
  return problem;
}

TEST(CRule, InvalidOptionsAreRefusedInWords) {
  const sallyport_string issuer{"https://i", 9}, empty{"", 0}, two_words{"a b", 3};
  const sallyport_rule_options good{
      SALLYPORT_MODE_LIVE, &issuer, 1, nullptr, 0, nullptr, 0, SALLYPORT_GREATEST_LEEWAY,
      SALLYPORT_STYLE_REST};
  EXPECT_STREQ(ProblemWith(good), nullptr);
  auto bad = good;
  bad.issuer_count = 0;
  EXPECT_STREQ(ProblemWith(bad), "the rule names no issuer");
  bad = good;
  bad.issuers = &empty;
  EXPECT_STREQ(ProblemWith(bad), "empty issuer");
  bad = good;
  bad.clients = &empty;
  bad.client_count = 1;
  EXPECT_STREQ(ProblemWith(bad), "empty client id");
  bad = good;
  bad.scopes = &two_words;
  bad.scope_count = 1;
  EXPECT_STREQ(ProblemWith(bad), "a scope must not contain a space");
  bad = good;
  ++bad.leeway_seconds;
  EXPECT_STREQ(ProblemWith(bad), "the leeway must be at most 300 seconds");
  bad = good;
  bad.mode = static_cast<sallyport_mode>(9);
  EXPECT_STREQ(ProblemWith(bad), "unknown mode");
  bad = good;
  bad.style = static_cast<sallyport_style>(9);
  EXPECT_STREQ(ProblemWith(bad), "unknown style");
}

TEST(CGate, ZeroedDecisionDenies) {
  const sallyport_decision decision{};
  EXPECT_EQ(decision.verdict, SALLYPORT_DENY);
}

TEST(CGate, MissingReplicaIsNoErrorButDeniesAndSaysWhy) {
  const sallyport_gate_options options{"/nonexistent/replica", getuid(), 16};
  sallyport_gate* gate = sallyport_gate_new(&options);
  ASSERT_NE(gate, nullptr);
  EXPECT_STRNE(sallyport_gate_problem(gate), "");
  sallyport_gate_free(gate);
}

// From the token's bytes to a claim, with the real clock.
TEST(CGate, DecidesAndHandsOutTheTokensClaims) {
  const auto& clock = base::SystemClock::Get();
  ScratchReplica replica(clock);
  const auto key = jose::SigningKey::Generate();
  ASSERT_TRUE(key);
  replica.Publish("https://i", "k", key->ToPublic());
  replica.Lease(1, 60'000);
  const std::string jws =
      key->SignJwt("k",
                   R"({"iss":"https://i","aud":"c","token_use":"id","jti":"j","sub":"s","exp":)" +
                       std::to_string(clock.WallSeconds() + 60) + "}")
          .value();

  const sallyport_gate_options options{replica.path().c_str(), getuid(), 16};
  sallyport_gate* gate = sallyport_gate_new(&options);
  ASSERT_NE(gate, nullptr);
  EXPECT_STREQ(sallyport_gate_problem(gate), "");
  const sallyport_string issuer{"https://i", 9};
  const sallyport_rule_options rule_options{
      SALLYPORT_MODE_LIVE, &issuer, 1, nullptr, 0, nullptr, 0, 0, SALLYPORT_STYLE_REST};
  const char* problem = nullptr;
  sallyport_rule* rule = sallyport_rule_new(&rule_options, &problem);
  ASSERT_NE(rule, nullptr);

  const sallyport_decision allowed = sallyport_authorize(gate, rule, jws.data(), jws.size());
  EXPECT_EQ(allowed.verdict, SALLYPORT_ALLOW);
  ASSERT_NE(allowed.token, nullptr);
  replica.Revoke(revocation::Kind::kJti, "j");
  const sallyport_decision denied = sallyport_authorize(gate, rule, jws.data(), jws.size());
  EXPECT_EQ(denied.verdict, SALLYPORT_DENY);
  EXPECT_EQ(denied.reason, SALLYPORT_REASON_REVOKED);

  sallyport_rule_free(rule);
  sallyport_gate_free(gate);
  sallyport_token_ref(allowed.token);
  sallyport_token_unref(allowed.token);
  sallyport_string value{};
  EXPECT_EQ(sallyport_token_claim(allowed.token, "sub", 3, &value), 1);
  EXPECT_EQ(std::string(value.data, value.size), "s");
  EXPECT_EQ(sallyport_token_claim(allowed.token, "x", 1, &value), 0);
  sallyport_token_unref(allowed.token);
  sallyport_token_unref(denied.token);
}

}  // namespace
}  // namespace sallyport::authorizer
