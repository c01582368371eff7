// What an authorization request is refused for, and who is told.
#include "base/encoding.h"
#include "browser_fixture.h"

namespace sallyport::login {
namespace {

namespace json = boost::json;

using AuthorizationRequests = BrowserTest;

TEST_F(AuthorizationRequests, NobodyIsSentToAUrlThatIsNotTheClientsOwn) {
  Browser browser;
  const std::string other = MakePool();
  for (const Parameters& wrong :
       std::vector<Parameters>{{{"client_id", ""}},
                               {{"client_id", "nobody"}},
                               {{"redirect_uri", ""}},
                               {{"redirect_uri", "https://evil.example/"}},
                               {{"redirect_uri", std::string(kCallback) + "/"}},
                               {{"redirect_uri", std::string(kCallback) + "?a=b"}},
                               {{"redirect_uri", "HTTPS://app.example/callback"}},
                               {{"redirect_uri", "https://app.example/callback#x"}},
                               {{"redirect_uri", "javascript:alert(1)"}}}) {
    for (const std::string_view path : {"/oauth2/authorize", "/login"}) {
      const BrowserResponse page = Get(browser, path, With(Request(), wrong));
      EXPECT_EQ(page.status, 400) << path << wrong.front().second;
      EXPECT_TRUE(page.location.empty());
      EXPECT_NE(page.body.find("This does not work"), std::string::npos);
    }
  }
  EXPECT_EQ(Get(browser, "/" + other + "/oauth2/authorize", Request()).status, 400);
  EXPECT_EQ(Get(browser, "/" + pool_ + "/oauth2/authorize", Request()).status, 302);
}

TEST_F(AuthorizationRequests, WhatIsWrongWithAUrlIsNotToldOfABody) {
  Browser browser;
  for (const std::string& state : {std::string("a\0b", 3), std::string(200'000, 's')}) {
    for (const std::string_view path : {"/oauth2/authorize", "/login", "/logout"}) {
      const BrowserResponse page = Get(browser, path, With(Request(), {{"state", state}}));
      EXPECT_EQ(page.status, 400) << path;
      EXPECT_NE(page.body.find("the parameters are "), std::string::npos) << path << page.body;
    }
  }
}

TEST_F(AuthorizationRequests, WhatElseIsWrongIsTheClientsToKnow) {
  const std::string code_only = MakeWebClient({{"AllowedOAuthFlows", json::array{"code"}}});
  const std::string without_provider =
      MakeWebClient({{"SupportedIdentityProviders", json::array()}});
  struct Case {
    Parameters wrong;
    std::string error;
  };
  Browser browser;
  for (const Case& wrong : std::vector<Case>{
           {{{"response_type", ""}}, "invalid_request"},
           {{{"response_type", "none"}}, "unsupported_response_type"},
           {{{"response_mode", "web_message"}}, "invalid_request"},
           {{{"request", "x"}}, "request_not_supported"},
           {{{"request_uri", "https://x"}}, "request_uri_not_supported"},
           {{{"registration", "{}"}}, "registration_not_supported"},
           {{{"client_id", without_provider}}, "unauthorized_client"},
           {{{"identity_provider", "Google"}}, "invalid_request"},
           {{{"idp_identifier", "corp"}}, "invalid_request"},
           {{{"identity_provider", "COGNITO"}, {"idp_identifier", "corp"}}, "invalid_request"},
           {{{"scope", "openid phone"}}, "invalid_scope"},
           {{{"nonce", std::string(1025, 'n')}}, "invalid_request"},
           {{{"code_challenge_method", ""}}, "invalid_request"},
           {{{"code_challenge_method", "plain"}}, "invalid_request"},
           {{{"code_challenge", "short"}}, "invalid_request"},
           {{{"code_challenge", ""}}, "invalid_request"},
           {{{"resource", "api"}}, "invalid_target"},
           {{{"resource", "http://api.example"}}, "invalid_target"},
           {{{"resource", "https://api.example/#x"}}, "invalid_target"},
           {{{"claims", "[]"}}, "invalid_request"},
           // A condition that cannot be checked is none that everybody meets.
           {{{"claims", R"({"id_token":{"sub":{"value":5}}})"}}, "invalid_request"},
           {{{"claims", R"({"id_token":{"sub":{"value":""}}})"}}, "invalid_request"},
           {{{"claims", R"({"id_token":{"sub":{"values":["a"]}}})"}}, "invalid_request"},
           {{{"id_token_hint", "x.y.z"}}, "invalid_request"},
           {{{"prompt", "sometimes"}}, "invalid_request"},
           {{{"prompt", "none login"}}, "invalid_request"},
           {{{"prompt", "none"}}, "login_required"},
           {{{"max_age", "-1"}}, "invalid_request"},
           {{{"max_age", "1.5"}}, "invalid_request"}}) {
    const BrowserResponse response =
        Get(browser, "/oauth2/authorize", With(Request(), wrong.wrong));
    SCOPED_TRACE(wrong.wrong.front().first + "=" + wrong.wrong.front().second);
    ASSERT_TRUE(response.location.starts_with(std::string(kCallback) + "?")) << response.body;
    auto parameters = ParametersOf(response.location);
    EXPECT_EQ(parameters["error"], wrong.error);
    EXPECT_EQ(parameters["state"], "a b&c=d");
    EXPECT_EQ(parameters["iss"], settings_.public_url + "/" + pool_);
  }
  const BrowserResponse implicit =
      Get(browser, "/oauth2/authorize",
          With(Request(), {{"client_id", code_only}, {"response_type", "token"}}));
  EXPECT_TRUE(implicit.location.starts_with(std::string(kCallback) + "#error=unauthorized_client"))
      << implicit.location;
}

// Where a client that asks for tokens looks for the answer.
TEST_F(AuthorizationRequests, AResponseTypeThatIsNotBuiltIsRefusedWhereItsAnswerWouldBe) {
  Browser browser;
  for (const char* type : {"code token", "code id_token", "id_token", "id_token token"}) {
    const BrowserResponse response =
        Get(browser, "/oauth2/authorize", With(Request(), {{"response_type", type}}));
    EXPECT_TRUE(
        response.location.starts_with(std::string(kCallback) + "#error=unsupported_response_type"))
        << type << " " << response.location;
  }
}

TEST_F(AuthorizationRequests, ATokenNeverStandsInAQuery) {
  Browser browser;
  const BrowserResponse response =
      Get(browser, "/oauth2/authorize",
          With(Request(), {{"response_type", "token"}, {"response_mode", "query"}}));
  EXPECT_TRUE(response.location.starts_with(std::string(kCallback) + "#error=invalid_request"))
      << response.location;
}

TEST_F(AuthorizationRequests, AFormPostGoesToTheClientInAPage) {
  MakeUser("alice");
  Browser browser;
  const BrowserResponse page = SignInOn(
      browser, With(Request(), {{"response_mode", "form_post"}, {"state", "\"><b>\t"}}), "alice");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("action=\"" + std::string(kCallback) + "\""), std::string::npos)
      << page.body;
  EXPECT_NE(page.body.find("value=\"&quot;&gt;&lt;b&gt;\t\""), std::string::npos) << page.body;
  EXPECT_NE(page.body.find("src=\"login/submit.js\""), std::string::npos);
  EXPECT_NE(page.security_policy.find("form-action https:;"), std::string::npos)
      << page.security_policy;
  EXPECT_EQ(Redeem(Field(page, "code")).response.status, 200);
  // Silently, from another path.
  const BrowserResponse silent =
      Get(browser, "/oauth2/authorize", With(Request(), {{"response_mode", "form_post"}}));
  EXPECT_NE(silent.body.find("src=\"../login/submit.js\""), std::string::npos) << silent.body;
}

TEST_F(AuthorizationRequests, AnErrorGoesToTheClientInTheModeThatItAskedForWhateverItIsAbout) {
  Browser browser;
  for (const Parameters& wrong : std::vector<Parameters>{{{"response_type", ""}},
                                                         {{"response_type", "none"}},
                                                         {{"scope", "nothing"}},
                                                         {{"request", "x"}},
                                                         {{"prompt", "none"}}}) {
    SCOPED_TRACE(wrong.front().first);
    const BrowserResponse page =
        Get(browser, "/oauth2/authorize",
            With(With(Request(), {{"response_mode", "form_post"}}), wrong));
    EXPECT_EQ(page.status, 200);
    EXPECT_TRUE(page.location.empty()) << page.location;
    EXPECT_FALSE(Field(page, "error").empty()) << page.body;
    EXPECT_EQ(Field(page, "state"), "a b&amp;c=d");
  }
}

TEST_F(AuthorizationRequests, ARequestObjectIsRefusedInTheModeAndWithTheStateThatItNames) {
  Browser browser;
  const auto refused = [&](std::string_view payload) {
    const std::string object =
        "eyJhbGciOiJub25lIn0." + base::Base64UrlEncode(base::AsBytes(payload)) + ".";
    return Get(browser, "/oauth2/authorize", With(Request(), {{"state", ""}, {"request", object}}));
  };
  const BrowserResponse page = refused(
      R"({"state":"s1","response_mode":"form_post","redirect_uri":"https://evil.example/"})");
  EXPECT_EQ(Field(page, "error"), "request_not_supported");
  EXPECT_EQ(Field(page, "state"), "s1");
  EXPECT_NE(page.body.find("action=\"" + std::string(kCallback) + "\""), std::string::npos);
  for (const std::string_view unreadable :
       {"", "[]", "{", R"({"state":1,"response_mode":["x"]})"}) {
    const BrowserResponse answer = refused(unreadable);
    EXPECT_EQ(ParametersOf(answer.location)["error"], "request_not_supported") << unreadable;
  }
}

TEST_F(AuthorizationRequests, APostIsMadeAGetSoThatItBringsTheCookie) {
  Browser browser;
  const BrowserResponse response = Post(browser, "/oauth2/authorize", {}, Request());
  EXPECT_EQ(response.status, 303);
  EXPECT_TRUE(response.location.starts_with("authorize?client_id=")) << response.location;
}

TEST_F(AuthorizationRequests, ParametersOfAPostStandInItsBodyOrInItsUrlAndNotInBoth) {
  Browser browser;
  for (const char* path : {"/oauth2/authorize", "/logout"}) {
    const BrowserResponse in_url = Post(browser, path, Request(), {});
    EXPECT_EQ(in_url.status, 303) << path;
    EXPECT_NE(in_url.location.find("?client_id=" + web_), std::string::npos) << in_url.location;
    const BrowserResponse in_both = Post(browser, path, {{"lang", "en"}}, Request());
    EXPECT_EQ(in_both.status, 400) << path;
    EXPECT_NE(in_both.body.find("in the URL and in the body"), std::string::npos) << path;
  }
}

TEST_F(AuthorizationRequests, APostThatIsTooLongForAGetIsRefusedInWords) {
  Browser browser;
  const Parameters longest = With(Request(), {{"state", std::string(20'000, 's')}});
  EXPECT_EQ(Post(browser, "/oauth2/authorize", {}, longest).status, 303);
  const Parameters longer = With(Request(), {{"state", std::string(30'000, 's')}});
  for (const char* path : {"/oauth2/authorize", "/logout"}) {
    const BrowserResponse refused = Post(browser, path, {}, longer);
    EXPECT_EQ(refused.status, 400) << path;
    EXPECT_TRUE(refused.location.empty()) << path;
    EXPECT_NE(refused.body.find("the request is too long"), std::string::npos) << refused.body;
  }
  // So is a GET that is longer when it is passed on to the page, where its "/" are escaped. Its
  // client is known, and told.
  const BrowserResponse told = Get(browser, "/oauth2/authorize", longer);
  EXPECT_TRUE(told.location.starts_with(std::string(kCallback) + "?error=invalid_request"))
      << told.location.substr(0, 200);
}

TEST_F(AuthorizationRequests, ThePoolItselfMayBeAskedForByBothOfCognitosParameters) {
  Browser browser;
  for (const char* parameter : {"identity_provider", "idp_identifier"}) {
    const BrowserResponse response =
        Get(browser, "/oauth2/authorize", With(Request(), {{parameter, "COGNITO"}}));
    EXPECT_TRUE(response.location.starts_with("../login?")) << response.location;
  }
}

TEST_F(AuthorizationRequests, TheDefaultRedirectUriStandsInForNone) {
  web_ = MakeWebClient({{"DefaultRedirectURI", kCallback}});
  MakeUser("alice");
  Browser browser;
  const BrowserResponse response =
      SignInOn(browser, With(Request(), {{"redirect_uri", ""}}), "alice");
  EXPECT_TRUE(response.location.starts_with(std::string(kCallback) + "?code="));
  EXPECT_EQ(Redeem(ParametersOf(response.location)["code"], {{"redirect_uri", ""}}).response.status,
            200);
}

TEST_F(AuthorizationRequests, WithoutScopesAllOfTheClientsAreMeant) {
  MakeUser("alice");
  Browser browser;
  const BrowserResponse response = SignInOn(browser, With(Request(), {{"scope", ""}}), "alice");
  EXPECT_EQ(ClaimsOf(Redeem(ParametersOf(response.location)["code"]).tokens.access)["scope"],
            "openid email profile aws.cognito.signin.user.admin");
}

}  // namespace
}  // namespace sallyport::login
