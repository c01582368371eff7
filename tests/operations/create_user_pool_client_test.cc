#include <regex>

#include "domain/clients/client.h"
#include "fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class CreateUserPoolClientTest : public OperationTest {
 protected:
  Reply Create(json::object more) {
    more["UserPoolId"] = pool_;
    more["ClientName"] = "app";
    return Call("CreateUserPoolClient", more);
  }
  void ExpectRefused(json::object more, std::string_view code, std::string_view message) {
    EXPECT_TRUE(FailedWith(Create(more), code, message)) << json::serialize(more);
  }
  std::string pool_ = MakePool({{"Schema", json::array{{{"Name", "email"}, {"Required", true}}}}});
};

TEST_F(CreateUserPoolClientTest, ANewClientHasAwsDefaults) {
  Reply reply = Create({});
  ASSERT_TRUE(Succeeded(reply));
  json::object client = reply.At("UserPoolClient").as_object();
  std::string id = reply.Text("UserPoolClient.ClientId");
  EXPECT_TRUE(std::regex_match(id, std::regex("[0-9a-z]{26}"))) << id;
  for (const char* varying : {"ClientId", "CreationDate", "LastModifiedDate"})
    client.erase(varying);
  EXPECT_EQ(client, (json::object{{"UserPoolId", pool_},
                                  {"ClientName", "app"},
                                  {"RefreshTokenValidity", 30},
                                  {"AllowedOAuthFlowsUserPoolClient", false},
                                  {"EnableTokenRevocation", true},
                                  {"EnablePropagateAdditionalUserContextData", false},
                                  {"AuthSessionValidity", 3}}));
  auto stored = domain::GetClient(*services_, id);
  ASSERT_TRUE(stored.ok());
  EXPECT_EQ((*stored)->settings.access_token_seconds, 3600);
  EXPECT_EQ((*stored)->settings.refresh_token_seconds, 30 * 86'400);
  EXPECT_FALSE((*stored)->settings.prevent_user_existence_errors);
  EXPECT_TRUE((*stored)->settings.Allows(domain::AuthFlow::kUserSrp));
  EXPECT_TRUE((*stored)->settings.Allows(domain::AuthFlow::kRefreshToken));
  EXPECT_FALSE((*stored)->settings.Allows(domain::AuthFlow::kUserPassword));
}

TEST_F(CreateUserPoolClientTest, ASecretIsMadeOrTakenOnRequest) {
  Reply made = Create({{"GenerateSecret", true}});
  EXPECT_TRUE(
      std::regex_match(made.Text("UserPoolClient.ClientSecret"), std::regex("[0-9a-z]{51}")));
  std::string own = "abcdefghijklmnopqrstuvwx0123456789";
  EXPECT_EQ(Create({{"ClientSecret", own}}).Text("UserPoolClient.ClientSecret"), own);
}

TEST_F(CreateUserPoolClientTest, ValidityIsBoundByItsUnits) {
  json::object minutes{{"AccessToken", "minutes"}, {"IdToken", "minutes"}};
  Reply reply = Create({{"AccessTokenValidity", 5},
                        {"IdTokenValidity", 1440},
                        {"RefreshTokenValidity", 3650},
                        {"TokenValidityUnits", minutes}});
  ASSERT_TRUE(Succeeded(reply));
  auto client = domain::GetClient(*services_, reply.Text("UserPoolClient.ClientId"));
  EXPECT_EQ((*client)->settings.access_token_seconds, 300);
  EXPECT_EQ((*client)->settings.id_token_seconds, 86'400);
  EXPECT_EQ((*client)->greatest_token_seconds, 86'400);
  EXPECT_EQ((*client)->settings.refresh_token_seconds, int64_t{3650} * 86'400);

  std::string_view code = "InvalidParameterException";
  std::string_view text = "Invalid range for token validity.";
  ExpectRefused({{"AccessTokenValidity", 4}, {"TokenValidityUnits", minutes}}, code, text);
  ExpectRefused({{"IdTokenValidity", 25}}, code, text);
  ExpectRefused({{"RefreshTokenValidity", 3651}}, code, text);
  ExpectRefused(
      {{"RefreshTokenValidity", 59}, {"TokenValidityUnits", {{"RefreshToken", "minutes"}}}}, code,
      text);
  ExpectRefused({{"AccessTokenValidity", 2},
                 {"RefreshTokenValidity", 1},
                 {"TokenValidityUnits", {{"RefreshToken", "hours"}}}},
                code, text);
}

TEST_F(CreateUserPoolClientTest, OldAndNewNamesOfAuthFlowsAreNotMixed) {
  EXPECT_EQ(
      Create({{"ExplicitAuthFlows", json::array{"USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}}})
          .code,
      "InvalidParameterException");
  Reply legacy = Create({{"ExplicitAuthFlows", json::array{"ADMIN_NO_SRP_AUTH"}}});
  ASSERT_TRUE(Succeeded(legacy));
  auto client = domain::GetClient(*services_, legacy.Text("UserPoolClient.ClientId"));
  EXPECT_TRUE((*client)->settings.Allows(domain::AuthFlow::kAdminUserPassword));
  EXPECT_TRUE((*client)->settings.Allows(domain::AuthFlow::kRefreshToken));
  EXPECT_FALSE((*client)->settings.Allows(domain::AuthFlow::kUserPassword));
}

TEST_F(CreateUserPoolClientTest, OAuthSettingsMustFitTogether) {
  json::object code{{"AllowedOAuthFlowsUserPoolClient", true},
                    {"AllowedOAuthFlows", json::array{"code"}},
                    {"AllowedOAuthScopes", json::array{"openid"}},
                    {"CallbackURLs", json::array{"https://a.example/cb"}}};
  EXPECT_TRUE(Succeeded(Create(code)));

  json::object changed = code;
  changed["DefaultRedirectURI"] = "https://b.example/cb";
  ExpectRefused(changed, "InvalidParameterException",
                "The default redirect URI https://b.example/cb is not in the callback URIs list.");
  changed = code;
  changed.erase("CallbackURLs");
  ExpectRefused(changed, "InvalidOAuthFlowException",
                "CallbackUrls can not be empty when code flow or implicit flow is selected");
  changed = code;
  changed.erase("AllowedOAuthScopes");
  ExpectRefused(changed, "InvalidParameterException",
                "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is "
                "allowed to use OAuth flows.");
  changed = code;
  changed["AllowedOAuthFlowsUserPoolClient"] = false;
  EXPECT_EQ(Create(changed).code, "InvalidParameterException");
  changed = code;
  changed["AllowedOAuthScopes"] = json::array{"api/read"};
  ExpectRefused(changed, "ScopeDoesNotExistException", "Invalid scope requested: api/read");
  changed = code;
  changed["CallbackURLs"] = json::array{"http://a.example/cb"};
  ExpectRefused(changed, "InvalidParameterException",
                "http://a.example/cb cannot use the HTTP protocol.");
  changed["CallbackURLs"] = json::array{"http://localhost:3000/cb", "http://[::1]/"};
  EXPECT_TRUE(Succeeded(Create(changed)));
  changed["CallbackURLs"] = json::array{"http://localhost.a.example/"};
  EXPECT_EQ(Create(changed).code, "InvalidParameterException");
}

TEST_F(CreateUserPoolClientTest, UrlsAreAbsoluteWithoutAFragmentAndOfASchemeThatLeadsSomewhere) {
  for (const char* const name : {"CallbackURLs", "LogoutURLs"}) {
    for (const char* const url : {"https://a.example/#",
                                  "https://a.example/cb#part",
                                  "myapp://cb#part",
                                  "myapp",
                                  "myapp:",
                                  "https:a.example",
                                  "https:///cb",
                                  "http:/localhost/cb",
                                  "1app://cb",
                                  "my app://cb",
                                  "javascript:alert(1)",
                                  "JavaScript://a/%0aalert(1)",
                                  "data:text/html,a",
                                  "vbscript:a",
                                  "file:///etc/passwd",
                                  "blob:https://a.example/1",
                                  "about:blank",
                                  "HTTP://a.example/cb",
                                  "https://user@a.example/cb",
                                  "https://\u00e9.example/cb"}) {
      SCOPED_TRACE(url);
      EXPECT_EQ(Create({{name, json::array{url}}}).code, "InvalidParameterException");
    }
    for (const char* const url : {"https://a.example", "https://a.example:8443/cb?x=1",
                                  "myapp://cb", "com.example.app:/cb", "HTTPS://a.example/cb"}) {
      SCOPED_TRACE(url);
      EXPECT_TRUE(Succeeded(Create({{name, json::array{url}}})));
    }
  }
  ExpectRefused({{"CallbackURLs", json::array{"https://a.example/#b"}}},
                "InvalidParameterException",
                "https://a.example/#b cannot be used. It must be an absolute URI without a "
                "fragment, and its scheme must be one to which a browser can be redirected.");
}

TEST_F(CreateUserPoolClientTest, WhoIsToldOfSignOutsIsAnEntryOfLogoutUrlsAndOneThatCanBePostedTo) {
  const auto with = [](json::array urls) { return json::object{{"LogoutURLs", std::move(urls)}}; };
  Reply made =
      Create(with({"https://a.example/bye", "sallyport:back-channel:https://a.example/out?x=1"}));
  ASSERT_TRUE(Succeeded(made));
  const auto client = domain::GetClient(*services_, made.Text("UserPoolClient.ClientId"));
  EXPECT_EQ((*client)->settings.back_channel_uri(), "https://a.example/out?x=1");
  // Nobody is sent there.
  EXPECT_EQ((*client)->settings.logout_urls, std::vector<std::string>{"https://a.example/bye"});
  EXPECT_TRUE(Succeeded(Create(with({"sallyport:back-channel:http://localhost:3000/out"}))));

  ExpectRefused(with({"sallyport:back-channel:http://a.example/out"}), "InvalidParameterException",
                "http://a.example/out cannot use the HTTP protocol.");
  for (const std::string_view unusable :
       {"", "a.example", "javascript:alert(1)", "https://a.example/out#here", "ftp://a.example/"}) {
    EXPECT_EQ(Create(with({json::string("sallyport:back-channel:" + std::string(unusable))})).code,
              "InvalidParameterException")
        << unusable;
  }
  ExpectRefused(with({"sallyport:back-channel:https://a.example/1",
                      "sallyport:back-channel:https://a.example/2"}),
                "InvalidParameterException",
                "LogoutURLs can have sallyport:back-channel: only once.");
  ExpectRefused(
      with({"sallyport:front-channel:https://a.example/1"}), "InvalidParameterException",
      "sallyport:front-channel:https://a.example/1 is not a setting of LogoutURLs. There are "
      "two that begin with sallyport: sallyport:back-channel:URL and sallyport:client-key:JWK.");
}

TEST_F(CreateUserPoolClientTest, ClientCredentialsNeedASecretAndNothingElse) {
  json::object machine{{"AllowedOAuthFlowsUserPoolClient", true},
                       {"AllowedOAuthFlows", json::array{"client_credentials"}},
                       {"AllowedOAuthScopes", json::array{"openid"}}};
  ExpectRefused(machine, "InvalidOAuthFlowException",
                "client_credentials flow can not be selected if client does not have a client "
                "secret.");
  machine["GenerateSecret"] = true;
  ExpectRefused(machine, "InvalidOAuthFlowException",
                "openid is not supported with client_credentials flow");
  machine["AllowedOAuthFlows"] = json::array{"client_credentials", "code"};
  ExpectRefused(machine, "InvalidOAuthFlowException",
                "client_credentials flow can not be selected along with code flow or implicit "
                "flow.");
}

TEST_F(CreateUserPoolClientTest, AttributesMustBeThePools) {
  std::string_view code = "InvalidParameterException";
  ExpectRefused({{"ReadAttributes", json::array{"custom:none"}}}, code,
                "Invalid read attributes specified while creating a client");
  std::string_view text = "Invalid write attributes specified while creating a client";
  ExpectRefused({{"WriteAttributes", json::array{"email", "sub"}}}, code, text);
  // email is required in this pool, so every client must be able to write it.
  ExpectRefused({{"WriteAttributes", json::array{"name"}}}, code, text);
  EXPECT_TRUE(Succeeded(Create({{"WriteAttributes", json::array{"email", "name"}}})));
}

TEST_F(CreateUserPoolClientTest, UnknownPoolsAndProvidersAreRefused) {
  ExpectRefused({{"SupportedIdentityProviders", json::array{"Google"}}},
                "InvalidParameterException",
                "The provider Google does not exist for User Pool " + pool_);
  EXPECT_TRUE(FailedWith(
      Call("CreateUserPoolClient", R"({"UserPoolId":"eu-west-1_000000000","ClientName":"c"})"),
      "ResourceNotFoundException", "User pool eu-west-1_000000000 does not exist."));
}

}  // namespace
}  // namespace sallyport::operations
