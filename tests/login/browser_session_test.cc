// Single sign-on in the browser: what reuses a session, what ends it, and what it ends.
#include "domain/tokens/browser_session.h"

#include "browser_fixture.h"

namespace sallyport::login {
namespace {

namespace json = boost::json;

using BrowserSessions = BrowserTest;

TEST_F(BrowserSessions, WhoIsSignedInIsNotAskedAgain) {
  MakeUser("alice");
  Browser browser;
  EXPECT_EQ(Silently(browser, {{"prompt", "none"}}), "login_required");
  const Redeemed first = SignInBy(browser, "alice");
  EXPECT_EQ(Silently(browser), "code");
  EXPECT_EQ(Silently(browser, {{"prompt", "none"}}), "code");
  // Unless the request says so.
  EXPECT_EQ(Silently(browser, {{"prompt", "login"}}), "page");
  EXPECT_EQ(Silently(browser, {{"prompt", "select_account"}}), "page");
  EXPECT_EQ(Silently(browser, {{"max_age", "0"}}), "page");
  clock_.AdvanceMillis(100 * kSecond);
  EXPECT_EQ(Silently(browser, {{"max_age", "100"}}), "page");
  EXPECT_EQ(Silently(browser, {{"max_age", "101"}}), "code");
  // auth_time is that of the sign-in.
  const BrowserResponse again = Get(browser, "/oauth2/authorize", Request());
  const Redeemed second = Redeem(ParametersOf(again.location)["code"]);
  EXPECT_EQ(ClaimsOf(second.tokens.id)["auth_time"], ClaimsOf(first.tokens.id)["auth_time"]);
  EXPECT_NE(OriginOf(second.tokens), OriginOf(first.tokens));
}

TEST_F(BrowserSessions, AHintAllowsItsUserAlone) {
  MakeUser("alice");
  MakeUser("bob");
  Browser browser;
  Browser other;
  const Redeemed alice = SignInBy(browser, "alice");
  const Redeemed bob = SignInBy(other, "bob");
  EXPECT_EQ(Silently(browser, {{"prompt", "none"}, {"id_token_hint", alice.tokens.id}}), "code");
  EXPECT_EQ(Silently(browser, {{"prompt", "none"}, {"id_token_hint", bob.tokens.id}}),
            "login_required");
  const BrowserResponse response =
      SignInOn(browser, With(Request(), {{"id_token_hint", bob.tokens.id}}), "alice");
  EXPECT_EQ(ParametersOf(response.location)["error"], "login_required") << response.body;
}

TEST_F(BrowserSessions, TheHourIsTheClientsSettingAndZeroMeansNever) {
  TrackSessions(20);
  const auto reuse_for = [&](const std::string& client, int minutes) {
    EXPECT_TRUE(Succeeded(
        Call("SetUserPoolClientSessionConfiguration",
             json::object{{"UserPoolId", pool_},
                          {"ClientId", client},
                          {"SSOSession", json::object{{"MaxValidityMinutes", minutes}}}})));
  };
  const std::string never = MakeWebClient();
  const std::string day = MakeWebClient();
  reuse_for(never, 0);
  reuse_for(day, 1440);
  MakeUser("alice");
  Browser browser;
  SignInBy(browser, "alice");
  EXPECT_EQ(Silently(browser, {{"client_id", never}}), "page");
  clock_.AdvanceMillis(59 * kMinute);
  EXPECT_EQ(Silently(browser), "code");
  clock_.AdvanceMillis(2 * kMinute);
  EXPECT_EQ(Silently(browser), "page");
  EXPECT_EQ(Silently(browser, {{"client_id", day}}), "code");
  clock_.AdvanceMillis(1440 * kMinute);
  EXPECT_EQ(Silently(browser, {{"client_id", day}}), "page");
}

TEST_F(BrowserSessions, ASignInGivesTheBrowserAnotherSecret) {
  MakeUser("alice");
  Browser browser;
  SignInBy(browser, "alice");
  const Browser before = browser;
  SignInBy(browser, "alice");
  EXPECT_NE(browser.cookies, before.cookies);
  Browser old = before;
  EXPECT_EQ(Silently(old, {{"prompt", "none"}}), "login_required");
  EXPECT_EQ(Silently(browser, {{"prompt", "none"}}), "code");
}

TEST_F(BrowserSessions, ASignOutEndsTheSessionAndAllThatWasBornOfIt) {
  MakeUser("alice");
  web_ = MakeWebClient();
  Browser browser;
  Browser elsewhere;
  const Redeemed first = SignInBy(browser, "alice");
  const Redeemed second =
      Redeem(ParametersOf(Get(browser, "/oauth2/authorize", Request()).location)["code"]);
  // Signed in anew in the same browser, it is the same session.
  const Redeemed third = SignInBy(browser, "alice");
  const Redeemed other = SignInBy(elsewhere, "alice");
  const std::string pending =
      ParametersOf(Get(browser, "/oauth2/authorize", Request()).location)["code"];
  const uint64_t head = Head();
  const BrowserResponse out =
      Get(browser, "/logout", {{"client_id", web_}, {"logout_uri", std::string(kSignedOut)}});
  EXPECT_EQ(out.status, 302);
  EXPECT_EQ(out.location, kSignedOut);
  ASSERT_TRUE(out.wait.release());
  EXPECT_GE(out.wait.release()->sequence(), head + 3);
  for (const Redeemed* ended : {&first, &second, &third}) {
    EXPECT_FALSE(AccessTokenLives(ended->tokens));
  }
  EXPECT_TRUE(AccessTokenLives(other.tokens));
  EXPECT_EQ(Redeem(pending).body.at("error"), "invalid_grant");
  EXPECT_EQ(Silently(browser, {{"prompt", "none"}}), "login_required");
  EXPECT_EQ(Silently(elsewhere, {{"prompt", "none"}}), "code");
  // Once more: nothing is left, and it waits all the same.
  EXPECT_TRUE(Get(browser, "/logout", {{"client_id", web_}}).wait.release());
}

TEST_F(BrowserSessions, WhatSignsAUserOutEverywhereEndsEachBrowsersSession) {
  struct Way {
    std::string name;
    std::function<operations::Reply(const operations::Tokens&)> run;
  };
  const std::string_view another = "An0ther-Passw0rd";
  for (const Way& way : std::vector<Way>{
           {"GlobalSignOut", [&](const auto& tokens) { return By(tokens, "GlobalSignOut"); }},
           {"AdminUserGlobalSignOut",
            [&](const auto&) { return Admin("AdminUserGlobalSignOut", "alice"); }},
           {"AdminDisableUser",
            [&](const auto&) {
              EXPECT_TRUE(Succeeded(Admin("AdminDisableUser", "alice")));
              return Admin("AdminEnableUser", "alice");
            }},
           {"AdminDeleteUser", [&](const auto&) { return Admin("AdminDeleteUser", "alice"); }},
           {"ChangePassword",
            [&](const auto& tokens) {
              return By(tokens, "ChangePassword",
                        {{"PreviousPassword", kPassword}, {"ProposedPassword", another}});
            }},
           {"AdminSetUserPassword", [&](const auto&) {
              return Admin("AdminSetUserPassword", "alice",
                           {{"Password", another}, {"Permanent", true}});
            }}}) {
    SCOPED_TRACE(way.name);
    MakeUser("alice");
    Browser browser;
    Browser elsewhere;
    const Redeemed tokens = SignInBy(browser, "alice");
    SignInBy(elsewhere, "alice");
    ASSERT_EQ(Silently(browser, {{"prompt", "none"}}), "code");
    ASSERT_TRUE(Succeeded(way.run(tokens.tokens)));
    EXPECT_EQ(Silently(browser, {{"prompt", "none"}}), "login_required");
    EXPECT_EQ(Silently(elsewhere, {{"prompt", "none"}}), "login_required");
    if (way.name != "AdminDeleteUser") {
      ASSERT_TRUE(Succeeded(Admin("AdminDeleteUser", "alice")));
    }
  }
}

TEST_F(BrowserSessions, ItIsListedAndRevokedByItsIdAloneOrWithWhatIsLinked) {
  TrackSessions(20);
  MakeUser("alice");
  const auto sessions = [&](const std::string& type) {
    const operations::Reply reply = Admin("AdminListUserSessions", "alice");
    EXPECT_TRUE(Succeeded(reply));
    std::vector<std::string> ids;
    const json::value listed = reply.At("Sessions");
    for (const json::value& session : listed.as_array()) {
      if (session.at("SessionType").as_string() == type) {
        ids.emplace_back(session.at("SessionId").as_string());
      }
    }
    return ids;
  };
  Browser browser;
  const Redeemed first = SignInBy(browser, "alice");
  ASSERT_EQ(sessions("SSO").size(), 1u);
  const std::string id = sessions("SSO").front();
  EXPECT_EQ(id.size(), 28u);
  EXPECT_TRUE(id.starts_with("sso"));
  // NONE: the session named alone.
  ASSERT_TRUE(Succeeded(Admin("AdminRevokeUserSession", "alice", {{"SessionId", id}})));
  EXPECT_EQ(Silently(browser, {{"prompt", "none"}}), "login_required");
  EXPECT_TRUE(AccessTokenLives(first.tokens));
  // LINKED, by the browser's session.
  const Redeemed second = SignInBy(browser, "alice");
  const uint64_t head = Head();
  const operations::Reply reply =
      Admin("AdminRevokeUserSession", "alice",
            {{"SessionId", sessions("SSO").front()}, {"RevokeAssociatedSessions", "LINKED"}});
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_GT(reply.await_release.value(), head);
  EXPECT_FALSE(AccessTokenLives(second.tokens));
  EXPECT_TRUE(AccessTokenLives(first.tokens));
  // LINKED, by a token session: the browser's too.
  const Redeemed third = SignInBy(browser, "alice");
  ASSERT_TRUE(Succeeded(
      By(first.tokens, "RevokeUserSession",
         {{"SessionId", OriginOf(third.tokens)}, {"RevokeAssociatedSessions", "LINKED"}})));
  EXPECT_FALSE(AccessTokenLives(third.tokens));
  EXPECT_EQ(Silently(browser, {{"prompt", "none"}}), "login_required");
  // NONE, by a token session: the browser stays signed in.
  const Redeemed fourth = SignInBy(browser, "alice");
  ASSERT_TRUE(
      Succeeded(By(first.tokens, "RevokeUserSession", {{"SessionId", OriginOf(fourth.tokens)}})));
  EXPECT_EQ(Silently(browser, {{"prompt", "none"}}), "code");
}

TEST_F(BrowserSessions, AnEvictedBrowserDoesNotSignInAgainSilently) {
  TrackSessions(1);
  MakeUser("alice");
  Browser first;
  Browser second;
  const Redeemed at_first = SignInBy(first, "alice");
  const Redeemed at_second = SignInBy(second, "alice");
  EXPECT_FALSE(AccessTokenLives(at_first.tokens));
  EXPECT_TRUE(AccessTokenLives(at_second.tokens));
  EXPECT_EQ(Silently(first, {{"prompt", "none"}}), "login_required");
  EXPECT_EQ(Silently(second, {{"prompt", "none"}}), "code");
  // A second client of the same browser takes the place of the first, and the browser stays.
  const std::string other = MakeWebClient();
  const BrowserResponse response =
      Get(second, "/oauth2/authorize", With(Request(), {{"client_id", other}}));
  const Redeemed of_other = Redeem(ParametersOf(response.location)["code"], {{"client_id", other}});
  ASSERT_EQ(of_other.response.status, 200) << of_other.response.body;
  EXPECT_FALSE(AccessTokenLives(at_second.tokens));
  EXPECT_TRUE(AccessTokenLives(of_other.tokens));
  EXPECT_EQ(Silently(second, {{"prompt", "none"}}), "code");
  // So does a sign-in by the API, which has no browser.
  const operations::Tokens by_api = SignIn("alice");
  EXPECT_TRUE(AccessTokenLives(by_api));
  EXPECT_FALSE(AccessTokenLives(of_other.tokens));
  EXPECT_EQ(Silently(second, {{"prompt", "none"}}), "login_required");
}

TEST_F(BrowserSessions, AnExpiredOneEndsNothingElseAndIsDeletedWithTheLastTokenBornOfIt) {
  MakeUser("alice");
  web_ = MakeWebClient({{"RefreshTokenValidity", 5},
                        {"TokenValidityUnits", json::object{{"RefreshToken", "hours"}}}});
  Browser browser;
  const Redeemed tokens = SignInBy(browser, "alice");
  clock_.AdvanceMillis(61 * kMinute);
  EXPECT_EQ(Silently(browser, {{"prompt", "none"}}), "login_required");
  const Parameters refresh{
      {"grant_type", "refresh_token"}, {"refresh_token", tokens.tokens.refresh}, {"code", ""}};
  EXPECT_EQ(Redeem("", refresh).response.status, 200);
  const auto there = [&] {
    for (const auto& [name, value] : browser.cookies) {
      const auto cookie = domain::ParseBrowserCookie(value);
      if (cookie) return domain::GetBrowserSession(*store_, cookie->id).value().has_value();
    }
    return false;
  };
  EXPECT_TRUE(there());
  // Tokens that were refreshed in the last moment live for a day at most.
  clock_.AdvanceMillis((5 + 22) * 60 * kMinute);
  ASSERT_TRUE(families_->DeleteExpired().ok());
  EXPECT_TRUE(there());
  // It is kept for an hour more, so that not each family has to be noted in it.
  clock_.AdvanceMillis(3 * 60 * kMinute);
  ASSERT_TRUE(families_->DeleteExpired().ok());
  EXPECT_FALSE(there());
}

TEST_F(BrowserSessions, AForeignCookieIsNone) {
  MakeUser("alice");
  Browser browser;
  SignInBy(browser, "alice");
  for (auto& [name, value] : browser.cookies) {
    if (!domain::ParseBrowserCookie(value)) continue;
    value.back() = value.back() == 'A' ? 'B' : 'A';
  }
  EXPECT_EQ(Silently(browser, {{"prompt", "none"}}), "login_required");
  EXPECT_FALSE(domain::ParseBrowserCookie(""));
  EXPECT_FALSE(domain::ParseBrowserCookie("sso"));
  EXPECT_FALSE(domain::ParseBrowserCookie(std::string(72, 'a')));
}

}  // namespace
}  // namespace sallyport::login
