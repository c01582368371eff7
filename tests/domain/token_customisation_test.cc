#include "domain/tokens/token_customisation.h"

#include <stdexcept>

#include "domain/pools/pool_removal.h"
#include "domain/pools/resource_server.h"
#include "domain/tokens/caller.h"
#include "domain/tokens/revoke.h"
#include "domain/users/user_removal.h"
#include "fixture.h"
#include "scripted_hooks.h"

namespace sallyport::domain {
namespace {

namespace json = boost::json;

using Names = std::vector<std::string>;

// What a function might name: every claim on which gates and revocation rely, and the rest of AWS's
// "excluded claims".
const Names kBoth{"acr", "amr", "at_hash", "auth_time", "azp",        "event_id", "exp",      "iat",
                  "iss", "jti", "nbf",     "nonce",     "origin_jti", "sub",      "token_use"};
const Names kIdOnly{"aud", "cognito:username", "identities"};
const Names kAccessOnly{"client_id", "device_key", "scope", "username", "version"};

class TokenCustomisation : public DomainTest {
 protected:
  TokenCustomisation() {
    services_->hooks = &hooks_;
    hooks_.Define("tokens", [this](json::object& event) { event["response"] = response_; });
    Use("V2_0");
    // Alice is in two groups.
    alice_ = MakeUser(*pool_, "alice");
    EXPECT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
      alice_.attributes = {{"email", "a@example.org"}, {"custom:level", "7"}};
      SALLYPORT_TRY(UpdateUser(tx, *pool_, alice_));
      for (const auto& [name, precedence] :
           std::vector<std::pair<std::string, int64_t>>{{"first", 1}, {"second", 2}}) {
        Group group;
        group.pool_id = pool_->id;
        group.name = name;
        group.precedence = precedence;
        group.role_arn = "arn:aws:iam::000000000000:role/" + name;
        SALLYPORT_TRY(CreateGroup(tx, group));
        SALLYPORT_TRY(JoinGroup(tx, alice_, group, clock_.WallMillis()));
      }
      return {};
    })));
    alice_ = Reread(alice_);
  }

  // The version of the pool's function.
  void Use(std::string_view version) {
    Pool changed = *pool_;
    changed.description["LambdaConfig"] = {
        {"PreTokenGenerationConfig",
         {{"LambdaVersion", version},
          {"LambdaArn", "arn:aws:lambda:eu-west-1:000000000000:function:tokens"}}}};
    ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return PutPool(tx, changed); })));
    pool_ = GetPool(*services_, changed.id).value();
  }

  void Answer(json::object response) { response_ = std::move(response); }
  void AnswerV1(json::object details) { Answer({{"claimsOverrideDetails", std::move(details)}}); }
  void AnswerV2(json::object id, json::object access) {
    Answer(
        {{"claimsAndScopeOverrideDetails",
          {{"idTokenGeneration", std::move(id)}, {"accessTokenGeneration", std::move(access)}}}});
  }
  json::object Id() { return ClaimsOf(SignInAs(alice_).value().id_token); }
  json::object Access() { return ClaimsOf(SignInAs(alice_).value().access_token); }
  base::Result<IssuedTokens> Refresh(const IssuedTokens& tokens) {
    SALLYPORT_ASSIGN(const auto refresh,
                     CheckRefreshToken(*services_, client_, tokens.refresh_token));
    SALLYPORT_ASSIGN(TokenIssuance issued, CompleteRefresh(*services_, refresh));
    return std::move(issued.tokens);
  }
  // What the function does before it answers.
  void While(std::function<void()> action) {
    hooks_.Define("tokens", [this, action = std::move(action)](json::object& event) {
      action();
      event["response"] = response_;
    });
  }
  void ChangeAlice(const std::function<void(User&)>& change) {
    ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
      User present = GetUser(tx, pool_->id, alice_.sub).value().value();
      change(present);
      return PutUser(tx, present);
    })));
  }
  void SignOutAlice() {
    ASSERT_TRUE(Succeeded(Commit([&](store::LogTx& tx) -> base::Status {
      User present = GetUser(tx, pool_->id, alice_.sub).value().value();
      return RevokeAllFamilies(tx, present, Now());
    })));
  }
  json::object Event(std::string_view version, std::string_view source, json::object request,
                     json::object response) {
    return {{"version", version},
            {"triggerSource", source},
            {"region", "eu-west-1"},
            {"userPoolId", pool_->id},
            {"userName", "alice"},
            {"callerContext",
             {{"awsSdkVersion", "aws-sdk-unknown-unknown"}, {"clientId", client_->id}}},
            {"request", std::move(request)},
            {"response", std::move(response)}};
  }
  json::object Attributes() const {
    return {{"sub", alice_.sub},
            {"cognito:user_status", "CONFIRMED"},
            {"custom:level", "7"},
            {"email", "a@example.org"}};
  }
  static json::object Groups() {
    return {{"groupsToOverride", {"first", "second"}},
            {"iamRolesToOverride",
             {"arn:aws:iam::000000000000:role/first", "arn:aws:iam::000000000000:role/second"}},
            {"preferredRole", "arn:aws:iam::000000000000:role/first"}};
  }

  ScriptedHooks hooks_;
  json::object response_;
  User alice_;
};

TEST_F(TokenCustomisation, TheEventsAreAws) {
  Use("V1_0");
  ASSERT_TRUE(SignInAs(alice_).ok());
  EXPECT_EQ(hooks_.LastEvent("TokenGeneration_Authentication"),
            Event("1", "TokenGeneration_Authentication",
                  {{"userAttributes", Attributes()}, {"groupConfiguration", Groups()}},
                  {{"claimsOverrideDetails", nullptr}}));
  for (const auto& [version, number] :
       std::vector<std::pair<std::string, std::string>>{{"V2_0", "2"}, {"V3_0", "3"}}) {
    Use(version);
    ASSERT_TRUE(CompleteSignIn(*services_, {.pool = pool_,
                                            .client = client_,
                                            .user = alice_,
                                            .change = nullptr,
                                            .client_metadata = {{"k", "v"}},
                                            .token_source = "TokenGeneration_HostedAuth"})
                    .ok());
    EXPECT_EQ(hooks_.LastEvent("TokenGeneration_HostedAuth"),
              Event(number, "TokenGeneration_HostedAuth",
                    {{"userAttributes", Attributes()},
                     {"groupConfiguration", Groups()},
                     {"scopes", json::array{"aws.cognito.signin.user.admin"}},
                     {"clientMetadata", {{"k", "v"}}}},
                    {{"claimsAndScopeOverrideDetails", nullptr}}));
  }
}

TEST_F(TokenCustomisation, AnAnswerWithoutChangesChangesNothing) {
  for (const char* version : {"V1_0", "V2_0", "V3_0"}) {
    Use(version);
    const auto names = [](const json::object& claims) {
      Names all;
      for (const auto& claim : claims) all.emplace_back(claim.key());
      return all;
    };
    hooks_.Define("tokens", [](json::object&) {});
    const Names id = names(Id());
    const Names access = names(Access());
    for (const char* same :
         {"{}", R"({"claimsOverrideDetails":{},"claimsAndScopeOverrideDetails":{}})",
          R"({"claimsOverrideDetails":{"claimsToAddOrOverride":null,"claimsToSuppress":null},
              "claimsAndScopeOverrideDetails":{"idTokenGeneration":null,
              "accessTokenGeneration":{"scopesToAdd":null,"scopesToSuppress":null}}})"}) {
      hooks_.Define("tokens",
                    [same](json::object& event) { event["response"] = json::parse(same); });
      EXPECT_EQ(names(Id()), id) << version << same;
      EXPECT_EQ(names(Access()), access) << version << same;
    }
  }
}

TEST_F(TokenCustomisation, V1ChangesTheIdTokenAndOfTheAccessTokenOnlyTheGroups) {
  Use("V1_0");
  AnswerV1(
      {{"claimsToAddOrOverride", {{"tenant", "acme"}, {"email", "b@example.org"}, {"no", nullptr}}},
       {"claimsToSuppress", {"custom:level"}},
       {"groupOverrideDetails",
        {{"groupsToOverride", {"other"}},
         {"iamRolesToOverride", {"arn:aws:iam::000000000000:role/other"}},
         {"preferredRole", "arn:aws:iam::000000000000:role/preferred"}}}});
  const json::object id = Id();
  EXPECT_EQ(id.at("tenant"), "acme");
  EXPECT_EQ(id.at("email"), "b@example.org");
  EXPECT_FALSE(id.contains("custom:level"));
  EXPECT_FALSE(id.contains("no"));
  EXPECT_EQ(id.at("cognito:groups"), json::value(json::array{"other"}));
  EXPECT_EQ(id.at("cognito:roles"),
            json::value(json::array{"arn:aws:iam::000000000000:role/other"}));
  EXPECT_EQ(id.at("cognito:preferred_role"), "arn:aws:iam::000000000000:role/preferred");
  const json::object access = Access();
  EXPECT_FALSE(access.contains("tenant"));
  EXPECT_EQ(access.at("cognito:groups"), json::value(json::array{"other"}));
}

TEST_F(TokenCustomisation, GroupsThatAreOverriddenByNothingAreSuppressed) {
  for (const char* none : {"{}", "null", R"({"groupsToOverride":null,"preferredRole":null})",
                           R"({"groupsToOverride":[],"iamRolesToOverride":[]})"}) {
    Answer({{"claimsAndScopeOverrideDetails", {{"groupOverrideDetails", json::parse(none)}}}});
    for (const json::object& claims : {Id(), Access()}) {
      for (const char* name : {"cognito:groups", "cognito:roles", "cognito:preferred_role"}) {
        EXPECT_FALSE(claims.contains(name)) << name << none;
      }
    }
  }
  AnswerV2({}, {});
  EXPECT_TRUE(Id().contains("cognito:roles"));
}

TEST_F(TokenCustomisation, V2AddsClaimsOfEveryTypeToBothTokens) {
  const json::object all{{"text", "t"},
                         {"number", 7},
                         {"fraction", 1.5},
                         {"flag", true},
                         {"list", {"a", 1, false}},
                         {"object", {{"deep", {{"er", {1, 2}}}}}}};
  AnswerV2({{"claimsToAddOrOverride", all}}, {{"claimsToAddOrOverride", all}});
  const IssuedTokens tokens = SignInAs(alice_).value();
  for (const std::string& token : {tokens.id_token, tokens.access_token}) {
    const json::object claims = ClaimsOf(token);
    for (const auto& [name, value] : all) EXPECT_EQ(claims.at(name), value) << name;
  }
  EXPECT_TRUE(CheckAccessToken(*services_, tokens.access_token).ok());
}

TEST_F(TokenCustomisation, WhatIsBothAddedAndSuppressedIsSuppressed) {
  const json::object changes{{"claimsToAddOrOverride", {{"tenant", "acme"}}},
                             {"claimsToSuppress", {"tenant", "cognito:groups", "absent"}}};
  AnswerV2(changes, changes);
  for (const json::object& claims : {Id(), Access()}) {
    EXPECT_FALSE(claims.contains("tenant"));
    EXPECT_FALSE(claims.contains("cognito:groups"));
  }
}

TEST_F(TokenCustomisation, ScopesAreAddedAndSuppressed) {
  AnswerV2({}, {{"scopesToAdd",
                 {"notes/read", "openid", "notes/read", "drop", "aws.cognito.more",
                  "aws.cognito.signin.user.admin"}},
                {"scopesToSuppress", {"drop", "absent"}}});
  EXPECT_EQ(Access().at("scope"), "aws.cognito.signin.user.admin notes/read openid");
  AnswerV2({}, {{"scopesToAdd", {"notes/read"}},
                {"scopesToSuppress", {"aws.cognito.signin.user.admin"}}});
  const IssuedTokens tokens = SignInAs(alice_).value();
  EXPECT_EQ(ClaimsOf(tokens.access_token).at("scope"), "notes/read");
  EXPECT_EQ(CheckAccessToken(*services_, tokens.access_token).error().message,
            "Access Token does not have required scopes");
  EXPECT_FALSE(ClaimsOf(tokens.id_token).contains("scope"));
}

// Each name in a call of its own, so that none is kept only because of another.
TEST_F(TokenCustomisation, NoFunctionChangesWhatGatesAndRevocationStandOn) {
  for (const char* version : {"V1_0", "V2_0", "V3_0"}) {
    Use(version);
    for (const bool revocable : {true, false}) {
      client_ = MakeClient(*pool_, {{"EnableTokenRevocation", revocable}});
      const IssuedTokens issued = SignInAs(alice_).value();
      const auto plain = CheckRefreshToken(*services_, client_, issued.refresh_token).value();
      const auto expect_same = [&](const Names& names, std::string_view member) {
        for (const std::string& name : names) {
          const json::object changes{{"claimsToAddOrOverride", {{name, "forged"}}},
                                     {"claimsToSuppress", json::array()}};
          for (const bool suppress : {false, true}) {
            const json::object asked =
                suppress ? json::object{{"claimsToSuppress", json::array{name}}} : changes;
            if (member.empty()) {
              AnswerV1(asked);
            } else {
              Answer({{"claimsAndScopeOverrideDetails", {{member, asked}}}});
            }
            const IssuedTokens tokens = CompleteRefresh(*services_, plain).value().tokens;
            const bool id = member != "accessTokenGeneration";
            const json::object before = ClaimsOf(id ? issued.id_token : issued.access_token);
            const json::object after = ClaimsOf(id ? tokens.id_token : tokens.access_token);
            ASSERT_EQ(before.contains(name), after.contains(name)) << version << name << suppress;
            if (!before.contains(name)) continue;
            if (name == "jti") {
              EXPECT_NE(after.at(name), "forged");
            } else {
              EXPECT_EQ(before.at(name), after.at(name)) << version << name << suppress;
            }
          }
        }
      };
      const bool first = std::string_view(version) == "V1_0";
      for (const Names& names : {kBoth, kIdOnly, Names{"cognito:anything", "dev:anything"}}) {
        expect_same(names, first ? "" : "idTokenGeneration");
      }
      if (first) continue;
      for (const Names& names : {kBoth, kAccessOnly, Names{"cognito:anything", "dev:anything"}}) {
        expect_same(names, "accessTokenGeneration");
      }
    }
  }
}

TEST_F(TokenCustomisation, TheAudienceOfAnAccessTokenMayBeItsClientAlone) {
  AnswerV2({}, {{"claimsToAddOrOverride", {{"aud", "another"}}}});
  EXPECT_FALSE(Access().contains("aud"));
  AnswerV2({}, {{"claimsToAddOrOverride", {{"aud", {client_->id, "another"}}}}});
  EXPECT_FALSE(Access().contains("aud"));
  AnswerV2({}, {{"claimsToAddOrOverride", {{"aud", client_->id}}}});
  EXPECT_EQ(Access().at("aud"), json::value(client_->id));
}

TEST_F(TokenCustomisation, AMemberOfTheWrongTypeIsAnInvalidAnswer) {
  const auto expect_invalid = [&](const char* version, const Names& answers) {
    Use(version);
    for (const std::string& answer : answers) {
      Answer(json::parse(answer).as_object());
      EXPECT_TRUE(FailedWith(StatusOf(SignInAs(alice_)), "InvalidLambdaResponseException",
                             "Unrecognizable lambda output"))
          << version << answer;
    }
  };
  expect_invalid("V1_0",
                 {R"({"claimsOverrideDetails":7})",
                  R"({"claimsOverrideDetails":{"claimsToAddOrOverride":[]}})",
                  R"({"claimsOverrideDetails":{"claimsToAddOrOverride":{"n":7}}})",
                  R"({"claimsOverrideDetails":{"claimsToAddOrOverride":{"n":["a"]}}})",
                  R"({"claimsOverrideDetails":{"claimsToSuppress":"email"}})",
                  R"({"claimsOverrideDetails":{"claimsToSuppress":[7]}})",
                  R"({"claimsOverrideDetails":{"groupOverrideDetails":[]}})",
                  R"({"claimsOverrideDetails":{"groupOverrideDetails":{"groupsToOverride":{}}}})",
                  R"({"claimsOverrideDetails":{"groupOverrideDetails":{"preferredRole":7}}})"});
  const std::string begin = R"({"claimsAndScopeOverrideDetails":{)";
  expect_invalid(
      "V2_0",
      {R"({"claimsAndScopeOverrideDetails":[]})", begin + R"("idTokenGeneration":"x"}})",
       begin + R"("accessTokenGeneration":{"claimsToAddOrOverride":"x"}}})",
       begin + R"("accessTokenGeneration":{"scopesToAdd":"openid"}}})",
       begin + R"("accessTokenGeneration":{"scopesToAdd":[7]}}})",
       begin + R"("accessTokenGeneration":{"scopesToSuppress":{}}}})",
       begin + R"("groupOverrideDetails":{"iamRolesToOverride":"x"}}})",
       // One scope that contains several.
       begin + R"("accessTokenGeneration":{"scopesToAdd":["a aws.cognito.signin.user.admin"]}}})"});
}

TEST_F(TokenCustomisation, ATokenThatNoGateCouldReadIsNotIssued) {
  for (const json::object& add : {json::object{{"scope", 7}}, json::object{{"client_id", {"a"}}},
                                  json::object{{"long", std::string(17'000, 'x')}},
                                  json::object{{"nul", std::string(1, '\0')}}}) {
    AnswerV2({{"claimsToAddOrOverride", add}}, {});
    EXPECT_TRUE(FailedWith(StatusOf(SignInAs(alice_)), "InvalidLambdaResponseException",
                           "Unrecognizable lambda output"));
  }
}

// ---- While the function runs.

TEST_F(TokenCustomisation, AFunctionThatSignsTheUserOutEndsTheOlderFamiliesAndNotTheNewOne) {
  const IssuedTokens old = SignInAs(alice_).value();
  While([&] { SignOutAlice(); });
  const IssuedTokens tokens = SignInAs(alice_).value();
  EXPECT_TRUE(CheckAccessToken(*services_, tokens.access_token).ok());
  EXPECT_TRUE(CheckRefreshToken(*services_, client_, tokens.refresh_token).ok());
  EXPECT_FALSE(CheckAccessToken(*services_, old.access_token).ok());
}

TEST_F(TokenCustomisation, ASignInWhoseUserChangesWhileTheFunctionRunsIsRefused) {
  const std::string_view incorrect = "Incorrect username or password.";
  While([&] { ChangeAlice([](User& user) { user.enabled = false; }); });
  EXPECT_TRUE(
      FailedWith(StatusOf(SignInAs(alice_)), "NotAuthorizedException", "User is disabled."));
  ChangeAlice([](User& user) { user.enabled = true; });
  While([&] { ChangeAlice([](User& user) { ++user.password_version; }); });
  EXPECT_TRUE(FailedWith(StatusOf(SignInAs(alice_)), "NotAuthorizedException", incorrect));
  alice_ = Reread(alice_);
  While([&] { ChangeAlice([](User& user) { user.status = kResetRequired; }); });
  EXPECT_TRUE(FailedWith(StatusOf(SignInAs(alice_)), "NotAuthorizedException", incorrect));
  alice_ = Reread(alice_);
  While([&] {
    ASSERT_TRUE(
        Succeeded(Commit([&](store::Tx& tx) { return DeleteUser(tx, *pool_, Reread(alice_)); })));
  });
  EXPECT_TRUE(FailedWith(StatusOf(SignInAs(alice_)), "NotAuthorizedException", incorrect));
}

TEST_F(TokenCustomisation, ASignInWhoseClientOrPoolIsDeletedWhileTheFunctionRunsIsRefused) {
  While([&] {
    ASSERT_TRUE(
        Succeeded(Commit([&](store::Tx& tx) { return tx.Delete(ClientKey(client_->id)); })));
  });
  EXPECT_EQ(SignInAs(alice_).error().code, "ResourceNotFoundException");
  client_ = MakeClient(*pool_);
  While([&] {
    ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return tx.Delete(PoolKey(pool_->id)); })));
  });
  EXPECT_EQ(SignInAs(alice_).error().code, "ResourceNotFoundException");
}

TEST_F(TokenCustomisation, ARefreshWhoseFamilyIsRevokedWhileTheFunctionRunsYieldsNothing) {
  for (const json::object& settings :
       {json::object(), json::object{{"EnableTokenRevocation", false}},
        json::object{{"RefreshTokenRotation", {{"Feature", "ENABLED"}}}}}) {
    client_ = MakeClient(*pool_, settings);
    ASSERT_EQ(client_->settings.rotates_refresh_tokens, settings.contains("RefreshTokenRotation"));
    While([] {});
    const IssuedTokens tokens = SignInAs(alice_).value();
    const auto refresh = CheckRefreshToken(*services_, client_, tokens.refresh_token).value();
    While([&] { SignOutAlice(); });
    EXPECT_TRUE(FailedWith(StatusOf(CompleteRefresh(*services_, refresh)), "NotAuthorizedException",
                           "Refresh Token has been revoked"));
    alice_ = Reread(alice_);
  }
}

TEST_F(TokenCustomisation, ARefreshWhoseUserOrClientGoesWhileTheFunctionRunsYieldsNothing) {
  const IssuedTokens tokens = SignInAs(alice_).value();
  While([&] { ChangeAlice([](User& user) { user.enabled = false; }); });
  EXPECT_TRUE(FailedWith(StatusOf(Refresh(tokens)), "NotAuthorizedException", "User is disabled."));
  ChangeAlice([](User& user) { user.enabled = true; });
  While([&] {
    ASSERT_TRUE(
        Succeeded(Commit([&](store::Tx& tx) { return tx.Delete(ClientKey(client_->id)); })));
  });
  EXPECT_EQ(Refresh(tokens).error().code, "ResourceNotFoundException");
}

// A revocation is kept for as long as a token that is issued now may live, so no token may have a
// later time.
TEST_F(TokenCustomisation, TokensAreDatedWhenTheFunctionHasAnswered) {
  While([&] { clock_.AdvanceMillis(10'000); });
  const int64_t begun = Now();
  const IssuedTokens tokens = SignInAs(alice_).value();
  EXPECT_EQ(ClaimsOf(tokens.access_token).at("iat"), begun + 10);
  EXPECT_EQ(ClaimsOf(tokens.access_token).at("auth_time"), begun + 10);
  EXPECT_EQ(ClaimsOf(Refresh(tokens).value().access_token).at("iat"), begun + 20);
}

TEST_F(TokenCustomisation, EachTimeTokensAreIssuedTheFunctionIsCalledOnce) {
  const IssuedTokens tokens = SignInAs(alice_).value();
  EXPECT_EQ(hooks_.events().size(), 1u);
  ASSERT_TRUE(Refresh(tokens).ok());
  EXPECT_EQ(hooks_.events().size(), 2u);
  EXPECT_EQ(hooks_.LastEvent("TokenGeneration_RefreshTokens").at("userName"), "alice");
  hooks_.Define("tokens", [](json::object&) { throw std::runtime_error("no"); });
  EXPECT_TRUE(FailedWith(StatusOf(SignInAs(alice_)), "UserLambdaValidationException",
                         "PreTokenGeneration failed with error no."));
  EXPECT_EQ(hooks_.events().size(), 3u);
}

}  // namespace
}  // namespace sallyport::domain
