// The pages that ask who is signed in: which account, and whether the app may have what it asks
// for.
#include "browser_fixture.h"

namespace sallyport::login {
namespace {

namespace json = boost::json;

class Consents : public BrowserTest {
 protected:
  Parameters Prompted(std::string_view prompt, const Parameters& more = {}) const {
    return With(With(Request(), {{"prompt", std::string(prompt)}}), more);
  }

  // Sends the form of such a page.
  BrowserResponse Say(Browser& browser, const Parameters& request, const BrowserResponse& page,
                      std::string_view step) {
    return Post(browser, "/login", request,
                {{"_csrf", Field(page, "_csrf")},
                 {"mark", Field(page, "mark")},
                 {"step", std::string(step)}});
  }

  static bool Asks(const BrowserResponse& page, std::string_view what) {
    return page.body.find("id=\"" + std::string(what) + "\"") != std::string::npos;
  }
};

TEST_F(Consents, WhoIsSignedInChoosesToGoOnOrAnotherAccount) {
  MakeUser("alice");
  MakeUser("bob");
  const Parameters request = Prompted("select_account");
  Browser browser;
  // Nobody is signed in: somebody does, and has chosen by that.
  EXPECT_TRUE(Asks(Get(browser, "/login", request), "password"));
  EXPECT_TRUE(ParametersOf(SignInOn(browser, request, "alice").location).contains("code"));

  EXPECT_EQ(Silently(browser, {{"prompt", "select_account"}}), "page");
  const BrowserResponse page = Get(browser, "/login", request);
  EXPECT_TRUE(Asks(page, "continue"));
  EXPECT_FALSE(Asks(page, "password"));
  EXPECT_NE(page.body.find("<strong>alice</strong>"), std::string::npos) << page.body;
  const BrowserResponse answer = Say(browser, request, page, "continue");
  EXPECT_EQ(answer.status, 303) << answer.body;
  const Redeemed redeemed = Redeem(ParametersOf(answer.location)["code"]);
  EXPECT_EQ(ClaimsOf(redeemed.tokens.access)["username"], "alice");

  EXPECT_NE(page.body.find("prompt=login\""), std::string::npos) << page.body;
  const BrowserResponse other = SignInOn(browser, Prompted("login"), "bob");
  EXPECT_EQ(ClaimsOf(Redeem(ParametersOf(other.location)["code"]).tokens.access)["username"],
            "bob");
}

TEST_F(Consents, AnAppGetsNothingBeforeThePersonAllowsIt) {
  MakeUser("alice");
  const Parameters request = Prompted("consent");
  Browser browser;
  const BrowserResponse page = SignInOn(browser, request, "alice");
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(page.location.empty());
  EXPECT_TRUE(Asks(page, "allow"));
  for (const std::string_view part :
       {"<strong>web</strong>", "<strong>alice</strong>", "the identifier of your account",
        "your email address", "your account here"}) {
    EXPECT_NE(page.body.find(part), std::string::npos) << part << page.body;
  }
  EXPECT_EQ(page.body.find("your phone number"), std::string::npos);
  auto denied = ParametersOf(Say(browser, request, page, "deny").location);
  EXPECT_EQ(denied["error"], "access_denied");
  EXPECT_EQ(denied["state"], "a b&c=d");
  EXPECT_FALSE(denied.contains("code"));

  const BrowserResponse allowed = Say(browser, request, page, "allow");
  EXPECT_EQ(Redeem(ParametersOf(allowed.location)["code"]).response.status, 200) << allowed.body;
  // Who is signed in is asked for no password, and each time.
  EXPECT_EQ(Silently(browser, {{"prompt", "consent"}}), "page");
  const BrowserResponse again = Get(browser, "/login", request);
  EXPECT_TRUE(Asks(again, "allow"));
  EXPECT_FALSE(Asks(again, "password"));
  // The implicit grant, too.
  const Parameters implicit =
      Prompted("consent",
               {{"response_type", "token"}, {"code_challenge", ""}, {"code_challenge_method", ""}});
  const BrowserResponse given = Say(browser, implicit, Get(browser, "/login", implicit), "allow");
  EXPECT_TRUE(ParametersOf(given.location).contains("access_token")) << given.body;
}

TEST_F(Consents, AChosenAccountIsAskedForConsentToo) {
  MakeUser("alice");
  Browser browser;
  SignInBy(browser, "alice");
  const Parameters request = Prompted("select_account consent");
  const BrowserResponse account = Get(browser, "/login", request);
  ASSERT_TRUE(Asks(account, "continue"));
  EXPECT_NE(account.body.find("prompt=login%20consent\""), std::string::npos) << account.body;
  const BrowserResponse consent = Say(browser, request, account, "continue");
  ASSERT_TRUE(Asks(consent, "allow")) << consent.body;
  EXPECT_TRUE(ParametersOf(Say(browser, request, consent, "allow").location).contains("code"));
}

TEST_F(Consents, AScopeOfAResourceServerIsCalledWhatThatSays) {
  MakeUser("alice");
  ASSERT_TRUE(Succeeded(Call(
      "CreateResourceServer",
      json::object{{"UserPoolId", pool_},
                   {"Identifier", "orders"},
                   {"Name", "Orders"},
                   {"Scopes", json::array{json::object{{"ScopeName", "read"},
                                                       {"ScopeDescription", "see <orders>"}}}}})));
  SetWebClient({"openid", "orders/read"}, {kCallback});
  Browser browser;
  const BrowserResponse page =
      SignInOn(browser, Prompted("consent", {{"scope", "openid orders/read"}}), "alice");
  EXPECT_NE(page.body.find("<li>see &lt;orders&gt;</li>"), std::string::npos) << page.body;
}

TEST_F(Consents, OnlyThePageThatHasAskedIsAnswered) {
  MakeUser("alice");
  MakeUser("bob");
  const Parameters request = Prompted("consent");
  Browser browser;
  const BrowserResponse page = SignInOn(browser, request, "alice");
  const auto refused = [&](const BrowserResponse& response) {
    return response.status == 400 && response.location.empty() && Asks(response, "password");
  };
  // A form of another site.
  EXPECT_TRUE(refused(
      Post(browser, "/login", request, {{"mark", Field(page, "mark")}, {"step", "allow"}})));
  for (const std::string_view step : {"allow", "continue"}) {
    EXPECT_TRUE(refused(Post(browser, "/login", request,
                             {{"_csrf", Field(page, "_csrf")}, {"step", std::string(step)}})));
    // What was allowed is this request.
    EXPECT_TRUE(
        refused(Say(browser, Prompted("consent", {{"scope", "openid profile"}}), page, step)));
  }
  // Another one has signed in since.
  SignInOn(browser, Request(), "bob");
  EXPECT_TRUE(refused(Say(browser, request, page, "allow")));
  // Nobody is signed in any more.
  const BrowserResponse of_bob = Get(browser, "/login", request);
  ASSERT_TRUE(Asks(of_bob, "allow"));
  ASSERT_TRUE(Succeeded(Admin("AdminUserGlobalSignOut", "bob")));
  EXPECT_TRUE(refused(Say(browser, request, of_bob, "allow")));
}

TEST_F(Consents, AClientThatAlwaysAsksForThePasswordDoesSoHere) {
  TrackSessions(20);
  MakeUser("alice");
  ASSERT_TRUE(
      Succeeded(Call("SetUserPoolClientSessionConfiguration",
                     json::object{{"UserPoolId", pool_},
                                  {"ClientId", web_},
                                  {"SSOSession", json::object{{"MaxValidityMinutes", 0}}}})));
  Browser browser;
  for (const std::string_view prompt : {"consent", "select_account", "select_account consent"}) {
    const Parameters request = Prompted(prompt);
    EXPECT_TRUE(Asks(Get(browser, "/login", request), "password")) << prompt;
    BrowserResponse answer = SignInOn(browser, request, "alice");
    if (Asks(answer, "allow")) answer = Say(browser, request, answer, "allow");
    EXPECT_TRUE(ParametersOf(answer.location).contains("code")) << prompt << answer.body;
  }
  EXPECT_TRUE(Asks(Get(browser, "/login", Prompted("consent", {{"max_age", "0"}})), "password"));
}

// Otherwise a page that was left open would be answered by a session of any age.
TEST_F(Consents, APageThatWasLeftOpenServesNoLongerThanTheSessionOrAChallengeDoes) {
  MakeUser("alice");
  Browser browser;
  const auto answers = [&](const Parameters& request, int64_t sent_after) {
    SignInBy(browser, "alice");
    const BrowserResponse page = Get(browser, "/login", request);
    clock_.AdvanceMillis(sent_after);
    return ParametersOf(Say(browser, request, page, "allow").location).contains("code");
  };
  const Parameters plain = Prompted("consent");
  EXPECT_TRUE(answers(plain, 50 * kMinute));
  EXPECT_FALSE(answers(plain, 61 * kMinute));
  const Parameters fresh = Prompted("consent", {{"max_age", "60"}});
  EXPECT_TRUE(answers(fresh, 50 * kSecond));
  EXPECT_TRUE(answers(fresh, 3 * kMinute)) << "a person who reads before allowing";
  EXPECT_FALSE(answers(fresh, 4 * kMinute));
}

}  // namespace
}  // namespace sallyport::login
