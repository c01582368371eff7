// Pre Authentication, Post Authentication and Pre Token Generation around the ways to sign in.
#include <stdexcept>

#include "domain/credentials/srp.h"
#include "srp_proof.h"
#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

constexpr std::string_view kPre = "PreAuthentication_Authentication";
constexpr std::string_view kPost = "PostAuthentication_Authentication";
constexpr std::string_view kTokens = "TokenGeneration_Authentication";

class SignInHooks : public UserTest {
 protected:
  SignInHooks() {
    UseHooks({{"PreAuthentication", hooks_.Define("pre", [](json::object&) {})},
              {"PostAuthentication", hooks_.Define("post", [](json::object&) {})},
              {"PreTokenGeneration", hooks_.Define("tokens", [](json::object&) {})}});
    UseClient({});
  }

  void UseHooks(json::object lambda_config) {
    ASSERT_TRUE(Succeeded(
        Call("UpdateUserPool",
             json::object{{"UserPoolId", pool_}, {"LambdaConfig", std::move(lambda_config)}})));
  }
  void UseClient(json::object more) {
    more["ExplicitAuthFlows"] = {"ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH",
                                 "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"};
    client_ = MakeClient(pool_, std::move(more));
  }

  Reply InitiateWith(std::string_view operation, std::string_view flow, json::object parameters) {
    json::object input{{"ClientId", client_},
                       {"AuthFlow", flow},
                       {"AuthParameters", std::move(parameters)},
                       {"ClientMetadata", {{"from", "initiate"}}}};
    if (operation == "AdminInitiateAuth") input["UserPoolId"] = pool_;
    return Call(operation, input);
  }
  Reply RespondTo(std::string_view challenge, json::object responses, json::value session = {}) {
    json::object input{{"ClientId", client_},
                       {"ChallengeName", challenge},
                       {"ChallengeResponses", std::move(responses)},
                       {"ClientMetadata", {{"from", "respond"}}}};
    if (session.is_string()) input["Session"] = std::move(session);
    return Call("RespondToAuthChallenge", input);
  }
  Reply BeginSrp(std::string_view name) {
    return InitiateWith("InitiateAuth", "USER_SRP_AUTH",
                        {{"USERNAME", name}, {"SRP_A", srp_.PublicValue()}});
  }
  Reply ProveSrp(const Reply& begun, std::string_view password) {
    return RespondTo("PASSWORD_VERIFIER",
                     SrpProof(srp_, pool_, begun, password, clock_.WallSeconds()));
  }

  std::vector<std::string> Sources() const {
    std::vector<std::string> sources;
    for (const json::object& event : hooks_.events()) {
      sources.emplace_back(event.at("triggerSource").as_string());
    }
    return sources;
  }
  // The event as it must be, around its request and response.
  json::object Event(std::string_view source, std::string_view username, json::object request,
                     json::object response = {}) {
    return {
        {"version", "1"},
        {"triggerSource", source},
        {"region", "eu-west-1"},
        {"userPoolId", pool_},
        {"userName", username},
        {"callerContext", {{"awsSdkVersion", "aws-sdk-unknown-unknown"}, {"clientId", client_}}},
        {"request", std::move(request)},
        {"response", std::move(response)}};
  }
  json::object AttributesOf(std::string_view name, std::string_view status = "CONFIRMED") {
    return {{"sub", *AttributeOf(name, "sub")},
            {"cognito:user_status", status},
            {"email", *AttributeOf(name, "email")}};
  }
  void MakeMailUser(std::string_view name) {
    MakeUser(name, AttributeList({{"email", std::string(name) + "@example.org"}}));
  }

  domain::SrpClient srp_;
};

using Strings = std::vector<std::string>;

TEST_F(SignInHooks, APasswordSignInCallsTheThreeInOrderWithAwsEvents) {
  IgnoreCase();
  MakeMailUser("alice");
  for (const char* operation : {"InitiateAuth", "AdminInitiateAuth"}) {
    const char* flow = std::string_view(operation) == "InitiateAuth" ? "USER_PASSWORD_AUTH"
                                                                     : "ADMIN_USER_PASSWORD_AUTH";
    const size_t before = hooks_.events().size();
    ASSERT_TRUE(
        Succeeded(InitiateWith(operation, flow, {{"USERNAME", "ALICE"}, {"PASSWORD", kPassword}})));
    ASSERT_EQ(hooks_.events().size(), before + 3);
    EXPECT_EQ(hooks_.LastEvent(kPre), Event(kPre, "alice",
                                            {{"userAttributes", AttributesOf("alice")},
                                             {"validationData", {{"from", "initiate"}}}}));
    // Only Pre Authentication gets the ClientMetadata of InitiateAuth.
    EXPECT_EQ(hooks_.LastEvent(kPost),
              Event(kPost, "alice",
                    {{"userAttributes", AttributesOf("alice")}, {"newDeviceUsed", false}}));
    EXPECT_EQ(hooks_.LastEvent(kTokens), Event(kTokens, "alice",
                                               {{"userAttributes", AttributesOf("alice")},
                                                {"groupConfiguration",
                                                 {{"groupsToOverride", json::array()},
                                                  {"iamRolesToOverride", json::array()},
                                                  {"preferredRole", nullptr}}}},
                                               {{"claimsOverrideDetails", nullptr}}));
  }
  EXPECT_EQ(Sources(), (Strings{std::string(kPre), std::string(kPost), std::string(kTokens),
                                std::string(kPre), std::string(kPost), std::string(kTokens)}));
}

TEST_F(SignInHooks, PreAuthenticationComesBeforeThePasswordIsLookedAt) {
  MakeMailUser("alice");
  EXPECT_EQ(Initiate("alice", "Wr0ngword!").code, "NotAuthorizedException");
  EXPECT_EQ(Sources(), Strings{std::string(kPre)});
  hooks_.Define("pre", [](json::object&) { throw std::runtime_error("not from there"); });
  const uint64_t hashes = passwords_->computed();
  EXPECT_TRUE(FailedWith(Initiate("alice"), "UserLambdaValidationException",
                         "PreAuthentication failed with error not from there."));
  EXPECT_EQ(passwords_->computed(), hashes);
}

TEST_F(SignInHooks, OfAUserWhoDoesNotExistItIsAskedOnlyWhereThatIsHidden) {
  EXPECT_EQ(Initiate("nobody").code, "UserNotFoundException");
  EXPECT_TRUE(hooks_.events().empty());
  UseClient({{"PreventUserExistenceErrors", "ENABLED"}});
  EXPECT_EQ(Initiate("nobody").code, "NotAuthorizedException");
  EXPECT_EQ(hooks_.LastEvent(kPre), Event(kPre, "nobody",
                                          {{"userAttributes", json::object()},
                                           {"validationData", json::object()},
                                           {"userNotFound", true}}));
  MakeMailUser("alice");
  EXPECT_TRUE(Succeeded(Initiate("alice")));
  EXPECT_EQ(hooks_.LastEvent(kPre), Event(kPre, "alice",
                                          {{"userAttributes", AttributesOf("alice")},
                                           {"validationData", json::object()},
                                           {"userNotFound", false}}));
}

TEST_F(SignInHooks, WhatPreAuthenticationChangesOfTheUserHoldsForThisSignIn) {
  MakeMailUser("alice");
  hooks_.Define("pre", [&](json::object&) {
    EXPECT_TRUE(Succeeded(Admin("AdminSetUserPassword", "alice",
                                {{"Password", "An0ther-word!"}, {"Permanent", true}})));
  });
  EXPECT_EQ(Initiate("alice").code, "NotAuthorizedException");
  EXPECT_TRUE(Succeeded(Initiate("alice", "An0ther-word!")));
}

TEST_F(SignInHooks, SrpCallsPreAuthenticationAtItsFirstStepAndTheOthersAtItsSecond) {
  MakeMailUser("alice");
  const Reply begun = BeginSrp("alice");
  ASSERT_TRUE(Succeeded(begun));
  EXPECT_EQ(Sources(), Strings{std::string(kPre)});
  EXPECT_EQ(hooks_.LastEvent(kPre).at("request").at("validationData"),
            json::value({{"from", "initiate"}}));
  ASSERT_TRUE(Succeeded(ProveSrp(begun, kPassword)));
  EXPECT_EQ(Sources(), (Strings{std::string(kPre), std::string(kPost), std::string(kTokens)}));
  for (const std::string_view source : {kPost, kTokens}) {
    EXPECT_EQ(hooks_.LastEvent(source).at("request").at("clientMetadata"),
              json::value({{"from", "respond"}}));
  }
}

TEST_F(SignInHooks, AWrongProofBySrpCallsNothingMore) {
  MakeMailUser("alice");
  EXPECT_EQ(ProveSrp(BeginSrp("alice"), "Wr0ngword!").code, "NotAuthorizedException");
  EXPECT_EQ(Sources(), Strings{std::string(kPre)});
}

TEST_F(SignInHooks, ANewPasswordIsCompleteWithTheChallengesAnswer) {
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "alice",
                              {{"TemporaryPassword", "Temp0rary!"},
                               {"MessageAction", "SUPPRESS"},
                               {"UserAttributes", AttributeList({{"email", "a@example.org"}})}})));
  const Reply begun = Initiate("alice", "Temp0rary!");
  ASSERT_EQ(begun.Text("ChallengeName"), "NEW_PASSWORD_REQUIRED");
  EXPECT_EQ(Sources(), Strings{std::string(kPre)});
  const auto answer = [&](const Reply& asked) {
    return RespondTo("NEW_PASSWORD_REQUIRED", {{"USERNAME", "alice"}, {"NEW_PASSWORD", kPassword}},
                     asked.At("Session"));
  };
  // A function that refuses leaves the password unchanged; the challenge counts as answered.
  Reply asked = begun;
  for (const char* name : {"post", "tokens"}) {
    hooks_.Define(name, [](json::object&) { throw std::runtime_error("no"); });
    EXPECT_EQ(answer(asked).code, "UserLambdaValidationException");
    hooks_.Define(name, [](json::object&) {});
    EXPECT_TRUE(FailedWith(answer(asked), "NotAuthorizedException",
                           "Invalid session for the user, session can only be used once."));
    asked = Initiate("alice", "Temp0rary!");
  }
  ASSERT_TRUE(Succeeded(answer(asked)));
  const json::object event = hooks_.LastEvent("TokenGeneration_NewPasswordChallenge");
  EXPECT_EQ(event.at("request").at("clientMetadata"), json::value({{"from", "respond"}}));
  EXPECT_TRUE(hooks_.LastEvent(kTokens).empty());
}

TEST_F(SignInHooks, ARefreshCallsPreTokenGenerationAlone) {
  MakeMailUser("alice");
  const Tokens tokens = SignIn("alice");
  const size_t before = hooks_.events().size();
  ASSERT_TRUE(Succeeded(
      InitiateWith("InitiateAuth", "REFRESH_TOKEN_AUTH", {{"REFRESH_TOKEN", tokens.refresh}})));
  ASSERT_EQ(hooks_.events().size(), before + 1);
  const json::object event = hooks_.LastEvent("TokenGeneration_RefreshTokens");
  EXPECT_FALSE(event.at("request").as_object().contains("clientMetadata"));
  ASSERT_TRUE(Succeeded(
      Call("GetTokensFromRefreshToken", json::object{{"ClientId", client_},
                                                     {"RefreshToken", tokens.refresh},
                                                     {"ClientMetadata", {{"from", "get"}}}})));
  EXPECT_EQ(hooks_.LastEvent("TokenGeneration_RefreshTokens").at("request").at("clientMetadata"),
            json::value({{"from", "get"}}));
}

TEST_F(SignInHooks, AFunctionThatFailsLeavesNoFamilyBehind) {
  MakeMailUser("alice");
  ASSERT_TRUE(Succeeded(Call("SetUserPoolSessionConfiguration",
                             json::object{{"UserPoolId", pool_},
                                          {"UserSessionTracking", "ENABLED"},
                                          {"TokenSession", {{"MaxPerUser", 1}}}})));
  const Tokens tokens = SignIn("alice");
  using Kind = domain::HookOutcome::Kind;
  for (const char* name : {"post", "tokens"}) {
    hooks_.DefineOutcome(name, {Kind::kTimedOut, "", ""});
    EXPECT_EQ(Initiate("alice").code, "UnexpectedLambdaException");
    hooks_.DefineOutcome(name, {Kind::kAnswered, "nothing", ""});
    EXPECT_EQ(Initiate("alice").code, "InvalidLambdaResponseException");
    hooks_.Define(name, [](json::object&) { throw std::runtime_error("no"); });
    EXPECT_EQ(Initiate("alice").code, "UserLambdaValidationException");
    hooks_.Define(name, [](json::object&) {});
    EXPECT_TRUE(AccessTokenLives(tokens)) << name;
  }
  EXPECT_TRUE(Succeeded(Initiate("alice")));
  EXPECT_FALSE(AccessTokenLives(tokens));
}

// What happens through the API while Pre Token Generation runs.

TEST_F(SignInHooks, TheRecipeSignsOutAllButTheOneWhoSignsIn) {
  MakeMailUser("alice");
  hooks_.Define("tokens", [&](json::object& event) {
    if (event["triggerSource"] == "TokenGeneration_RefreshTokens") return;
    EXPECT_TRUE(Succeeded(Admin("AdminUserGlobalSignOut", "alice")));
  });
  for (const bool tracked : {false, true}) {
    ASSERT_TRUE(
        Succeeded(Call("SetUserPoolSessionConfiguration",
                       json::object{{"UserPoolId", pool_},
                                    {"UserSessionTracking", tracked ? "ENABLED" : "DISABLED"},
                                    {"TokenSession", {{"MaxPerUser", 1}}}})));
    Tokens before = SignIn("alice");
    for (int i = 0; i < 3; ++i) {
      const Tokens tokens = SignIn("alice");
      EXPECT_FALSE(AccessTokenLives(before));
      EXPECT_FALSE(RefreshTokenLives(before));
      EXPECT_TRUE(AccessTokenLives(tokens));
      EXPECT_TRUE(RefreshTokenLives(tokens));
      before = tokens;
    }
  }
}

TEST_F(SignInHooks, WhoIsDisabledOrDeletedOrGetsAnotherPasswordMeanwhileDoesNotSignIn) {
  MakeMailUser("alice");
  hooks_.Define("tokens",
                [&](json::object&) { EXPECT_TRUE(Succeeded(Admin("AdminDisableUser", "alice"))); });
  EXPECT_TRUE(FailedWith(Initiate("alice"), "NotAuthorizedException", "User is disabled."));
  ASSERT_TRUE(Succeeded(Admin("AdminEnableUser", "alice")));
  hooks_.Define("tokens", [&](json::object&) {
    EXPECT_TRUE(Succeeded(Admin("AdminSetUserPassword", "alice",
                                {{"Password", "An0ther-word!"}, {"Permanent", true}})));
  });
  EXPECT_EQ(Initiate("alice").code, "NotAuthorizedException");
  hooks_.Define("tokens",
                [&](json::object&) { EXPECT_TRUE(Succeeded(Admin("AdminDeleteUser", "alice"))); });
  EXPECT_EQ(Initiate("alice", "An0ther-word!").code, "NotAuthorizedException");
}

TEST_F(SignInHooks, NobodySignsInToAPoolThatIsDeletedMeanwhile) {
  MakeMailUser("alice");
  hooks_.Define("tokens", [&](json::object&) {
    EXPECT_TRUE(Succeeded(Call("DeleteUserPool", json::object{{"UserPoolId", pool_}})));
  });
  EXPECT_EQ(Initiate("alice").code, "ResourceNotFoundException");
}

TEST_F(SignInHooks, ARefreshOfWhoIsSignedOutOrDisabledOrDeletedMeanwhileFails) {
  MakeMailUser("alice");
  for (const char* operation : {"AdminUserGlobalSignOut", "AdminDisableUser", "AdminDeleteUser"}) {
    hooks_.Define("tokens", [](json::object&) {});
    const Tokens tokens = SignIn("alice");
    hooks_.Define("tokens",
                  [&](json::object&) { EXPECT_TRUE(Succeeded(Admin(operation, "alice"))); });
    EXPECT_TRUE(
        FailedWith(Refresh(tokens), "NotAuthorizedException", "Refresh Token has been revoked"))
        << operation;
    if (std::string_view(operation) == "AdminDisableUser") Admin("AdminEnableUser", "alice");
  }
}

// A function may take seconds.
TEST_F(SignInHooks, NothingIsIssuedWhenTheStoreIsFoundRestoredWhileAFunctionRuns) {
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  const std::string notices =
      hooks_.Define("notices", [this](json::object&) { issuing_stopped_ = true; });
  UseHooks({{"PreTokenGeneration", notices}});
  EXPECT_EQ(Initiate("alice").code, "InternalErrorException");
  issuing_stopped_ = false;
  EXPECT_EQ(Refresh(tokens).code, "InternalErrorException");
  issuing_stopped_ = false;
  UseHooks({});
  EXPECT_TRUE(Succeeded(Refresh(tokens)));
}

}  // namespace
}  // namespace sallyport::operations
