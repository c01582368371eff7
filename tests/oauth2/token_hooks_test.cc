// Pre Token Generation at the token endpoint and at GetClientToken.
#include <stdexcept>

#include "domain/clients/client.h"
#include "domain/records/commit.h"
#include "oauth_fixture.h"
#include "store/store.h"

namespace sallyport::oauth2 {
namespace {

namespace json = boost::json;

class TokenHooks : public OAuthTest {
 protected:
  TokenHooks() {
    MakeUser("alice");
    Use("V3_0");
  }

  void Use(std::string_view version) {
    const std::string arn = hooks_.Define("tokens", [](json::object&) {});
    ASSERT_TRUE(Succeeded(Call(
        "UpdateUserPool", json::object{{"UserPoolId", pool_},
                                       {"LambdaConfig",
                                        {{"PreTokenGenerationConfig",
                                          {{"LambdaVersion", version}, {"LambdaArn", arn}}}}}})));
  }
  void AnswerAccess(json::object generation) {
    hooks_.Define("tokens", [generation = std::move(generation)](json::object& event) {
      event["response"] = {
          {"claimsAndScopeOverrideDetails", {{"accessTokenGeneration", generation}}}};
    });
  }
  OAuthReply Refresh() {
    return Post(Token, {{"grant_type", "refresh_token"},
                        {"client_id", client_},
                        {"refresh_token", SignIn("alice").refresh}});
  }
  operations::Reply ClientToken() {
    return Call("GetClientToken", json::object{{"ClientId", machine_},
                                               {"Secret", secret_},
                                               {"ClientMetadata", {{"environment", "prod"}}}});
  }
};

TEST_F(TokenHooks, ClientCredentialsSendTheEventWithoutAUser) {
  ASSERT_EQ(MachineToken({{"grant_type", "client_credentials"},
                          {"scope", "https://api/v1/read"},
                          {"aws_client_metadata", R"({"environment":"dev"})"}})
                .response.status,
            200);
  json::object expected{
      {"version", "3"},
      {"triggerSource", "TokenGeneration_ClientCredentials"},
      {"region", "eu-west-1"},
      {"userPoolId", pool_},
      {"userName", machine_},
      {"callerContext", {{"awsSdkVersion", "aws-sdk-unknown-unknown"}, {"clientId", machine_}}},
      {"request",
       {{"userAttributes", json::object()},
        {"groupConfiguration",
         {{"groupsToOverride", json::array()},
          {"iamRolesToOverride", json::array()},
          {"preferredRole", nullptr}}},
        {"scopes", json::array{"https://api/v1/read"}},
        {"clientMetadata", {{"environment", "dev"}}}}},
      {"response", {{"claimsAndScopeOverrideDetails", nullptr}}}};
  EXPECT_EQ(hooks_.LastEvent("TokenGeneration_ClientCredentials"), expected);
  ASSERT_TRUE(Succeeded(ClientToken()));
  json::object& request = expected["request"].as_object();
  request["clientMetadata"] = {{"environment", "prod"}};
  request["scopes"] = {"https://api/v1/write", "https://api/v1/read"};
  EXPECT_EQ(hooks_.LastEvent("TokenGeneration_ClientCredentials"), expected);
  EXPECT_EQ(hooks_.events().size(), 2u);
}

TEST_F(TokenHooks, AClientsTokenIsChangedButForWhatRevokesIt) {
  AnswerAccess({{"claimsToAddOrOverride",
                 {{"tenant", {{"id", 7}}},
                  {"sub", "forged"},
                  {"client_id", "forged"},
                  {"jti", "forged"},
                  {"origin_jti", "forged"},
                  {"event_id", "forged"},
                  {"token_use", "id"},
                  {"exp", 1},
                  {"version", 9},
                  {"username", "forged"}}},
                {"claimsToSuppress", {"sub", "client_id", "jti", "exp", "iss", "version"}},
                {"scopesToAdd", {"https://api/v1/admin"}},
                {"scopesToSuppress", {"https://api/v1/write"}}});
  const int64_t now = clock_.WallSeconds();
  for (const std::string& token :
       {MachineToken({{"grant_type", "client_credentials"}}).Text("access_token"),
        ClientToken().Text("ClientAuthenticationResult.AccessToken")}) {
    json::object claims = ClaimsOf(token);
    EXPECT_EQ(claims["jti"].as_string().size(), 36u);
    claims.erase("jti");
    EXPECT_EQ(claims, (json::object{{"sub", machine_},
                                    {"token_use", "access"},
                                    {"scope", "https://api/v1/read https://api/v1/admin"},
                                    {"auth_time", now},
                                    {"iss", settings_.public_url + "/" + pool_},
                                    {"exp", now + 600},
                                    {"iat", now},
                                    {"version", 2},
                                    {"client_id", machine_},
                                    {"tenant", {{"id", 7}}}}));
  }
}

TEST_F(TokenHooks, LowerVersionsAreNotAskedOfClientTokens) {
  for (const char* version : {"V1_0", "V2_0"}) {
    Use(version);
    EXPECT_EQ(MachineToken({{"grant_type", "client_credentials"}}).response.status, 200);
    EXPECT_TRUE(Succeeded(ClientToken()));
  }
  EXPECT_TRUE(hooks_.events().empty());
}

TEST_F(TokenHooks, ARefreshAtTheEndpointIsAsOneByTheApi) {
  AnswerAccess({{"claimsToAddOrOverride", {{"tenant", "acme"}}}});
  const OAuthReply reply = Refresh();
  ASSERT_EQ(reply.response.status, 200) << reply.response.body;
  EXPECT_EQ(ClaimsOf(reply.Text("access_token"))["tenant"], "acme");
  EXPECT_FALSE(hooks_.LastEvent("TokenGeneration_RefreshTokens").empty());
}

TEST_F(TokenHooks, AFunctionThatRefusesOrFailsIsAnInvalidRequest) {
  const std::string refresh = SignIn("alice").refresh;
  const auto ask = [&] {
    return Post(
        Token,
        {{"grant_type", "refresh_token"}, {"client_id", client_}, {"refresh_token", refresh}});
  };
  hooks_.Define("tokens", [](json::object&) { throw std::runtime_error("no \"\x01\xc3\xa9"); });
  for (const OAuthReply& reply : {ask(), MachineToken({{"grant_type", "client_credentials"}})}) {
    EXPECT_TRUE(Refused(reply, 400, "invalid_request"));
    EXPECT_EQ(reply.Text("error_description"), "PreTokenGeneration failed with error no ????.");
  }
  using Kind = domain::HookOutcome::Kind;
  for (const auto& outcome : {domain::HookOutcome{Kind::kTimedOut, "", ""},
                              domain::HookOutcome{Kind::kAnswered, "nonsense", ""},
                              domain::HookOutcome{Kind::kNotCalled, "AccessDenied", ""}}) {
    hooks_.DefineOutcome("tokens", outcome);
    EXPECT_TRUE(Refused(ask(), 400, "invalid_request"));
    EXPECT_TRUE(
        Refused(MachineToken({{"grant_type", "client_credentials"}}), 400, "invalid_request"));
    // The model declares no other error for this operation.
    EXPECT_EQ(ClientToken().code, "InternalErrorException");
  }
  hooks_.Define("tokens", [](json::object&) { throw std::runtime_error("no"); });
  const operations::Reply refused = ClientToken();
  EXPECT_EQ(refused.code, "NotAuthorizedException");
  EXPECT_EQ(refused.message, "PreTokenGeneration failed with error no.");
  // The refresh token is still good.
  hooks_.Define("tokens", [](json::object&) {});
  EXPECT_EQ(ask().response.status, 200);
}

TEST_F(TokenHooks, MetadataIsAnObjectOfTexts) {
  for (const char* metadata : {"x", "[]", "7", R"({"a":7})", R"({"a":{}})", "{"}) {
    EXPECT_TRUE(Refused(
        MachineToken({{"grant_type", "client_credentials"}, {"aws_client_metadata", metadata}}),
        400, "invalid_request"))
        << metadata;
  }
  EXPECT_TRUE(hooks_.events().empty());
}

TEST_F(TokenHooks, AClientThatIsDeletedWhileTheFunctionRunsGetsNoToken) {
  const auto remove = [&](json::object&) {
    ASSERT_TRUE(Succeeded(
        Call("DeleteUserPoolClient", json::object{{"UserPoolId", pool_}, {"ClientId", machine_}})));
  };
  hooks_.Define("tokens", remove);
  EXPECT_TRUE(Refused(MachineToken({{"grant_type", "client_credentials"}}), 400, "invalid_client"));
}

}  // namespace
}  // namespace sallyport::oauth2
