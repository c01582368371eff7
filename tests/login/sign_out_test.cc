// /logout: where it leads, and what it refuses before anybody is signed out.
#include <functional>
#include <string>
#include <vector>

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

// The person has chosen to sign out, and is not to blame for the app's request.
TEST_F(SignOuts, APersonWhoseAppHasAskedInTheWrongWayCanStillSignOut) {
  MakeUser("alice");
  const auto way_out = [](const BrowserResponse& page) {
    constexpr std::string_view kBegin = "<a href=\"";
    const size_t begin = page.body.find(kBegin);
    if (begin == std::string::npos) return std::string();
    const size_t from = begin + kBegin.size();
    return page.body.substr(from, page.body.find('"', from) - from);
  };
  const Parameters evil{{"client_id", web_}, {"logout_uri", "https://evil.example/"}};
  // An ID token that was signed by a key that is there no more, for example.
  const Parameters hint{{"id_token_hint", "x.y.z"}, {"client_id", web_}};
  for (const Parameters& wrong : {evil, hint}) {
    Browser browser;
    const Redeemed tokens = SignInBy(browser, "alice");
    EXPECT_EQ(way_out(Get(browser, "/logout", wrong)), "logout?client_id=" + web_);
    EXPECT_EQ(Get(browser, "/logout", {{"client_id", web_}}).status, 200);
    EXPECT_FALSE(AccessTokenLives(tokens.tokens));
  }
  Browser browser;
  EXPECT_EQ(way_out(Get(browser, "/" + pool_ + "/logout", {{"client_id", "nobody"}})), "logout");
  EXPECT_EQ(way_out(Get(browser, "/logout", {{"client_id", "nobody"}})), "");
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

// Each cause ends the browser's session before what was born of it.
TEST_F(SignOuts, ABrowserSignsOutAllThatWasBornInItWhateverHasEndedItsSession) {
  TrackSessions(3);
  const auto id_of = [&](const std::string& type) {
    const operations::Reply reply = Admin("AdminListUserSessions", "alice");
    const boost::json::value listed = reply.At("Sessions");
    std::string id;  // of the least recently used
    for (const boost::json::value& session : listed.as_array()) {
      if (session.at("SessionType").as_string() == type) id = session.at("SessionId").as_string();
    }
    return id;
  };
  struct Cause {
    std::string_view name;
    std::function<void()> end;
  };
  for (const Cause& cause : std::vector<Cause>{
           {"its time", [&] { clock_.AdvanceMillis(61 * kMinute); }},
           {"AdminRevokeUserSession of it alone",
            [&] {
              EXPECT_TRUE(Succeeded(
                  Admin("AdminRevokeUserSession", "alice", {{"SessionId", id_of("SSO")}})));
            }},
           {"LINKED, by a token session",
            [&] {
              EXPECT_TRUE(Succeeded(
                  Admin("AdminRevokeUserSession", "alice",
                        {{"SessionId", id_of("TOKEN")}, {"RevokeAssociatedSessions", "LINKED"}})));
            }},
           {"a limit of sessions", [&] {
              Browser elsewhere;
              SignInBy(elsewhere, "alice");
              SignInBy(elsewhere, "alice");
            }}}) {
    for (const bool signs_in_again : {false, true}) {
      SCOPED_TRACE(std::string(cause.name) + (signs_in_again ? ", signed in again" : ""));
      MakeUser("alice");
      Browser browser;
      SignInBy(browser, "alice");
      const Redeemed tokens =
          Redeem(ParametersOf(Get(browser, "/oauth2/authorize", Request()).location)["code"]);
      const std::string pending =
          ParametersOf(Get(browser, "/oauth2/authorize", Request()).location)["code"];
      cause.end();
      EXPECT_EQ(Silently(browser, {{"prompt", "none"}}), "login_required");
      const Parameters refresh{
          {"grant_type", "refresh_token"}, {"refresh_token", tokens.tokens.refresh}, {"code", ""}};
      const Redeemed fresh = Redeem("", refresh);
      ASSERT_EQ(fresh.response.status, 200);
      if (signs_in_again) {
        CodeFor(browser, "alice");
        EXPECT_EQ(Silently(browser, {{"prompt", "none"}}), "code");
        // What was ended does not come back with the session.
        EXPECT_EQ(Redeem(pending).response.status, 400);
      }
      EXPECT_EQ(Get(browser, "/logout", {{"client_id", web_}}).status, 200);
      EXPECT_FALSE(AccessTokenLives(fresh.tokens));
      EXPECT_EQ(Redeem("", refresh).response.status, 400);
      ASSERT_TRUE(Succeeded(Admin("AdminDeleteUser", "alice")));
    }
  }
}

// A form of another site brings no cookie (SameSite=Lax): the GET that it is turned into does.
TEST_F(SignOuts, AFormWithoutTheCookieIsTurnedIntoAGetAndTakesNoCookieAway) {
  MakeUser("alice");
  Browser browser;
  const Redeemed tokens = SignInBy(browser, "alice");
  const Parameters form{
      {"client_id", web_}, {"post_logout_redirect_uri", std::string(kSignedOut)}, {"state", "s 1"}};
  Browser without;
  const BrowserResponse turned = Post(without, "/" + pool_ + "/logout", {}, form);
  EXPECT_EQ(turned.status, 303);
  EXPECT_TRUE(turned.location.starts_with("logout?client_id=" + web_)) << turned.location;
  EXPECT_TRUE(turned.set_cookies.empty());
  EXPECT_TRUE(AccessTokenLives(tokens.tokens));
  const BrowserResponse out = Get(browser, "/" + pool_ + "/logout", form);
  EXPECT_EQ(out.location, std::string(kSignedOut) + "?state=s%201");
  EXPECT_FALSE(AccessTokenLives(tokens.tokens));
  // Nobody is sent round in circles.
  EXPECT_EQ(Get(without, "/logout", form).location, std::string(kSignedOut) + "?state=s%201");
}

TEST_F(SignOuts, TheBrowserKeepsTheCookieBeyondTheSession) {
  MakeUser("alice");
  Browser browser;
  const BrowserResponse response = SignInOn(browser, Request(), "alice");
  ASSERT_EQ(response.set_cookies.size(), 1u);
  EXPECT_NE(response.set_cookies.front().find("; Max-Age=34560000"), std::string::npos);
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
