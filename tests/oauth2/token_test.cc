#include "domain/limits/throttle.h"
#include "oauth_fixture.h"

namespace sallyport::oauth2 {
namespace {

namespace json = boost::json;

using TokenTest = OAuthTest;

TEST_F(TokenTest, AClientTokenSaysWhatAwsSays) {
  const OAuthReply reply = MachineToken({{"grant_type", "client_credentials"}});
  ASSERT_EQ(reply.response.status, 200) << reply.response.body;
  EXPECT_EQ(reply.body.size(), 3u);
  EXPECT_EQ(reply.body.at("expires_in"), 600);
  EXPECT_EQ(reply.Text("token_type"), "Bearer");
  json::object claims = ClaimsOf(reply.Text("access_token"));
  const int64_t now = clock_.WallSeconds();
  EXPECT_EQ(claims["jti"].as_string().size(), 36u);
  claims.erase("jti");
  EXPECT_EQ(claims, (json::object{{"sub", machine_},
                                  {"token_use", "access"},
                                  {"scope", "https://api/v1/write https://api/v1/read"},
                                  {"auth_time", now},
                                  {"iss", settings_.public_url + "/" + pool_},
                                  {"exp", now + 600},
                                  {"iat", now},
                                  {"version", 2},
                                  {"client_id", machine_}}));
}

TEST_F(TokenTest, ScopesAreThoseAskedForOrNone) {
  const auto ask = [&](std::string_view scope) {
    return MachineToken({{"grant_type", "client_credentials"}, {"scope", scope}});
  };
  EXPECT_EQ(ClaimsOf(ask("https://api/v1/read").Text("access_token"))["scope"],
            "https://api/v1/read");
  EXPECT_TRUE(Refused(ask("https://api/v1/read https://api/v1/delete"), 400, "invalid_scope"));
  EXPECT_TRUE(Refused(ask("openid"), 400, "invalid_scope"));
  // A scope that its resource server no longer has is no longer granted.
  ASSERT_TRUE(Succeeded(
      Call("UpdateResourceServer",
           {{"UserPoolId", pool_},
            {"Identifier", "https://api/v1"},
            {"Name", "API"},
            {"Scopes", json::array{{{"ScopeName", "read"}, {"ScopeDescription", "reads"}}}}})));
  EXPECT_TRUE(Refused(ask("https://api/v1/write"), 400, "invalid_scope"));
  EXPECT_EQ(ClaimsOf(ask("").Text("access_token"))["scope"], "https://api/v1/read");
  ASSERT_TRUE(
      Succeeded(Call("DeleteResourceServer",
                     json::object{{"UserPoolId", pool_}, {"Identifier", "https://api/v1"}})));
  EXPECT_TRUE(Refused(ask(""), 400, "invalid_scope"));
}

TEST_F(TokenTest, AClientProvesItselfByHeaderOrBody) {
  const std::string_view grant = "client_credentials";
  const auto post = [&](Parameters parameters, std::string_view header = {}) {
    return Post(Token, parameters, header);
  };
  EXPECT_EQ(post({{"grant_type", grant}, {"client_id", machine_}, {"client_secret", secret_}})
                .response.status,
            200);
  EXPECT_EQ(post({{"grant_type", grant}, {"client_id", machine_}}, Basic(machine_, secret_))
                .response.status,
            200);
  EXPECT_TRUE(Refused(post({{"grant_type", grant}}, Basic(machine_, secret_ + "x")), 400,
                      "invalid_client"));
  EXPECT_TRUE(
      Refused(post({{"grant_type", grant}, {"client_id", machine_}}), 400, "invalid_client"));
  EXPECT_TRUE(
      Refused(post({{"grant_type", grant}}, Basic("nobody", secret_)), 400, "invalid_client"));
  EXPECT_TRUE(Refused(post({{"grant_type", grant}}, "Bearer x"), 400, "invalid_client"));
  EXPECT_TRUE(Refused(post({{"grant_type", grant}}, "Basic ?"), 400, "invalid_client"));
  EXPECT_TRUE(Refused(post({{"grant_type", grant}}), 400, "invalid_request"));
  EXPECT_TRUE(
      Refused(post({{"grant_type", grant}, {"client_id", client_}}, Basic(machine_, secret_)), 400,
              "invalid_request"));
  EXPECT_TRUE(
      Refused(post({{"grant_type", grant}, {"client_secret", secret_}}, Basic(machine_, secret_)),
              400, "invalid_request"));
}

TEST_F(TokenTest, BasicIsTakenVerbatimAsByAwsOrEncodedAsTheRfcHasIt) {
  const std::string given = "abcdefghij+klmnopqrst_0123";
  const std::string id =
      Call("CreateUserPoolClient", {{"UserPoolId", pool_},
                                    {"ClientName", "m"},
                                    {"ClientSecret", given},
                                    {"AllowedOAuthFlowsUserPoolClient", true},
                                    {"AllowedOAuthFlows", json::array{"client_credentials"}},
                                    {"AllowedOAuthScopes", json::array{"https://api/v1/read"}}})
          .Text("UserPoolClient.ClientId");
  const Parameters form{{"grant_type", "client_credentials"}};
  EXPECT_EQ(Post(Token, form, Basic(id, given)).response.status, 200);
  for (const char* encoded : {"abcdefghij%2Bklmnopqrst_0123", "abcdefghij%2bklmnopqrst%5F0123"}) {
    EXPECT_EQ(Post(Token, form, Basic(id, encoded)).response.status, 200) << encoded;
  }
  for (const char* wrong : {"abcdefghij klmnopqrst_0123", "abcdefghij%20klmnopqrst_0123",
                            "abcdefghij%252Bklmnopqrst_0123", "abcdefghij%2Bklmnopqrst_012%3",
                            "abcdefghij%2Bklmnopqrst_0123%00", "%"}) {
    EXPECT_TRUE(Refused(Post(Token, form, Basic(id, wrong)), 400, "invalid_client")) << wrong;
  }
}

TEST_F(TokenTest, AClientsOwnTokenIsForNoResource) {
  EXPECT_TRUE(Refused(
      MachineToken({{"grant_type", "client_credentials"}, {"resource", "https://api.example"}}),
      400, "invalid_target"));
}

TEST_F(TokenTest, TheGrantMustBeKnownAndAllowed) {
  EXPECT_TRUE(Refused(MachineToken({}), 400, "invalid_request"));
  EXPECT_TRUE(Refused(MachineToken({{"grant_type", "password"}}), 400, "unsupported_grant_type"));
  EXPECT_TRUE(Refused(Post(Token, {{"grant_type", "client_credentials"}, {"client_id", client_}}),
                      400, "unauthorized_client"));
  EXPECT_TRUE(Refused(MachineToken({{"grant_type", "refresh_token"}, {"refresh_token", "x"}}), 400,
                      "unauthorized_client"));
  EXPECT_TRUE(Refused(Post(Token, {{"grant_type", "refresh_token"}, {"client_id", client_}}), 400,
                      "invalid_request"));
}

TEST_F(TokenTest, ARefreshKeepsTheFamily) {
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  const OAuthReply reply = Post(
      Token,
      {{"grant_type", "refresh_token"}, {"client_id", client_}, {"refresh_token", tokens.refresh}});
  ASSERT_EQ(reply.response.status, 200) << reply.response.body;
  EXPECT_FALSE(reply.body.contains("refresh_token"));
  EXPECT_EQ(ClaimsOf(reply.Text("access_token"))["origin_jti"].as_string(), OriginOf(tokens));
  EXPECT_EQ(ClaimsOf(reply.Text("id_token"))["origin_jti"].as_string(), OriginOf(tokens));
  EXPECT_EQ(ClaimsOf(reply.Text("access_token"))["scope"], "aws.cognito.signin.user.admin");
  EXPECT_EQ(Post(Token, {{"grant_type", "refresh_token"},
                         {"client_id", MakeClient(pool_)},
                         {"refresh_token", tokens.refresh}})
                .Text("error"),
            "invalid_grant");
  ASSERT_TRUE(Succeeded(Admin("AdminUserGlobalSignOut", "alice")));
  EXPECT_TRUE(Refused(Post(Token, {{"grant_type", "refresh_token"},
                                   {"client_id", client_},
                                   {"refresh_token", tokens.refresh}}),
                      400, "invalid_grant"));
}

TEST_F(TokenTest, ARefreshRotatesWhereTheClientSaysSoAndAReuseMayRevoke) {
  ASSERT_TRUE(Succeeded(
      Call("UpdateUserPool",
           json::object{{"UserPoolId", pool_},
                        {"UserPoolTags", {{"sallyport:revoke-on-refresh-token-reuse", "true"}}}})));
  client_ = MakeClient(pool_, {{"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH"}},
                               {"RefreshTokenRotation", {{"Feature", "ENABLED"}}}});
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  const auto refresh = [&](std::string_view token) {
    return Post(
        Token, {{"grant_type", "refresh_token"}, {"client_id", client_}, {"refresh_token", token}});
  };
  const std::string second = refresh(tokens.refresh).Text("refresh_token");
  ASSERT_FALSE(second.empty());
  EXPECT_NE(second, tokens.refresh);
  EXPECT_FALSE(refresh(second).response.wait.release());
  const uint64_t before = Head();
  const OAuthReply reuse = refresh(tokens.refresh);
  EXPECT_TRUE(Refused(reuse, 400, "invalid_grant"));
  EXPECT_EQ(RevokedAfter(before), std::vector<std::string>{OriginOf(tokens)});
  EXPECT_EQ(reuse.response.wait.release()->sequence(), Head());
}

TEST_F(TokenTest, APoolThatIsNamedMustBeTheClients) {
  const std::string other = MakePool();
  ASSERT_TRUE(Succeeded(
      Call("CreateUserPoolDomain", json::object{{"UserPoolId", pool_}, {"Domain", "acme"}})));
  ASSERT_TRUE(Succeeded(
      Call("CreateUserPoolDomain", json::object{{"UserPoolId", other}, {"Domain", "other"}})));
  const Parameters form{{"grant_type", "client_credentials"}};
  path_pool_ = pool_;
  EXPECT_EQ(MachineToken(form).response.status, 200);
  path_pool_ = other;
  EXPECT_TRUE(Refused(MachineToken(form), 400, "invalid_client"));
  path_pool_.clear();
  host_ = "acme.auth.eu-west-1.amazoncognito.com";
  EXPECT_EQ(MachineToken(form).response.status, 200);
  host_ = "other.auth.eu-west-1.amazoncognito.com";
  EXPECT_TRUE(Refused(MachineToken(form), 400, "invalid_client"));
  // The pool in the path takes precedence over the host's.
  path_pool_ = pool_;
  EXPECT_EQ(MachineToken(form).response.status, 200);
}

TEST_F(TokenTest, AClientsTokensHaveAQuota) {
  domain::Quotas quotas;
  quotas.per_category[static_cast<size_t>(domain::Category::kClientAuthentication)] = 1;
  domain::Throttle throttle(quotas, clock_);
  services_->throttle = &throttle;
  const std::string_view grant = "client_credentials";
  // A caller who has not proved who it is uses up nothing.
  EXPECT_TRUE(Refused(Post(Token, {{"grant_type", grant}}, Basic(machine_, "wrong")), 400,
                      "invalid_client"));
  EXPECT_EQ(MachineToken({{"grant_type", grant}}).response.status, 200);
  EXPECT_TRUE(Refused(MachineToken({{"grant_type", grant}}), 429, "temporarily_unavailable"));
  clock_.AdvanceMillis(1000);
  EXPECT_EQ(MachineToken({{"grant_type", grant}}).response.status, 200);
}

TEST_F(TokenTest, NothingIsIssuedFromARestoredStore) {
  issuing_stopped_ = true;
  EXPECT_TRUE(Refused(MachineToken({{"grant_type", "client_credentials"}}), 500, "server_error"));
}

TEST_F(TokenTest, GetClientTokenGivesTheSameToken) {
  const json::object input{
      {"ClientId", machine_}, {"Secret", secret_}, {"Scopes", json::array{"https://api/v1/read"}}};
  const operations::Reply reply = Call("GetClientToken", input);
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_EQ(reply.At("ClientAuthenticationResult.ExpiresIn"), 600);
  json::object claims = ClaimsOf(reply.Text("ClientAuthenticationResult.AccessToken"));
  EXPECT_EQ(claims["scope"], "https://api/v1/read");
  EXPECT_EQ(claims["sub"].as_string(), machine_);
  json::object changed = input;
  changed["Secret"] = "abcdefghijklmnopqrstuvwxyz";
  EXPECT_EQ(Call("GetClientToken", changed).code, "NotAuthorizedException");
  changed = input;
  changed["Scopes"] = json::array{"openid"};
  EXPECT_EQ(Call("GetClientToken", changed).code, "InvalidParameterException");
  changed = input;
  changed["ClientId"] = "nobody";
  EXPECT_EQ(Call("GetClientToken", changed).code, "ResourceNotFoundException");
}

TEST_F(TokenTest, GetClientTokenNeedsItsFlow) {
  const operations::Reply client =
      Call("CreateUserPoolClient", {{"UserPoolId", pool_},
                                    {"ClientName", "m"},
                                    {"GenerateSecret", true},
                                    {"AllowedOAuthFlowsUserPoolClient", true},
                                    {"AllowedOAuthFlows", json::array{"client_credentials"}},
                                    {"AllowedOAuthScopes", json::array{"https://api/v1/read"}}});
  EXPECT_TRUE(operations::FailedWith(
      Call("GetClientToken", {{"ClientId", client.Text("UserPoolClient.ClientId")},
                              {"Secret", client.Text("UserPoolClient.ClientSecret")}}),
      "NotAuthorizedException", "CLIENT_TOKEN_AUTH flow not enabled for this client"));
  EXPECT_EQ(
      Call("CreateUserPoolClient", {{"UserPoolId", pool_},
                                    {"ClientName", "m"},
                                    {"GenerateSecret", true},
                                    {"ExplicitAuthFlows", json::array{"ALLOW_CLIENT_TOKEN_AUTH",
                                                                      "ALLOW_USER_PASSWORD_AUTH"}}})
          .code,
      "InvalidParameterException");
}

}  // namespace
}  // namespace sallyport::oauth2
