// The tag sallyport:claims=openid: attributes as OpenID Connect has them, and not as Cognito does.
#include "browser_fixture.h"

namespace sallyport::login {
namespace {

namespace json = boost::json;

class OpenIdClaims : public BrowserTest {
 protected:
  OpenIdClaims() {
    MakeUser("alice", operations::AttributeList({{"email", "a@example.org"},
                                                 {"email_verified", "true"},
                                                 {"name", "Alice"},
                                                 {"address", "1 Street"},
                                                 {"updated_at", "1700000000"}}));
  }
  void Choose(std::string_view rules) {
    ASSERT_TRUE(Succeeded(Call(
        "TagResource",
        json::object{
            {"ResourceArn",
             Call("DescribeUserPool", json::object{{"UserPoolId", pool_}}).Text("UserPool.Arn")},
            {"Tags", json::object{{"sallyport:claims", rules}}}})));
  }
  Redeemed SignInWith(std::string_view scope) {
    Browser browser;
    const BrowserResponse answer =
        SignInOn(browser, With(Request(), {{"scope", std::string(scope)}}), "alice");
    return Redeem(ParametersOf(answer.location)["code"]);
  }
  json::object UserInfo(const Redeemed& tokens) {
    const std::string authorization = "Bearer " + tokens.tokens.access;
    return json::parse(oauth2::UserInfo(*services_, {.pool_id = {},
                                                     .host = "127.0.0.1:9229",
                                                     .method = "GET",
                                                     .authorization = authorization,
                                                     .content_type = {},
                                                     .body = {}})
                           .body)
        .as_object();
  }
};

TEST_F(OpenIdClaims, UserInfoHasOpenIdConnectsTypesAndWhatScopesOpenAlone) {
  Choose("openid");
  const json::object info = UserInfo(SignInWith("openid email profile"));
  EXPECT_EQ(info.at("email_verified"), json::value(true));
  EXPECT_EQ(info.at("updated_at"), json::value(1'700'000'000));
  EXPECT_EQ(info.at("name"), json::value("Alice"));
  EXPECT_FALSE(info.contains("address"));
  web_ = MakeWebClient({{"AllowedOAuthScopes", json::array{"openid", "address"}}});
  const json::object addressed = UserInfo(SignInWith("openid address"));
  EXPECT_EQ(addressed.at("address"), (json::value{{"formatted", "1 Street"}}));
  EXPECT_FALSE(addressed.contains("name"));
  const json::object alone = UserInfo(SignInWith("openid"));
  EXPECT_FALSE(alone.contains("email"));
  EXPECT_FALSE(alone.contains("name"));
  EXPECT_TRUE(alone.contains("sub"));
}

TEST_F(OpenIdClaims, AnIdTokenDoesNotRepeatWhatUserInfoTellsAndSaysHowStrongTheSignInWas) {
  Choose("openid");
  const json::object id = ClaimsOf(SignInWith("openid email profile").tokens.id);
  EXPECT_FALSE(id.contains("email"));
  EXPECT_FALSE(id.contains("email_verified"));
  EXPECT_FALSE(id.contains("name"));
  EXPECT_EQ(id.at("acr"), json::value("aal1"));
  // A sign-in by the API is Cognito's own.
  EXPECT_EQ(ClaimsOf(SignIn("alice").id).at("email"), json::value("a@example.org"));
}

TEST_F(OpenIdClaims, TheClaimsParameterAsksForAttributesByName) {
  const std::string asked = R"({"userinfo":{"name":{"essential":true},"nothing":null},
                                "id_token":{"email":null,"acr":null}})";
  const auto sign_in = [&] {
    Browser browser;
    const BrowserResponse answer =
        SignInOn(browser, With(Request(), {{"scope", "openid"}, {"claims", asked}}), "alice");
    return Redeem(ParametersOf(answer.location)["code"]);
  };
  Choose("openid");
  const Redeemed tokens = sign_in();
  const json::object info = UserInfo(tokens);
  EXPECT_EQ(info.at("name"), json::value("Alice"));
  EXPECT_FALSE(info.contains("email"));
  EXPECT_EQ(ClaimsOf(tokens.tokens.id).at("email"), json::value("a@example.org"));
  EXPECT_FALSE(ClaimsOf(tokens.tokens.id).contains("name"));
  // What the client may not read it gets by no name.
  web_ = MakeWebClient({{"ReadAttributes", json::array{"email"}}});
  EXPECT_FALSE(UserInfo(sign_in()).contains("name"));
}

TEST_F(OpenIdClaims, WithoutTheTagAllIsAsCognitoHasIt) {
  const Redeemed tokens = SignInWith("openid");
  const json::object info = UserInfo(tokens);
  EXPECT_EQ(info.at("email_verified"), json::value("true"));
  EXPECT_EQ(info.at("updated_at"), json::value("1700000000"));
  EXPECT_EQ(info.at("address"), json::value("1 Street"));
  EXPECT_EQ(ClaimsOf(tokens.tokens.id).at("name"), json::value("Alice"));
  EXPECT_FALSE(ClaimsOf(tokens.tokens.id).contains("acr"));
  EXPECT_EQ(Call("CreateUserPoolClient",
                 json::object{{"UserPoolId", pool_},
                              {"ClientName", "address"},
                              {"AllowedOAuthFlowsUserPoolClient", true},
                              {"AllowedOAuthFlows", json::array{"code"}},
                              {"AllowedOAuthScopes", json::array{"openid", "address"}},
                              {"CallbackURLs", json::array{kCallback}}})
                .code,
            "ScopeDoesNotExistException");
}

}  // namespace
}  // namespace sallyport::login
