// What an authorization code's text is: nothing of it is kept before it is used.
#include "domain/tokens/authorization_code.h"

#include <openssl/sha.h>

#include <array>
#include <functional>
#include <map>
#include <set>

#include "base/encoding.h"
#include "browser_fixture.h"
#include "domain/keys/vault.h"
#include "domain/tokens/browser_session.h"

namespace sallyport::login {
namespace {

namespace json = boost::json;

class AuthorizationCodes : public BrowserTest {
 protected:
  std::string SilentCode(Browser& browser) {
    return ParametersOf(Get(browser, "/oauth2/authorize", Request()).location)["code"];
  }
  std::string RefusalOf(const std::string& code) {
    const Redeemed redeemed = Redeem(code);
    return redeemed.response.status == 200 ? "none"
                                           : std::string(redeemed.body.at("error").as_string());
  }
  std::string SessionOf(std::string_view name) {
    const operations::Reply reply = Admin("AdminListUserSessions", name);
    const json::value listed = reply.At("Sessions");
    for (const json::value& session : listed.as_array()) {
      if (session.at("SessionType").as_string() == "SSO") {
        return std::string(session.at("SessionId").as_string());
      }
    }
    return {};
  }
};

TEST_F(AuthorizationCodes, GivingOneToWhoIsSignedInWritesNothing) {
  MakeUser("alice");
  Browser browser;
  SignInBy(browser, "alice");
  const uint64_t before = store_->Commits();
  std::set<std::string> codes;
  for (int i = 0; i < 3; ++i) codes.insert(SilentCode(browser));
  EXPECT_EQ(codes.size(), 3u);
  EXPECT_EQ(store_->Commits(), before);
  for (const std::string& code : codes) EXPECT_EQ(RefusalOf(code), "none");
}

TEST_F(AuthorizationCodes, OneServesAfterARestartOnceAndAReuseAfterTheNextRevokes) {
  MakeUser("alice");
  Browser browser;
  const std::string code = CodeFor(browser, "alice");
  Restart();
  const Redeemed first = Redeem(code);
  ASSERT_EQ(first.response.status, 200) << first.response.body;
  Restart();
  EXPECT_TRUE(AccessTokenLives(first.tokens));
  EXPECT_EQ(RefusalOf(code), "invalid_grant");
  EXPECT_FALSE(AccessTokenLives(first.tokens));
}

TEST_F(AuthorizationCodes, ATextThatDiffersInOneCharacterIsNoCode) {
  MakeUser("alice");
  Browser browser;
  const std::string code = CodeFor(browser, "alice");
  for (size_t i = 0; i < code.size(); i += 1 + i / 64) {
    std::string changed = code;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(RefusalOf(changed), "invalid_grant") << i;
  }
  for (const std::string& other :
       {code + "A", code.substr(0, code.size() - 1), code + "=", std::string(43, 'A'),
        services_->vault.SealOneOfMany("another purpose", "{}")}) {
    EXPECT_EQ(RefusalOf(other), "invalid_grant") << other;
  }
  EXPECT_EQ(RefusalOf(code), "none");
}

// What is in it is for nobody to read, and its length tells no name.
TEST_F(AuthorizationCodes, OneTellsNothing) {
  MakeUser("alice");
  MakeUser("a-person-with-a-long-name");
  Browser browser;
  Browser other;
  const std::string code = CodeFor(browser, "alice");
  EXPECT_EQ(code.size(), CodeFor(other, "a-person-with-a-long-name").size());
  EXPECT_EQ(code.find(web_), std::string::npos);
  EXPECT_LT(code.size(), 1000u);
}

TEST_F(AuthorizationCodes, WhateverEndsTheBrowsersSessionEndsTheCodesThatWereGivenInIt) {
  TrackSessions(1);
  const std::string_view another = "An0ther-Passw0rd";
  struct Way {
    std::string name;
    std::function<bool(Browser&)> run;
  };
  const auto revoke_session = [&](const std::string& linked) {
    return Admin("AdminRevokeUserSession", "alice",
                 {{"SessionId", SessionOf("alice")}, {"RevokeAssociatedSessions", linked}})
        .ok();
  };
  for (const Way& way : std::vector<Way>{
           {"/logout",
            [&](Browser& browser) {
              return Get(browser, "/logout", {{"client_id", web_}}).status == 200;
            }},
           {"AdminRevokeUserSession NONE", [&](Browser&) { return revoke_session("NONE"); }},
           {"AdminRevokeUserSession LINKED", [&](Browser&) { return revoke_session("LINKED"); }},
           {"AdminUserGlobalSignOut",
            [&](Browser&) { return Admin("AdminUserGlobalSignOut", "alice").ok(); }},
           {"disabled and enabled again",
            [&](Browser&) {
              return Admin("AdminDisableUser", "alice").ok() &&
                     Admin("AdminEnableUser", "alice").ok();
            }},
           {"a new password",
            [&](Browser&) {
              return Admin("AdminSetUserPassword", "alice",
                           {{"Password", another}, {"Permanent", true}})
                  .ok();
            }},
           {"the limit, by a sign-in by the API",
            [&](Browser&) { return !SignIn("alice").access.empty(); }},
           {"the limit, by a sign-in in another browser",
            [&](Browser&) {
              Browser elsewhere;
              return SignInBy(elsewhere, "alice").response.status == 200;
            }},
           {"another user signs in in that browser",
            [&](Browser& browser) { return SignInBy(browser, "bob").response.status == 200; }},
           {"deleted", [&](Browser&) { return Admin("AdminDeleteUser", "alice").ok(); }}}) {
    SCOPED_TRACE(way.name);
    MakeUser("alice");
    MakeUser("bob");
    Browser browser;
    SignInBy(browser, "alice");
    const std::string code = SilentCode(browser);
    ASSERT_TRUE(way.run(browser));
    const uint64_t before = Head();
    EXPECT_EQ(RefusalOf(code), "invalid_grant");
    EXPECT_EQ(Head(), before);
    for (const std::string_view name : {"alice", "bob"}) Admin("AdminDeleteUser", name);
  }
}

TEST_F(AuthorizationCodes, AClientThatWasDeletedRedeemsNone) {
  MakeUser("alice");
  Browser browser;
  const std::string code = CodeFor(browser, "alice");
  ASSERT_TRUE(Succeeded(
      Call("DeleteUserPoolClient", json::object{{"UserPoolId", pool_}, {"ClientId", web_}})));
  EXPECT_EQ(RefusalOf(code), "invalid_client");
}

TEST_F(AuthorizationCodes, AfterARestoreNoneServesOfThoseThatWereGivenBefore) {
  MakeUser("alice");
  Browser browser;
  const std::string before = CodeFor(browser, "alice");
  ASSERT_TRUE(store_->BeginHistory().ok());
  EXPECT_EQ(RefusalOf(before), "invalid_grant");
  EXPECT_EQ(RefusalOf(SilentCode(browser)), "none");
}

// Longer than any of its tokens is valid.
TEST_F(AuthorizationCodes, AUseIsRememberedLongAfterTheCodeHasExpired) {
  MakeUser("alice");
  Browser browser;
  const std::string code = CodeFor(browser, "alice");
  const Redeemed first = Redeem(code);
  clock_.AdvanceMillis(20 * 60 * kMinute);
  ASSERT_TRUE(families_->DeleteExpired().ok());
  const auto refreshes = [&] { return Refresh(first.tokens.refresh).response.status == 200; };
  ASSERT_TRUE(refreshes());
  EXPECT_EQ(RefusalOf(code), "invalid_grant");
  EXPECT_FALSE(refreshes());
}

// Earlier versions wrote a record when they gave a code, whose text was random, and changed it when
// it was used.
class CodesOfEarlierVersions : public AuthorizationCodes {
 protected:
  // Gives the code's text.
  std::string Put(const json::object& changes) {
    const std::string text(43, 'o');
    std::array<uint8_t, SHA256_DIGEST_LENGTH> hash{};
    SHA256(base::AsBytes(text).data(), text.size(), hash.data());
    json::object record{{"PoolId", pool_},
                        {"ClientId", web_},
                        {"RedirectUri", kCallback},
                        {"RedirectGiven", true},
                        {"Challenge", ParametersIn(Request())["code_challenge"]},
                        {"Scope", "openid aws.cognito.signin.user.admin"},
                        {"AuthTime", clock_.WallMillis() / 1000},
                        {"Amr", json::array{}},
                        {"Expires", clock_.WallMillis() + 5 * kMinute},
                        {"Ends", services_->clock.watched().millis() + 5 * kMinute},
                        {"Used", false}};
    for (const auto& change : changes) record[change.key()] = change.value();
    EXPECT_TRUE(store_
                    ->Update([&](store::Tx& tx) {
                      return tx.Put("authorization-code/" + base::Base64UrlEncode(hash),
                                    json::serialize(record), {});
                    })
                    .ok());
    return text;
  }
  static std::map<std::string, std::string> ParametersIn(const Parameters& parameters) {
    return {parameters.begin(), parameters.end()};
  }
  // Of the browser in which alice is signed in.
  json::object WhoIsSignedIn(const Browser& browser, const operations::Tokens& tokens) {
    json::object who{{"Sub", ClaimsOf(tokens.access).at("sub")}};
    for (const auto& [name, value] : browser.cookies) {
      const auto cookie = domain::ParseBrowserCookie(value);
      if (cookie) who["BrowserSession"] = cookie->id;
    }
    return who;
  }
};

TEST_F(CodesOfEarlierVersions, OneServesOnceAndItsReuseRevokes) {
  MakeUser("alice");
  Browser browser;
  const std::string code = Put(WhoIsSignedIn(browser, SignInBy(browser, "alice").tokens));
  const Redeemed first = Redeem(code);
  ASSERT_EQ(first.response.status, 200) << first.response.body;
  EXPECT_TRUE(AccessTokenLives(first.tokens));
  EXPECT_EQ(RefusalOf(code), "invalid_grant");
  EXPECT_FALSE(AccessTokenLives(first.tokens));
}

TEST_F(CodesOfEarlierVersions, TheReuseOfOneThatWasUsedBeforeTheUpgradeRevokes) {
  MakeUser("alice");
  Browser browser;
  const Redeemed before = SignInBy(browser, "alice");
  json::object record = WhoIsSignedIn(browser, before.tokens);
  record["Used"] = true;
  record["Family"] = OriginOf(before.tokens);
  const std::string code = Put(record);
  EXPECT_EQ(RefusalOf(code), "invalid_grant");
  EXPECT_FALSE(AccessTokenLives(before.tokens));
}

}  // namespace
}  // namespace sallyport::login
