// The authorization code grant, from the request to the tokens.
#include <thread>

#include "browser_fixture.h"

namespace sallyport::login {
namespace {

namespace json = boost::json;

using CodeFlow = BrowserTest;

TEST_F(CodeFlow, TheEndpointLeadsToThePageAndThePageToTheClientWithACode) {
  MakeUser("alice");
  Browser browser;
  const BrowserResponse sent = Get(browser, "/oauth2/authorize", Request());
  EXPECT_EQ(sent.status, 302);
  ASSERT_TRUE(sent.location.starts_with("../login?")) << sent.location;
  const Parameters request = Request();
  EXPECT_EQ(ParametersOf(sent.location),
            (std::map<std::string, std::string>{request.begin(), request.end()}));

  const BrowserResponse answered = SignInOn(browser, Request(), "alice");
  EXPECT_EQ(answered.status, 303);
  EXPECT_TRUE(answered.location.starts_with(std::string(kCallback) + "?code="))
      << answered.location;
  auto parameters = ParametersOf(answered.location);
  EXPECT_EQ(parameters["state"], "a b&c=d");
  EXPECT_EQ(parameters["iss"], settings_.public_url + "/" + pool_);

  const Redeemed redeemed = Redeem(parameters["code"]);
  ASSERT_EQ(redeemed.response.status, 200) << redeemed.response.body << redeemed.response.cause;
  EXPECT_TRUE(AccessTokenLives(redeemed.tokens));
  EXPECT_FALSE(redeemed.tokens.refresh.empty());
  json::object access = ClaimsOf(redeemed.tokens.access);
  EXPECT_EQ(access["scope"], "openid email aws.cognito.signin.user.admin");
  EXPECT_EQ(access["version"], 2);
  json::object id = ClaimsOf(redeemed.tokens.id);
  EXPECT_EQ(id["nonce"], "n-1");
  EXPECT_EQ(id["aud"], json::value(web_));
  EXPECT_EQ(id["origin_jti"], access["origin_jti"]);
  EXPECT_EQ(id["at_hash"].as_string().size(), 22u);
}

TEST_F(CodeFlow, ASecondUseRevokesWhatTheFirstGaveAndWaitsForIt) {
  MakeUser("alice");
  Browser browser;
  const std::string code = CodeFor(browser, "alice");
  const Redeemed first = Redeem(code);
  ASSERT_EQ(first.response.status, 200);
  const uint64_t head = Head();
  const Redeemed second = Redeem(code);
  EXPECT_EQ(second.response.status, 400);
  EXPECT_EQ(second.body.at("error"), "invalid_grant");
  ASSERT_TRUE(second.response.wait.release());
  EXPECT_GT(second.response.wait.release()->sequence(), head);
  EXPECT_EQ(RevokedAfter(head), std::vector{OriginOf(first.tokens)});
  EXPECT_FALSE(AccessTokenLives(first.tokens));
  // Also after it has expired.
  clock_.AdvanceMillis(10 * kMinute);
  EXPECT_EQ(Redeem(code).body.at("error"), "invalid_grant");
}

TEST_F(CodeFlow, OfManyUsesAtOnceNoTokenLives) {
  MakeUser("alice");
  Browser browser;
  const std::string code = CodeFor(browser, "alice");
  std::vector<Redeemed> results;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      Redeemed redeemed = Redeem(code);
      const std::lock_guard lock(mutex);
      results.push_back(std::move(redeemed));
    });
  }
  for (auto& thread : threads) thread.join();
  int given = 0;
  for (const Redeemed& result : results) {
    if (result.response.status != 200) continue;
    ++given;
    EXPECT_FALSE(AccessTokenLives(result.tokens));
  }
  EXPECT_EQ(given, 1);
}

TEST_F(CodeFlow, WhatDoesNotMatchConsumesNothing) {
  MakeUser("alice");
  const std::string other = MakeWebClient();
  const std::string secret = MakeWebClient({{"GenerateSecret", true}});
  Browser browser;
  const std::string code = CodeFor(browser, "alice");
  for (const Parameters& wrong :
       std::vector<Parameters>{{{"client_id", other}},
                               {{"redirect_uri", "https://app.example/other"}},
                               {{"redirect_uri", ""}},
                               {{"code_verifier", std::string(43, 'x')}},
                               {{"code_verifier", ""}},
                               {{"code", code + "x"}}}) {
    const Redeemed refused = Redeem(code, wrong);
    EXPECT_EQ(refused.response.status, 400);
    EXPECT_EQ(refused.body.at("error"), "invalid_grant") << refused.response.body;
  }
  EXPECT_EQ(Redeem(code, {{"client_id", secret}}).body.at("error"), "invalid_client");
  EXPECT_EQ(Redeem(code).response.status, 200);
}

TEST_F(CodeFlow, AVerifierForACodeWithoutAChallengeIsADowngrade) {
  MakeUser("alice");
  Browser browser;
  const Parameters plain = With(Request(), {{"code_challenge", ""}, {"code_challenge_method", ""}});
  const BrowserResponse response = SignInOn(browser, plain, "alice");
  const std::string code = ParametersOf(response.location)["code"];
  EXPECT_EQ(Redeem(code).body.at("error"), "invalid_grant");
  EXPECT_EQ(Redeem(code, {{"code_verifier", ""}}).response.status, 200);
}

TEST_F(CodeFlow, ACodeServesForFiveMinutes) {
  MakeUser("alice");
  Browser browser;
  const std::string code = CodeFor(browser, "alice");
  clock_.AdvanceMillis(301 * kSecond);
  EXPECT_EQ(Redeem(code).body.at("error"), "invalid_grant");
}

TEST_F(CodeFlow, ACodeServesNobodyAfterASignOut) {
  for (const std::string_view operation :
       {"AdminUserGlobalSignOut", "AdminDisableUser", "AdminDeleteUser"}) {
    SCOPED_TRACE(operation);
    MakeUser("alice");
    Browser browser;
    const std::string code = CodeFor(browser, "alice");
    ASSERT_TRUE(Succeeded(Admin(operation, "alice")));
    EXPECT_EQ(Redeem(code).body.at("error"), "invalid_grant");
    if (operation != "AdminDeleteUser") {
      ASSERT_TRUE(Succeeded(Admin("AdminDeleteUser", "alice")));
    }
  }
}

TEST_F(CodeFlow, WhatTheClientHasLostSinceItsCodeDoesNotGive) {
  MakeUser("alice");
  const auto set = [&](json::array scopes, json::array urls) {
    SetWebClient(std::move(scopes), std::move(urls));
  };
  const json::array all{"openid", "email", "aws.cognito.signin.user.admin"};
  Browser browser;
  std::string code = CodeFor(browser, "alice");
  set(all, {"https://app.example/other"});
  EXPECT_EQ(Redeem(code).body.at("error"), "invalid_grant");
  set(all, {kCallback});
  code = CodeFor(browser, "alice");
  set({"openid", "email"}, {kCallback});
  const Redeemed redeemed = Redeem(code);
  EXPECT_EQ(ClaimsOf(redeemed.tokens.access)["scope"], "openid email");
  EXPECT_EQ(redeemed.body.at("scope"), "openid email");
  EXPECT_FALSE(AccessTokenLives(redeemed.tokens));
  code = ParametersOf(
      Get(browser, "/oauth2/authorize", With(Request(), {{"scope", "email"}})).location)["code"];
  set({"openid"}, {kCallback});
  EXPECT_EQ(Redeem(code).body.at("error"), "invalid_grant");
  // A second use revokes, whatever the client has lost.
  set(all, {kCallback});
  code = CodeFor(browser, "alice");
  const Redeemed first = Redeem(code);
  set(all, {"https://app.example/other"});
  EXPECT_TRUE(AccessTokenLives(first.tokens));
  EXPECT_EQ(Redeem(code).body.at("error"), "invalid_grant");
  EXPECT_FALSE(AccessTokenLives(first.tokens));
}

TEST_F(CodeFlow, WhatTheClientHasLostARefreshDoesNotGiveAndGivesAgainWhenItIsBack) {
  MakeUser("alice");
  const json::array all{"openid", "email", "aws.cognito.signin.user.admin"};
  Browser browser;
  const Redeemed signed_in = SignInBy(browser, "alice");
  EXPECT_FALSE(signed_in.body.contains("scope"));
  SetWebClient({"openid", "email"}, {kCallback});
  Redeemed refreshed = Refresh(signed_in.tokens.refresh);
  EXPECT_EQ(ClaimsOf(refreshed.tokens.access)["scope"], "openid email");
  EXPECT_EQ(refreshed.body.at("scope"), "openid email");
  EXPECT_FALSE(AccessTokenLives(refreshed.tokens));
  // By the API, too.
  const operations::Reply by_api =
      Call("InitiateAuth",
           json::object{{"AuthFlow", "REFRESH_TOKEN_AUTH"},
                        {"ClientId", web_},
                        {"AuthParameters", {{"REFRESH_TOKEN", signed_in.tokens.refresh}}}});
  ASSERT_TRUE(Succeeded(by_api));
  EXPECT_EQ(ClaimsOf(by_api.Text("AuthenticationResult.AccessToken"))["scope"], "openid email");
  // Without openid there is no ID token.
  SetWebClient({"email"}, {kCallback});
  refreshed = Refresh(signed_in.tokens.refresh);
  EXPECT_EQ(refreshed.body.at("scope"), "email");
  EXPECT_FALSE(refreshed.body.contains("id_token"));
  SetWebClient({"phone"}, {kCallback});
  EXPECT_EQ(Refresh(signed_in.tokens.refresh).body.at("error"), "invalid_grant");
  SetWebClient(all, {kCallback});
  refreshed = Refresh(signed_in.tokens.refresh);
  EXPECT_EQ(ClaimsOf(refreshed.tokens.access)["scope"],
            "openid email aws.cognito.signin.user.admin");
  EXPECT_FALSE(refreshed.body.contains("scope"));
}

TEST_F(CodeFlow, AScopeThatItsResourceServerHasLostIsNotGivenAgain) {
  MakeUser("alice");
  const auto offer = [&](std::string_view operation, json::array names) {
    json::array scopes;
    for (const json::value& name : names) {
      scopes.push_back(json::object{{"ScopeName", name}, {"ScopeDescription", name}});
    }
    ASSERT_TRUE(Succeeded(Call(operation, json::object{{"UserPoolId", pool_},
                                                       {"Identifier", "https://api.example"},
                                                       {"Name", "API"},
                                                       {"Scopes", std::move(scopes)}})));
  };
  offer("CreateResourceServer", {"read", "write"});
  SetWebClient({"openid", "https://api.example/read", "https://api.example/write"}, {kCallback});
  const Parameters request =
      With(Request(), {{"scope", "openid https://api.example/read https://api.example/write"}});
  Browser browser;
  const Redeemed signed_in =
      Redeem(ParametersOf(SignInOn(browser, request, "alice").location)["code"]);
  const std::string code =
      ParametersOf(Get(browser, "/oauth2/authorize", request).location)["code"];
  offer("UpdateResourceServer", {"read"});
  EXPECT_EQ(Refresh(signed_in.tokens.refresh).body.at("scope"), "openid https://api.example/read");
  EXPECT_EQ(Redeem(code).body.at("scope"), "openid https://api.example/read");
}

TEST_F(CodeFlow, ARefreshMayAskForFewerScopesThanTheSignInAndForNoOthers) {
  MakeUser("alice");
  Browser browser;
  const Redeemed signed_in = SignInBy(browser, "alice");
  const Redeemed fewer = Refresh(signed_in.tokens.refresh, "email  openid openid");
  EXPECT_EQ(ClaimsOf(fewer.tokens.access)["scope"], "openid email");
  EXPECT_FALSE(fewer.body.contains("scope"));
  for (const std::string_view more : {"openid phone", "profile", "Openid"}) {
    const Redeemed refused = Refresh(signed_in.tokens.refresh, more);
    EXPECT_EQ(refused.response.status, 400);
    EXPECT_EQ(refused.body.at("error"), "invalid_scope") << refused.response.body;
  }
  // It was for that refresh alone.
  EXPECT_EQ(ClaimsOf(Refresh(signed_in.tokens.refresh).tokens.access)["scope"],
            "openid email aws.cognito.signin.user.admin");
  // A scope that was asked for and is lost is left out, and the app is told.
  SetWebClient({"openid"}, {kCallback});
  EXPECT_EQ(Refresh(signed_in.tokens.refresh, "openid email").body.at("scope"), "openid");
}

TEST_F(CodeFlow, WithoutOpenidThereIsNoIdTokenAndWithoutTheAdminScopeNoGetUser) {
  MakeUser("alice");
  Browser browser;
  const auto with = [&](const std::string& scope) {
    Browser fresh;
    const BrowserResponse response = SignInOn(fresh, With(Request(), {{"scope", scope}}), "alice");
    return Redeem(ParametersOf(response.location)["code"]);
  };
  const Redeemed admin = with("aws.cognito.signin.user.admin");
  EXPECT_TRUE(admin.tokens.id.empty());
  EXPECT_TRUE(AccessTokenLives(admin.tokens));
  const Redeemed openid = with("openid");
  EXPECT_FALSE(openid.tokens.id.empty());
  EXPECT_FALSE(AccessTokenLives(openid.tokens));
  // A refresh gives no more than the sign-in did.
  const Redeemed refreshed = Redeem(
      "", {{"grant_type", "refresh_token"}, {"refresh_token", admin.tokens.refresh}, {"code", ""}});
  ASSERT_EQ(refreshed.response.status, 200) << refreshed.response.body;
  EXPECT_TRUE(refreshed.tokens.id.empty());
  EXPECT_EQ(ClaimsOf(refreshed.tokens.access)["scope"], "aws.cognito.signin.user.admin");
}

TEST_F(CodeFlow, ScopesSayWhichAttributesAnIdTokenTells) {
  MakeUser("alice", operations::AttributeList({{"email", "a@example.com"}, {"name", "Alice"}}));
  const auto claims = [&](const std::string& scope) {
    Browser fresh;
    const BrowserResponse response = SignInOn(fresh, With(Request(), {{"scope", scope}}), "alice");
    return ClaimsOf(Redeem(ParametersOf(response.location)["code"]).tokens.id);
  };
  const json::object all = claims("openid");
  EXPECT_TRUE(all.contains("email") && all.contains("name"));
  const json::object email = claims("openid email");
  EXPECT_TRUE(email.contains("email") && !email.contains("name"));
  const json::object profile = claims("openid profile");
  EXPECT_TRUE(!profile.contains("email") && profile.contains("name"));
}

TEST_F(CodeFlow, AResourceIsTheAccessTokensAudience) {
  MakeUser("alice");
  Browser browser;
  const BrowserResponse response =
      SignInOn(browser, With(Request(), {{"resource", "https://api.example/v1"}}), "alice");
  const Redeemed redeemed = Redeem(ParametersOf(response.location)["code"]);
  EXPECT_EQ(ClaimsOf(redeemed.tokens.access)["aud"], "https://api.example/v1");
  EXPECT_TRUE(AccessTokenLives(redeemed.tokens));
}

// RFC 8707 section 2.2. A token for another audience than the one that was asked for would be
// accepted where it should not be, or nowhere.
TEST_F(CodeFlow, TheTokenEndpointGivesNoOtherAudienceThanTheRequestAskedFor) {
  MakeUser("alice");
  Browser browser;
  SignInBy(browser, "alice");
  const auto code = [&](const Parameters& changes) {
    return ParametersOf(
        Get(browser, "/oauth2/authorize", With(Request(), changes)).location)["code"];
  };
  constexpr const char* resource = "https://api.example/v1";
  for (const std::string& text : {code({{"resource", resource}}), code({})}) {
    const Redeemed other = Redeem(text, {{"resource", "https://other.example"}});
    EXPECT_EQ(other.response.status, 400);
    EXPECT_EQ(other.body.at("error").as_string(), "invalid_target");
    EXPECT_EQ(Redeem(text).response.status, 200) << "the refusal has used it up";
  }
  const Redeemed same = Redeem(code({{"resource", resource}}), {{"resource", resource}});
  ASSERT_EQ(same.response.status, 200);
  EXPECT_EQ(ClaimsOf(same.tokens.access)["aud"], resource);
  const auto refresh = [&](const std::string& wanted) {
    return Refresh(same.tokens.refresh, "", wanted);
  };
  EXPECT_EQ(ClaimsOf(refresh(resource).tokens.access)["aud"], resource);
  EXPECT_EQ(refresh("https://other.example").body.at("error").as_string(), "invalid_target");
  EXPECT_EQ(ClaimsOf(refresh("").tokens.access)["aud"], resource);
}

TEST_F(CodeFlow, TheImplicitGrantGivesAccessAndIdTokenInTheFragmentAndNoRefreshToken) {
  MakeUser("alice");
  Browser browser;
  const Parameters request =
      With(Request(),
           {{"response_type", "token"}, {"code_challenge", ""}, {"code_challenge_method", ""}});
  const BrowserResponse response = SignInOn(browser, request, "alice");
  ASSERT_TRUE(response.location.starts_with(std::string(kCallback) + "#")) << response.location;
  auto parameters = ParametersOf(response.location);
  EXPECT_EQ(parameters["token_type"], "Bearer");
  EXPECT_EQ(parameters["expires_in"], "3600");
  EXPECT_FALSE(parameters.contains("refresh_token"));
  const operations::Tokens tokens{parameters["access_token"], parameters["id_token"], ""};
  EXPECT_TRUE(AccessTokenLives(tokens));
  EXPECT_EQ(ClaimsOf(tokens.id)["nonce"], "n-1");
  // And again with nobody asked.
  const BrowserResponse silent = Get(browser, "/oauth2/authorize", request);
  EXPECT_TRUE(ParametersOf(silent.location).contains("access_token")) << silent.location;
}

}  // namespace
}  // namespace sallyport::login
