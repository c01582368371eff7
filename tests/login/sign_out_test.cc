// /logout: where it leads, and what it refuses before anybody is signed out.
#include "browser_fixture.h"

namespace sallyport::login {
namespace {

using SignOuts = BrowserTest;

TEST_F(SignOuts, NobodyIsSentToAUrlThatIsNotTheClientsOwnAndNobodyIsSignedOutByThat) {
  MakeUser("alice");
  Browser browser;
  SignInBy(browser, "alice");
  for (const Parameters& wrong : std::vector<Parameters>{
           {},
           {{"logout_uri", std::string(kSignedOut)}},
           {{"client_id", "nobody"}, {"logout_uri", std::string(kSignedOut)}},
           {{"client_id", web_}, {"logout_uri", "https://evil.example/"}},
           {{"client_id", web_}, {"logout_uri", std::string(kSignedOut) + "/"}},
           {{"client_id", web_}, {"logout_uri", std::string(kCallback)}},
           {{"client_id", web_}, {"post_logout_redirect_uri", "https://evil.example/"}},
           {{"client_id", web_}, {"redirect_uri", "https://evil.example/"}},
           {{"id_token_hint", "x.y.z"}, {"post_logout_redirect_uri", std::string(kSignedOut)}}}) {
    const BrowserResponse page = Get(browser, "/logout", wrong);
    EXPECT_EQ(page.status, 400) << (wrong.empty() ? "" : wrong.back().second);
    EXPECT_TRUE(page.location.empty());
    EXPECT_NE(page.body.find("You were not signed out."), std::string::npos) << page.body;
    EXPECT_EQ(Silently(browser, {{"prompt", "none"}}), "code");
  }
}

TEST_F(SignOuts, CognitosParametersLeadToASignOutUrlOrToANewSignIn) {
  MakeUser("alice");
  Browser browser;
  SignInBy(browser, "alice");
  const BrowserResponse again = Get(browser, "/logout", Request());
  EXPECT_EQ(again.status, 302);
  EXPECT_TRUE(again.location.starts_with("login?client_id=" + web_)) << again.location;
  EXPECT_EQ(Silently(browser, {{"prompt", "none"}}), "login_required");
  SignInBy(browser, "alice");
  const BrowserResponse page = Get(browser, "/" + pool_ + "/logout");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("You are signed out"), std::string::npos);
  EXPECT_EQ(Silently(browser, {{"prompt", "none"}}), "login_required");
}

TEST_F(SignOuts, OpenIdConnectsNameTheClientByAnIdToken) {
  MakeUser("alice");
  Browser browser;
  const Redeemed tokens = SignInBy(browser, "alice");
  // An expired one, too.
  clock_.AdvanceMillis(50 * kMinute);
  const BrowserResponse out = Post(browser, "/logout", {},
                                   {{"id_token_hint", tokens.tokens.id},
                                    {"post_logout_redirect_uri", std::string(kSignedOut)},
                                    {"state", "s 1"}});
  EXPECT_EQ(out.status, 303);
  EXPECT_EQ(out.location, std::string(kSignedOut) + "?state=s%201");
  EXPECT_FALSE(AccessTokenLives(tokens.tokens));
  const std::string other = MakeWebClient();
  EXPECT_EQ(
      Get(browser, "/logout", {{"id_token_hint", tokens.tokens.id}, {"client_id", other}}).status,
      400);
}

TEST_F(SignOuts, ASessionThatHasExpiredIsSignedOutAllTheSame) {
  MakeUser("alice");
  Browser browser;
  const Redeemed tokens = SignInBy(browser, "alice");
  clock_.AdvanceMillis(61 * kMinute);
  const Redeemed fresh = Redeem(
      "",
      {{"grant_type", "refresh_token"}, {"refresh_token", tokens.tokens.refresh}, {"code", ""}});
  ASSERT_EQ(fresh.response.status, 200);
  EXPECT_TRUE(AccessTokenLives(fresh.tokens));
  EXPECT_EQ(Get(browser, "/logout", {{"client_id", web_}}).status, 200);
  EXPECT_FALSE(AccessTokenLives(fresh.tokens));
}

TEST_F(SignOuts, AnotherBrowsersCookieSignsNobodyOut) {
  MakeUser("alice");
  Browser browser;
  Browser other;
  const Redeemed tokens = SignInBy(browser, "alice");
  EXPECT_EQ(Get(other, "/logout", {{"client_id", web_}}).status, 200);
  EXPECT_TRUE(AccessTokenLives(tokens.tokens));
}

}  // namespace
}  // namespace sallyport::login
