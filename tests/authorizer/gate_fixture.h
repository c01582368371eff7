// GateTest: a Gate with a Replica of its own, and tokens for it.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "authorizer/gate.h"
#include "scratch_replica.h"

namespace sallyport::authorizer {

inline constexpr std::string_view kIssuer =
    "https://cognito-idp.eu-west-1.example/eu-west-1_abcdefghi";
inline constexpr std::string_view kKid = "kid-1";
inline constexpr std::string_view kScope = "aws.cognito.signin.user.admin";

// Options that own their strings.
struct RuleForm {
  sallyport_mode mode = SALLYPORT_MODE_LIVE;
  std::vector<std::string> issuers{std::string(kIssuer)};
  std::vector<std::string> clients;
  std::vector<std::string> scopes{std::string(kScope)};
  uint32_t leeway_seconds = 0;
  sallyport_style style = SALLYPORT_STYLE_REST;

  Rule Make() const {
    const auto c = [](const std::vector<std::string>& strings) {
      std::vector<sallyport_string> out;
      for (const std::string& s : strings) out.push_back({s.data(), s.size()});
      return out;
    };
    const auto i = c(issuers), k = c(clients), s = c(scopes);
    const sallyport_rule_options options{mode,     i.data(), i.size(),       k.data(), k.size(),
                                         s.data(), s.size(), leeway_seconds, style};
    EXPECT_EQ(Rule::WhyInvalid(options), nullptr);
    return Rule(options);
  }
};

// Two keys for the whole program: making one takes long.
inline const jose::SigningKey& Key(int which = 0) {
  static const jose::SigningKey keys[] = {jose::SigningKey::Generate().value(),
                                          jose::SigningKey::Generate().value()};
  return keys[which];
}

class GateTest : public ::testing::Test {
 protected:
  using ClaimMap = std::map<std::string, std::string>;  // values are JSON

  void SetUp() override {
    public_ = std::make_unique<jose::PublicKey>(Key().ToPublic());
    replica_.Publish(kIssuer, kKid, *public_);
    replica_.Lease(7);
    Reopen();
  }
  void Reopen(uint32_t cache_tokens = 64) {
    gate_ = std::make_unique<Gate>(Gate::Options{replica_.path(), getuid(), cache_tokens}, clock_);
  }

  int64_t Now() const { return clock_.WallSeconds(); }
  ClaimMap AccessClaims() const {
    return {{"iss", '"' + std::string(kIssuer) + '"'},
            {"sub", "\"user-1\""},
            {"client_id", "\"client-1\""},
            {"origin_jti", "\"family-1\""},
            {"event_id", "\"event-1\""},
            {"token_use", "\"access\""},
            {"scope", "\"openid aws.cognito.signin.user.admin\""},
            {"exp", std::to_string(Now() + 3600)},
            {"jti", "\"jti-1\""}};
  }
  ClaimMap IdClaims() const {
    ClaimMap claims = AccessClaims();
    claims.erase("client_id");
    claims.erase("scope");
    claims["aud"] = "\"client-1\"";
    claims["token_use"] = "\"id\"";
    return claims;
  }
  static std::string Sign(const ClaimMap& claims, std::string_view kid = kKid, int key = 0) {
    std::string json = "{";
    for (const auto& [name, value] : claims) {
      if (json.size() > 1) json += ',';
      json += '"' + name + "\":" + value;
    }
    return Key(key).SignJwt(kid, json + "}").value();
  }
  std::string Access(const ClaimMap& changes = {}) const {
    return Sign(With(AccessClaims(), changes));
  }
  std::string Id(const ClaimMap& changes = {}) const { return Sign(With(IdClaims(), changes)); }
  // If the changed value is "", the claim is removed.
  static ClaimMap With(ClaimMap claims, const ClaimMap& changes) {
    for (const auto& [name, value] : changes) {
      claims[name] = value;
      if (value.empty()) claims.erase(name);
    }
    return claims;
  }

  // "allow", or the reason. Asks twice, so that the cache's answer is compared with the first.
  std::string Ask(const Rule& rule, std::string_view token) {
    const std::string first = Once(rule, token);
    EXPECT_EQ(Once(rule, token), first);
    return first;
  }
  std::string Once(const Rule& rule, std::string_view token) {
    const Decision decision = gate_->Authorize(rule, token);
    if (decision.verdict == SALLYPORT_ALLOW) {
      EXPECT_EQ(decision.reason, SALLYPORT_REASON_NONE);
      EXPECT_TRUE(decision.token);
      return "allow";
    }
    return sallyport_reason_name(decision.reason);
  }
  std::string Ask(std::string_view token) { return Ask(RuleForm{}.Make(), token); }
  static Rule IdRule() {
    RuleForm form;
    form.scopes.clear();
    return form.Make();
  }

  base::ManualClock clock_;
  ScratchReplica replica_{clock_};
  std::unique_ptr<jose::PublicKey> public_;
  std::unique_ptr<Gate> gate_;
};

}  // namespace sallyport::authorizer
