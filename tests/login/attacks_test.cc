// What attackers try on authorization servers (RFC 9700), where the other files have no test of it
// yet. Those have:
//
// - an open redirector, a redirect URI that is nearly the client's:
// AuthorizationRequests.NobodyIs..,
//   SignOuts.NobodyIs..
// - a code that is replayed, used in parallel, or injected: CodeFlow.ASecondUse.., OfManyUses..,
//   WhatDoesNotMatch..
// - PKCE taken away: CodeFlow.AVerifierForACodeWithout..; "plain": AuthorizationRequests.WhatElse..
// - signing somebody in as another (login CSRF): SignInPages.AFormOfAnotherBrowser..
// - names that are tried: SignInPages.WhoExistsIsNotTold, test_account_pages.py
// - frames, referrers and caches: test_authorization_server.py,
// test_what_browsers_are_told_of_a_page
// - the Host header: test_the_host_header_gets_into_no_url
#include <mutex>
#include <thread>

#include "base/encoding.h"
#include "browser_fixture.h"
#include "codec/form.h"

namespace sallyport::login {
namespace {

namespace json = boost::json;

class Attacks : public BrowserTest {
 protected:
  int UserInfoStatus(const std::string& token) {
    const std::string authorization = "Bearer " + token;
    return oauth2::UserInfo(*services_, {.pool_id = {},
                                         .host = "127.0.0.1:9229",
                                         .method = "GET",
                                         .authorization = authorization,
                                         .content_type = {},
                                         .body = {}})
        .status;
  }
};

// RFC 9700 section 4.4: a client that knows several servers knows whose answer it got.
TEST_F(Attacks, EveryAnswerNamesItsServerSoThatItIsNotTakenForAnothers) {
  MakeUser("alice");
  Browser browser;
  const std::string issuer = settings_.public_url + "/" + pool_;
  const auto iss_of = [](const std::string& location) { return ParametersOf(location)["iss"]; };
  EXPECT_EQ(iss_of(SignInOn(browser, Request(), "alice").location), issuer);
  EXPECT_EQ(iss_of(Get(browser, "/oauth2/authorize", Request()).location), issuer);
  const Parameters implicit =
      With(Request(),
           {{"response_type", "token"}, {"code_challenge", ""}, {"code_challenge_method", ""}});
  EXPECT_EQ(iss_of(Get(browser, "/oauth2/authorize", implicit).location), issuer);
  EXPECT_EQ(
      iss_of(Get(browser, "/oauth2/authorize", With(implicit, {{"scope", "nothing"}})).location),
      issuer);
  const Parameters post = With(Request(), {{"response_mode", "form_post"}});
  EXPECT_EQ(Field(Get(browser, "/oauth2/authorize", post), "iss"), issuer);
  Browser nobody;
  EXPECT_EQ(Field(Get(nobody, "/oauth2/authorize", With(post, {{"prompt", "none"}})), "iss"),
            issuer);
}

// RFC 9700 section 4.5: a code that was stolen from one browser is given to the app in another.
TEST_F(Attacks, AStolenCodeServesInNoOtherBrowsersFlow) {
  MakeUser("alice");
  Browser victim;
  const std::string stolen = CodeFor(victim, "alice");
  // The attacker's own flow at the same app has another verifier.
  EXPECT_EQ(Redeem(stolen, {{"code_verifier", std::string(50, 'a')}}).body.at("error"),
            "invalid_grant");
  // It was not spent by that, and is the victim's still.
  EXPECT_EQ(Redeem(stolen).response.status, 200);
}

// A code of one pool at another pool's endpoint.
TEST_F(Attacks, ACodeServesAtItsOwnPoolsEndpointAlone) {
  MakeUser("alice");
  Browser browser;
  const std::string code = CodeFor(browser, "alice");
  const std::string other =
      Call("CreateUserPool", json::object{{"PoolName", "other"}}).Text("UserPool.Id");
  const std::string body = codec::EncodeForm(Parameters{{"grant_type", "authorization_code"},
                                                        {"client_id", web_},
                                                        {"code", code},
                                                        {"redirect_uri", std::string(kCallback)},
                                                        {"code_verifier", std::string(kVerifier)}});
  const auto refused =
      oauth2::Token(*services_, {.pool_id = other,
                                 .host = "127.0.0.1:9229",
                                 .method = "POST",
                                 .authorization = {},
                                 .content_type = "application/x-www-form-urlencoded",
                                 .body = body});
  EXPECT_EQ(refused.status, 400) << refused.body;
  EXPECT_EQ(Redeem(code).response.status, 200);
}

// RFC 6749 section 3.1: which of two values counts would be for each reader to say.
TEST_F(Attacks, AParameterThatIsGivenTwiceIsRefused) {
  MakeUser("alice");
  Browser browser;
  for (const std::string_view name : {"client_id", "redirect_uri", "state", "scope",
                                      "response_type", "code_challenge", "prompt"}) {
    Parameters twice = Request();
    twice.emplace_back(std::string(name), "x");
    if (name == "prompt") twice.emplace_back("prompt", "none");
    for (const std::string_view path : {"/oauth2/authorize", "/login", "/logout"}) {
      const BrowserResponse page = Get(browser, path, twice);
      EXPECT_EQ(page.status, 400) << path << ' ' << name;
      EXPECT_TRUE(page.location.empty()) << page.location;
    }
  }
  const std::string code = CodeFor(browser, "alice");
  const std::string body = codec::EncodeForm(Parameters{{"grant_type", "authorization_code"},
                                                        {"client_id", web_},
                                                        {"code", code},
                                                        {"code", "other"},
                                                        {"redirect_uri", std::string(kCallback)},
                                                        {"code_verifier", std::string(kVerifier)}});
  EXPECT_EQ(oauth2::Token(*services_, {.pool_id = {},
                                       .host = "127.0.0.1:9229",
                                       .method = "POST",
                                       .authorization = {},
                                       .content_type = "application/x-www-form-urlencoded",
                                       .body = body})
                .status,
            400);
}

// RFC 9700 section 4.12: with 307 a browser would post the password to the app.
TEST_F(Attacks, ABrowserPostsNoPasswordOnToTheApp) {
  MakeUser("alice");
  Browser browser;
  EXPECT_EQ(SignInOn(browser, Request(), "alice").status, 303);
  EXPECT_EQ(Post(browser, "/oauth2/authorize", {}, Request()).status, 303);
  EXPECT_EQ(
      Post(browser, "/logout", {}, {{"client_id", web_}, {"logout_uri", std::string(kSignedOut)}})
          .status,
      303);
}

// A value ends up in a header only as a part of a URL.
TEST_F(Attacks, NothingOfARequestBecomesAHeaderOfTheAnswer) {
  MakeUser("alice");
  Browser browser;
  const BrowserResponse answer =
      SignInOn(browser, With(Request(), {{"state", "x\r\nSet-Cookie: a=b"}}), "alice");
  EXPECT_EQ(answer.location.find_first_of("\r\n "), std::string::npos) << answer.location;
  EXPECT_EQ(ParametersOf(answer.location)["state"], "x\r\nSet-Cookie: a=b");
  const BrowserResponse out =
      Get(browser, "/logout",
          {{"client_id", web_}, {"logout_uri", std::string(kSignedOut)}, {"state", "\r\nX: y"}});
  EXPECT_EQ(out.location.find_first_of("\r\n "), std::string::npos) << out.location;
}

// Session fixation: an attacker's cookie is put into the victim's browser, who signs in with it.
TEST_F(Attacks, ACookieThatWasPlantedIsNotTheVictimsAfterASignIn) {
  MakeUser("alice");
  MakeUser("mallory");
  Browser attacker;
  const Redeemed own = SignInBy(attacker, "mallory");
  Browser victim = attacker;
  const Redeemed tokens = SignInBy(victim, "alice");
  // The attacker's copy is signed in as nobody.
  EXPECT_EQ(Silently(attacker, {{"prompt", "none"}}), "login_required");
  EXPECT_EQ(Silently(victim, {{"prompt", "none"}}), "code");
  // Whoever signs out with the old cookie ends nothing of the victim's.
  EXPECT_EQ(Get(attacker, "/logout", {{"client_id", web_}}).status, 200);
  EXPECT_TRUE(AccessTokenLives(tokens.tokens));
  EXPECT_NE(ClaimsOf(tokens.tokens.id)["sub"], ClaimsOf(own.tokens.id)["sub"]);
}

// A form's token that was planted with its cookie is of no use in a browser that has another.
TEST_F(Attacks, AnAttackersFormIsNotTakenInTheVictimsBrowser) {
  MakeUser("mallory");
  Browser attacker;
  const std::string token = Field(Get(attacker, "/login", Request()), "_csrf");
  Browser victim;
  Get(victim, "/login", Request());
  const BrowserResponse refused = Post(victim, "/login", Request(),
                                       {{"_csrf", token},
                                        {"username", "mallory"},
                                        {"password", std::string(kPassword)},
                                        {"step", "password"}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(refused.location.empty());
  EXPECT_EQ(Silently(victim, {{"prompt", "none"}}), "login_required");
}

TEST_F(Attacks, OneKindOfTokenServesForNoOther) {
  MakeUser("alice");
  Browser browser;
  const Redeemed tokens = SignInBy(browser, "alice");
  EXPECT_EQ(UserInfoStatus(tokens.tokens.access), 200);
  for (const std::string& wrong : {tokens.tokens.id, tokens.tokens.refresh, std::string("x.y.z")}) {
    EXPECT_EQ(UserInfoStatus(wrong), 401);
  }
  for (const std::string& wrong : {tokens.tokens.access, tokens.tokens.refresh}) {
    EXPECT_EQ(
        ParametersOf(Get(browser, "/oauth2/authorize", With(Request(), {{"id_token_hint", wrong}}))
                         .location)["error"],
        "invalid_request");
    EXPECT_EQ(Get(browser, "/logout", {{"id_token_hint", wrong}}).status, 400);
  }
  // Nor do a token's parts make another one of it.
  std::string unsigned_id = tokens.tokens.id;
  unsigned_id =
      base::Base64UrlEncode(base::AsBytes(R"({"alg":"none"})")) +
      unsigned_id.substr(unsigned_id.find('.'), unsigned_id.rfind('.') + 1 - unsigned_id.find('.'));
  EXPECT_EQ(Get(browser, "/logout", {{"id_token_hint", unsigned_id}}).status, 400);
  EXPECT_EQ(Silently(browser, {{"prompt", "none"}}), "code");
}

// RFC 9700 section 4.15: a client that is taken for a user.
TEST_F(Attacks, AClientsOwnTokenIsNobodysAtUserInfo) {
  ASSERT_TRUE(Succeeded(
      Call("CreateResourceServer",
           json::object{{"UserPoolId", pool_},
                        {"Identifier", "api"},
                        {"Name", "api"},
                        {"Scopes", json::array{json::object{{"ScopeName", "read"},
                                                            {"ScopeDescription", "r"}}}}})));
  const operations::Reply machine = Call(
      "CreateUserPoolClient", json::object{{"UserPoolId", pool_},
                                           {"ClientName", "machine"},
                                           {"GenerateSecret", true},
                                           {"AllowedOAuthFlowsUserPoolClient", true},
                                           {"AllowedOAuthFlows", json::array{"client_credentials"}},
                                           {"AllowedOAuthScopes", json::array{"api/read"}}});
  ASSERT_TRUE(Succeeded(machine));
  const Redeemed token = Redeem("", {{"grant_type", "client_credentials"},
                                     {"client_id", machine.Text("UserPoolClient.ClientId")},
                                     {"client_secret", machine.Text("UserPoolClient.ClientSecret")},
                                     {"redirect_uri", ""},
                                     {"code_verifier", ""}});
  ASSERT_EQ(token.response.status, 200) << token.response.body;
  EXPECT_EQ(UserInfoStatus(token.tokens.access), 401);
  EXPECT_FALSE(AccessTokenLives(token.tokens));
}

// Sign-outs and sign-ins of one browser at the same time: whatever was given before the last
// sign-out was answered is dead.
TEST_F(Attacks, AfterParallelSignOutsNothingLives) {
  MakeUser("alice");
  Browser browser;
  const Redeemed first = SignInBy(browser, "alice");
  std::mutex mutex;
  std::vector<operations::Tokens> given{first.tokens};
  std::vector<std::string> codes;
  const auto silently = [&] {
    Browser own = browser;
    for (int i = 0; i < 6; ++i) {
      auto answer = ParametersOf(Get(own, "/oauth2/authorize", Request()).location);
      if (!answer.contains("code")) return;
      std::optional<Redeemed> redeemed;
      if (i % 2 == 0) redeemed = Redeem(answer["code"]);
      const std::lock_guard lock(mutex);
      if (!redeemed) codes.push_back(answer["code"]);
      if (redeemed && redeemed->response.status == 200) given.push_back(redeemed->tokens);
    }
  };
  const auto sign_out = [&] {
    Browser own = browser;
    EXPECT_EQ(Get(own, "/logout", {{"client_id", web_}}).status, 200);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(silently);
  for (int i = 0; i < 3; ++i) threads.emplace_back(sign_out);
  for (std::thread& thread : threads) thread.join();
  for (const operations::Tokens& tokens : given) {
    EXPECT_FALSE(AccessTokenLives(tokens));
    EXPECT_FALSE(RefreshTokenLives(tokens));
  }
  for (const std::string& code : codes) EXPECT_EQ(Redeem(code).body.at("error"), "invalid_grant");
  EXPECT_EQ(Silently(browser, {{"prompt", "none"}}), "login_required");
}

}  // namespace
}  // namespace sallyport::login
