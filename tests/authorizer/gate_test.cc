#include "authorizer/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate_fixture.h"

namespace sallyport::authorizer {
namespace {

using revocation::Kind;

// ---- What the rule asks

TEST_F(GateTest, AccessTokenWithOneOfTheScopesIsAllowed) {
  RuleForm form;
  form.scopes = {"other/scope", std::string(kScope)};
  EXPECT_EQ(Ask(form.Make(), Access()), "allow");
}

TEST_F(GateTest, ScopesMatchAsWholeWordsOrTheTokenIsRefused) {
  EXPECT_EQ(Ask(Access({{"scope", "\"openid\""}})), "insufficient_scope");
  EXPECT_EQ(Ask(Access({{"scope", "\"aws.cognito.signin.user.admins\""}})), "insufficient_scope");
  EXPECT_EQ(Ask(Access({{"scope", ""}})), "insufficient_scope");
}

TEST_F(GateTest, WithoutScopesAnIdTokenIsNeededWithThemAnAccessToken) {
  EXPECT_EQ(Ask(IdRule(), Id()), "allow");
  EXPECT_EQ(Ask(IdRule(), Access()), "wrong_token_use");
  EXPECT_EQ(Ask(Id()), "wrong_token_use");
  EXPECT_EQ(Ask(Id({{"scope", "\"aws.cognito.signin.user.admin\""}})), "wrong_token_use");
  EXPECT_EQ(Ask(Access({{"token_use", ""}})), "wrong_token_use");
  EXPECT_EQ(Ask(Access({{"token_use", "\"refresh\""}})), "wrong_token_use");
  EXPECT_EQ(Ask(Access({{"token_use", "\"Access\""}})), "wrong_token_use");
}

TEST_F(GateTest, ClientListHoldsForClientIdOfAccessAndAudOfIdTokens) {
  RuleForm form;
  form.clients = {"z", "client-1", "a"};
  EXPECT_EQ(Ask(form.Make(), Access()), "allow");
  form.scopes.clear();
  EXPECT_EQ(Ask(form.Make(), Id()), "allow");
  EXPECT_EQ(Ask(form.Make(), Id({{"aud", "\"client-2\""}, {"client_id", "\"client-1\""}})),
            "wrong_client");
  form = RuleForm();
  form.clients = {"client-2"};
  EXPECT_EQ(Ask(form.Make(), Access()), "wrong_client");
  EXPECT_EQ(Ask(form.Make(), Access({{"aud", "\"client-2\""}})), "wrong_client");
}

TEST_F(GateTest, TokenOfNoClientIsRefusedUnderAnyRule) {
  EXPECT_EQ(Ask(Access({{"client_id", ""}})), "wrong_client");
  EXPECT_EQ(Ask(IdRule(), Id({{"aud", ""}})), "wrong_client");
}

TEST_F(GateTest, IssuerMustBePinnedAndBeTheKeysOwn) {
  const std::string other = std::string(kIssuer) + "x";
  // A key of a pool that the rule does not pin.
  replica_.Publish(other, "kid-2", Key(1).ToPublic());
  EXPECT_EQ(Ask(Sign(With(AccessClaims(), {{"iss", '"' + other + '"'}}), "kid-2", 1)),
            "unknown_key");
  RuleForm both;
  both.issuers.push_back(other);
  // A key of another pool, with this pool's issuer.
  EXPECT_EQ(Ask(both.Make(), Sign(AccessClaims(), "kid-2", 1)), "wrong_issuer");
  EXPECT_EQ(Ask(both.Make(), Access({{"iss", '"' + other + '"'}})), "wrong_issuer");
  EXPECT_EQ(Ask(both.Make(), Access({{"iss", ""}})), "wrong_issuer");
  EXPECT_EQ(Ask(both.Make(), Sign(With(AccessClaims(), {{"iss", '"' + other + '"'}}), "kid-2", 1)),
            "allow");
}

TEST_F(GateTest, TokenVerifiedForOneRuleIsStillJudgedByTheNext) {
  const std::string other = std::string(kIssuer) + "x";
  RuleForm elsewhere;
  elsewhere.issuers = {other};
  const std::string token = Access();
  EXPECT_EQ(Ask(token), "allow");
  EXPECT_EQ(Ask(elsewhere.Make(), token), "wrong_issuer");  // the cache knows it
  EXPECT_EQ(Ask(IdRule(), token), "wrong_token_use");
  EXPECT_EQ(Ask(token), "allow");
}

// What authorizers of type JWT do, which HTTP APIs have.
TEST_F(GateTest, InTheStyleOfHttpApisEitherTokenIsTakenAndScopesStillCount) {
  RuleForm without_scopes;
  without_scopes.scopes.clear();
  without_scopes.style = SALLYPORT_STYLE_HTTP;
  EXPECT_EQ(Ask(without_scopes.Make(), Access()), "allow");
  EXPECT_EQ(Ask(without_scopes.Make(), Id()), "allow");
  EXPECT_EQ(Ask(without_scopes.Make(), Access({{"token_use", "\"refresh\""}})), "wrong_token_use");
  RuleForm with_scope = without_scopes;
  with_scope.scopes = {"orders/none"};
  EXPECT_EQ(Ask(with_scope.Make(), Access()), "insufficient_scope");
  EXPECT_EQ(Ask(with_scope.Make(), Id()), "insufficient_scope");
  RuleForm of_another_client = without_scopes;
  of_another_client.clients = {"other"};
  EXPECT_EQ(Ask(of_another_client.Make(), Access()), "wrong_client");
  EXPECT_EQ(Ask(of_another_client.Make(), Id()), "wrong_client");
}

// ---- Time

TEST_F(GateTest, ExpiryIsExactToTheSecondAndLeewayMovesIt) {
  const std::string token = Access({{"exp", std::to_string(Now() + 1)}});
  RuleForm lenient;
  lenient.leeway_seconds = 10;
  EXPECT_EQ(Ask(token), "allow");
  clock_.AdvanceMillis(999);
  EXPECT_EQ(Ask(token), "allow");
  clock_.AdvanceMillis(1);
  EXPECT_EQ(Ask(token), "expired");
  replica_.Lease(7, 20'000);
  clock_.AdvanceMillis(9'999);
  EXPECT_EQ(Ask(lenient.Make(), token), "allow");
  clock_.AdvanceMillis(1);
  EXPECT_EQ(Ask(lenient.Make(), token), "expired");
}

TEST_F(GateTest, TokenWithoutExpiryIsExpired) {
  EXPECT_EQ(Ask(Access({{"exp", ""}})), "expired");
}

TEST_F(GateTest, NotBeforeHoldsAndLeewayMovesIt) {
  const std::string token = Access({{"nbf", std::to_string(Now() + 10)}});
  RuleForm lenient;
  lenient.leeway_seconds = 10;
  EXPECT_EQ(Ask(token), "not_yet_valid");
  EXPECT_EQ(Ask(lenient.Make(), token), "allow");
  EXPECT_EQ(Ask(Access({{"nbf", "9223372036854775807"}})), "not_yet_valid");
  EXPECT_EQ(Ask(Access({{"exp", "9223372036854775807"}})), "allow");
}

TEST_F(GateTest, LiveModeBelievesTheServersClockNotTheHosts) {
  const std::string token = Access({{"exp", std::to_string(Now() + 100)}});
  clock_.StepWallMillis(1'000'000'000);
  EXPECT_EQ(Ask(token), "allow");
  clock_.StepWallMillis(-2'000'000'000);
  EXPECT_EQ(Ask(token), "allow");
  clock_.StepWallMillis(1'000'000'000);
  replica_.Lease(7, 2000, 100'000);  // the server's clock is 100 s ahead
  EXPECT_EQ(Ask(token), "expired");
}

TEST_F(GateTest, LeaseWithoutTheServersTimeIsNone) {
  revocation::LeaseGrant grant;
  grant.epoch = 8;
  grant.ttl = 2'000'000'000;
  grant.expiry = clock_.BootNanos() + grant.ttl;
  grant.wall_offset = 0;
  ASSERT_TRUE(replica_.writer().SetLease(grant));
  EXPECT_EQ(Ask(Access()), "no_lease");
}

// ---- Revocation

TEST_F(GateTest, EveryKindOfRevocationRefusesWhatItNamesOnTheNextRequest) {
  const std::pair<Kind, std::string> revocations[] = {{Kind::kFamily, "family-"},
                                                      {Kind::kEvent, "event-"},
                                                      {Kind::kJti, "jti-"},
                                                      {Kind::kClient, "client-"}};
  int i = 10;
  for (const auto& [kind, prefix] : revocations) {
    const std::string n = std::to_string(++i);
    const ClaimMap names = {{"origin_jti", "\"family-" + n + '"'},
                            {"event_id", "\"event-" + n + '"'},
                            {"jti", "\"jti-" + n + '"'}};
    const std::string client = "\"client-" + n + '"';
    const std::string access = Access(With(names, {{"client_id", client}}));
    const std::string id = Id(With(names, {{"aud", client}}));
    EXPECT_EQ(Ask(access), "allow");
    EXPECT_EQ(Ask(IdRule(), id), "allow");
    replica_.Revoke(kind, prefix + n);
    EXPECT_EQ(Ask(access), "revoked") << prefix;
    EXPECT_EQ(Ask(IdRule(), id), "revoked") << prefix;
  }
  const std::string token = Access();
  EXPECT_EQ(Ask(token), "allow");
  replica_.Revoke(Kind::kPool, kIssuer);
  EXPECT_NE(Ask(token), "allow");
  EXPECT_NE(Ask(Access({{"jti", "\"fresh\""}})), "allow");
}

TEST_F(GateTest, RevocationOfOneKindDoesNotTouchAnotherOfTheSameName) {
  replica_.Revoke(Kind::kJti, "family-1");
  replica_.Revoke(Kind::kFamily, "jti-1");
  replica_.Revoke(Kind::kClient, "event-1");
  replica_.Revoke(Kind::kFamily, "");
  EXPECT_EQ(Ask(Access()), "allow");
}

TEST_F(GateTest, WithdrawnKeyRefusesAlsoWhatItOnceVerified) {
  const std::string token = Access();
  EXPECT_EQ(Ask(token), "allow");
  replica_.Withdraw(kIssuer, kKid);
  EXPECT_EQ(Ask(token), "unknown_key");
  EXPECT_EQ(Ask(Access({{"jti", "\"fresh\""}})), "unknown_key");
}

TEST_F(GateTest, TokenThatNoRevocationCouldNameIsRefused) {
  const ClaimMap nameless = {{"origin_jti", ""}, {"event_id", ""}, {"jti", ""}};
  EXPECT_EQ(Ask(Access(nameless)), "malformed");
  EXPECT_EQ(Ask(Access(With(nameless, {{"jti", "\"j\""}}))), "allow");
}

// ---- Stateless

TEST_F(GateTest, StatelessLetsRevokedTokensPassUntilTheyExpireAndNeedsNoLease) {
  RuleForm form;
  form.mode = SALLYPORT_MODE_STATELESS;
  const Rule rule = form.Make();
  const std::string token = Access();
  replica_.Revoke(Kind::kFamily, "family-1");
  EXPECT_EQ(Ask(token), "revoked");
  EXPECT_EQ(Ask(rule, token), "allow");
  replica_.writer().EndLease();
  EXPECT_EQ(Ask(rule, token), "allow");
  EXPECT_EQ(Ask(rule, Access({{"jti", "\"fresh\""}})), "allow");
  EXPECT_EQ(Ask(rule, Id()), "wrong_token_use");
  clock_.StepWallMillis(3'600'000);  // the host's clock counts here
  EXPECT_EQ(Ask(rule, token), "expired");
  EXPECT_EQ(Ask(rule, Sign(AccessClaims(), "kid-2", 1)), "unknown_key");
}

TEST_F(GateTest, StatelessSeesWithdrawnKeysAlsoInAFileThatReplacedItsOwn) {
  RuleForm form;
  form.mode = SALLYPORT_MODE_STATELESS;
  const Rule rule = form.Make();
  const std::string token = Access();
  EXPECT_EQ(Ask(rule, token), "allow");
  replica_.Replace({});
  EXPECT_EQ(Ask(rule, token), "unknown_key");
  replica_.Publish(kIssuer, kKid, *public_);
  EXPECT_EQ(Ask(rule, token), "allow");
  replica_.Withdraw(kIssuer, kKid);
  EXPECT_EQ(Ask(rule, token), "unknown_key");
}

// ---- Tokens that are none

TEST_F(GateTest, MalformedForgedOrMissingTokensAreNamedForWhatTheyAre) {
  EXPECT_EQ(Ask(""), "no_token");
  EXPECT_EQ(Ask("x"), "malformed");
  EXPECT_EQ(Ask("a.b.c"), "malformed");
  EXPECT_EQ(Ask(std::string(20'000, 'A')), "malformed");
  EXPECT_EQ(Ask(Sign(AccessClaims(), kKid, 1)), "bad_signature");
  EXPECT_EQ(Ask(Access({{"exp", "\"soon\""}})), "malformed");
  const std::string token = Access();
  EXPECT_EQ(Ask(token), "allow");
  // The same end, which the cache compares first, with another body before it.
  std::string forged = Access({{"sub", "\"root\""}});
  forged.replace(forged.size() - 64, 64, token.substr(token.size() - 64));
  EXPECT_EQ(Ask(forged), "bad_signature");
  EXPECT_EQ(Ask(token + "="), "malformed");
}

// ---- The cache

TEST_F(GateTest, MoreTokensThanTheCacheHoldsAreAllDecidedAlike) {
  Reopen(4);
  std::vector<std::string> tokens;
  for (int i = 0; i < 20; ++i) {
    tokens.push_back(Access({{"origin_jti", "\"family-" + std::to_string(i) + '"'}}));
  }
  replica_.Revoke(Kind::kFamily, "family-3");
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) EXPECT_EQ(Ask(tokens[i]), i == 3 ? "revoked" : "allow");
  }
  Reopen(0);
  EXPECT_EQ(Ask(tokens[3]), "revoked");
  EXPECT_EQ(Ask(tokens[4]), "allow");
}

// Tokens that a slot of the gate's memory holds, tokens that are kept elsewhere, and tokens that no
// cache keeps.
TEST_F(GateTest, TokensOfEveryLengthAreDecidedAlikeAndKeepTheirClaims) {
  const Rule rule = RuleForm{}.Make();
  for (size_t length = 1; length < 8000; length += 97) {
    const std::string name(length, 'n');
    const std::string token = Access({{"username", '"' + name + '"'}});
    ASSERT_EQ(Ask(rule, token), "allow") << length;
    const Decision decision = gate_->Authorize(rule, token);
    ASSERT_EQ(decision.token->Claim("username"), name) << length;
  }
}

TEST_F(GateTest, TokenOutlivesTheCacheAndTheGateWhileItIsReferenced) {
  Reopen(1);
  Decision held = gate_->Authorize(RuleForm{}.Make(), Access({{"x", "[1, 2]"}}));
  ASSERT_EQ(held.verdict, SALLYPORT_ALLOW);
  for (int i = 0; i < 5; ++i) Ask(Access({{"jti", '"' + std::to_string(i) + '"'}}));
  gate_.reset();
  EXPECT_EQ(held.token->Claim("sub"), "user-1");
  const auto first = held.token->Claim("x");
  EXPECT_EQ(first, "[1,2]");
  EXPECT_EQ(held.token->Claim("nothing"), std::nullopt);
  EXPECT_EQ(held.token->Claim("x")->data(), first->data());
}

TEST_F(GateTest, DeniedTokenWithAGoodSignatureIsHandedOutForTheLog) {
  replica_.Revoke(Kind::kFamily, "family-1");
  const Decision decision = gate_->Authorize(RuleForm{}.Make(), Access());
  EXPECT_EQ(decision.verdict, SALLYPORT_DENY);
  ASSERT_TRUE(decision.token);
  EXPECT_EQ(decision.token->Claim("sub"), "user-1");
  EXPECT_FALSE(gate_->Authorize(RuleForm{}.Make(), Sign(AccessClaims(), kKid, 1)).token);
}

}  // namespace
}  // namespace sallyport::authorizer
