// The sign-in page: what it has, whose forms are taken, and what it tells.
#include "browser_fixture.h"
#include "domain/limits/throttle.h"
#include "login/words.h"

namespace sallyport::login {
namespace {

namespace json = boost::json;

using SignInPages = BrowserTest;

// The scripts of a page, as they stand in it.
std::vector<std::string> ScriptsOf(std::string_view page) {
  std::vector<std::string> scripts;
  for (size_t at = page.find("<script"); at != std::string_view::npos;
       at = page.find("<script", at + 1)) {
    const size_t end = page.find("</script>", at);
    scripts.emplace_back(page.substr(at, end - at));
  }
  return scripts;
}
const std::vector<std::string> kFormScript{"<script src=\"login/form.js\" defer>"};

TEST_F(SignInPages, ItIsOneFormThatPasswordManagersKnow) {
  Browser browser;
  const BrowserResponse page = Get(browser, "/login", With(Request(), {{"login_hint", "alice"}}));
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(Field(page, "username"), "alice");
  for (const std::string_view part :
       {"autocomplete=\"username\"", "autocomplete=\"current-password\"", "method=\"post\"",
        "<html lang=\"en\" dir=\"ltr\">", "<title>Sign in</title>"}) {
    EXPECT_NE(page.body.find(part), std::string::npos) << part << page.body;
  }
  EXPECT_EQ(ScriptsOf(page.body), kFormScript);
  EXPECT_LT(page.body.size(), 10'000u);
  for (const std::string_view part :
       {"default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'",
        "form-action 'self' https:;"}) {
    EXPECT_NE(page.security_policy.find(part), std::string::npos) << page.security_policy;
  }
}

// HtmlUnit, which drives the pages for the OpenID Foundation's conformance suite and for Selenium,
// breaks down at some, and older browsers drop a rule with one.
TEST_F(SignInPages, TheStyleSheetHasNoSelectorThatLooksAhead) {
  Browser browser;
  const std::string page = Get(browser, "/login", Request()).body;
  const size_t begin = page.find("<style>");
  const size_t end = page.find("</style>");
  ASSERT_LT(begin, end);
  EXPECT_EQ(page.substr(begin, end - begin).find(":has("), std::string::npos) << page;
}

// The space below what is shown last is a rule for the last element of `main`.
TEST_F(SignInPages, AScriptIsNotTheLastElementOfAPage) {
  Browser browser;
  for (const std::string_view path :
       {"/login", "/signup", "/confirm", "/forgotPassword", "/confirmforgotPassword"}) {
    const std::string page = Get(browser, path, Request()).body;
    ASSERT_EQ(ScriptsOf(page), kFormScript) << path;
    EXPECT_LT(page.find("<script"), page.find("<h1>")) << path << page;
  }
}

TEST_F(SignInPages, WhatIsPutIntoAPageIsText) {
  Browser browser;
  const std::string evil = "\"><script>alert(1)</script>";
  const BrowserResponse page =
      Get(browser, "/login", With(Request(), {{"login_hint", evil}, {"state", evil}}));
  EXPECT_EQ(ScriptsOf(page.body), kFormScript) << page.body;
  EXPECT_EQ(page.body.find("alert(1)</"), std::string::npos);
  const BrowserResponse error = Get(browser, "/login", {{"client_id", evil}});
  EXPECT_EQ(error.body.find("<script"), std::string::npos);
}

TEST_F(SignInPages, ItsWordsAreThoseOfTheBrowsersLanguageOrOfTheOneAskedFor) {
  Browser browser;
  const auto shown = [&](const Parameters& changes) {
    return Get(browser, "/login", With(Request(), changes)).body;
  };
  EXPECT_NE(shown({{"lang", "de"}}).find("<html lang=\"de\""), std::string::npos);
  EXPECT_NE(shown({{"ui_locales", "fr-CA de-AT en"}}).find("<title>Anmelden</title>"),
            std::string::npos);
  EXPECT_NE(shown({{"lang", "xx"}}).find("<html lang=\"en\""), std::string::npos);
}

TEST(Languages, TheBrowsersPreferenceIsItsWeightAndThenTheOrder) {
  const auto chosen = [](std::string_view accepted) {
    return std::string(Language::Choose("", accepted).tag());
  };
  EXPECT_EQ(chosen("de"), "de");
  EXPECT_EQ(chosen("de-AT,en;q=0.9"), "de");
  EXPECT_EQ(chosen("en;q=0.1, de;q=0.9"), "de");
  EXPECT_EQ(chosen("en; q=0.85, de ; Q=0.9"), "de");
  EXPECT_EQ(chosen("fr, en;q=0.5, de;q=0.25"), "en");
  EXPECT_EQ(chosen("de;q=0.5,en;q=0.5"), "de");
  EXPECT_EQ(chosen("de;q=0, en;q=0.001"), "en");
  EXPECT_EQ(chosen("de;q=0.000"), "en");
  EXPECT_EQ(chosen("de;q=1.000,en;q=1"), "de");
  EXPECT_EQ(chosen("de;q=x"), "de");
  EXPECT_EQ(chosen(", ;q=1,*;q=0.5"), "en");
  EXPECT_EQ(chosen(""), "en");
}

TEST_F(SignInPages, EachLanguageHasEachWord) {
  const auto all = Language::All();
  ASSERT_GE(all.size(), 2u);
  for (const Language& language : all) {
    EXPECT_EQ(language.words().size(), all.front().words().size()) << language.tag();
    for (const auto& [word, text] : all.front().words()) {
      EXPECT_FALSE(language.Text(word).empty()) << language.tag() << " lacks " << word;
    }
    for (int alert = 0; alert <= static_cast<int>(Alert::kSignOutRequest); ++alert) {
      EXPECT_FALSE(language.Text(static_cast<Alert>(alert)).empty()) << language.tag() << alert;
    }
  }
}

TEST_F(SignInPages, AFormOfAnotherBrowserOrWithoutItsTokenIsNotTaken) {
  MakeUser("alice");
  Browser victim;
  Browser attacker;
  const std::string of_attacker = Field(Get(attacker, "/login", Request()), "_csrf");
  Get(victim, "/login", Request());
  for (const std::string& token : {of_attacker, std::string(), std::string(43, 'A')}) {
    const BrowserResponse response =
        Post(victim, "/login", Request(),
             {{"_csrf", token}, {"username", "alice"}, {"password", std::string(kPassword)}});
    EXPECT_EQ(response.status, 400);
    EXPECT_TRUE(response.location.empty());
    EXPECT_NE(response.body.find("This form could not be used any more"), std::string::npos);
    EXPECT_EQ(Silently(victim, {{"prompt", "none"}}), "login_required");
  }
}

TEST_F(SignInPages, AFormServesTwiceFromTwoTabsAndAfterHours) {
  MakeUser("alice");
  Browser browser;
  const BrowserResponse tab = Get(browser, "/login", Request());
  const BrowserResponse other_tab = Get(browser, "/login", Request());
  clock_.AdvanceMillis(5 * 60 * kMinute);
  for (const BrowserResponse* form : {&tab, &other_tab, &tab}) {
    const BrowserResponse response = Post(browser, "/login", Request(),
                                          {{"_csrf", Field(*form, "_csrf")},
                                           {"username", "alice"},
                                           {"password", std::string(kPassword)}});
    EXPECT_EQ(response.status, 303) << response.body;
    EXPECT_EQ(Redeem(ParametersOf(response.location)["code"]).response.status, 200);
  }
}

TEST_F(SignInPages, WhoExistsIsNotTold) {
  MakeUser("alice");
  Browser browser;
  const BrowserResponse wrong = SignInOn(browser, Request(), "alice", "Wr0ng-pass!");
  const BrowserResponse nobody = SignInOn(browser, Request(), "alicf", "Wr0ng-pass!");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_NE(wrong.body.find("The name or the password is not right."), std::string::npos);
  std::string other = nobody.body;
  other.replace(other.find("value=\"alicf\""), 13, "value=\"alice\"");
  EXPECT_EQ(wrong.body, other);
}

TEST_F(SignInPages, WhoExistsIsNotToldByTheLockOutOrAFunctionThatRefuses) {
  web_ = MakeWebClient({{"PreventUserExistenceErrors", "LEGACY"}});
  MakeUser("alice");
  const auto told = [&](const std::string& name) {
    Browser browser;
    std::vector<std::string> pages;
    for (int i = 0; i < 7; ++i) {
      const std::string page = SignInOn(browser, Request(), name, "Wr0ng-pass!").body;
      pages.push_back(page.substr(0, page.find("<form")));
    }
    return pages;
  };
  const std::vector<std::string> of_alice = told("alice");
  EXPECT_EQ(of_alice, told("alicf"));
  EXPECT_NE(of_alice.front(), of_alice.back());  // locked out
  const std::string refuse =
      hooks_.Define("refuse", [](json::object&) { throw std::runtime_error("Not today."); });
  ASSERT_TRUE(Succeeded(Call(
      "UpdateUserPool",
      json::object{{"UserPoolId", pool_}, {"LambdaConfig", {{"PreAuthentication", refuse}}}})));
  MakeUser("bob");
  EXPECT_EQ(told("bob"), told("bobb"));
}

TEST_F(SignInPages, WhoIsSignedInAlreadyIsAskedWhetherToGoOnAsThat) {
  MakeUser("alice");
  Browser browser;
  SignInBy(browser, "alice");
  const BrowserResponse page = Get(browser, "/login", Request());
  EXPECT_NE(page.body.find("id=\"continue\""), std::string::npos) << page.body;
  EXPECT_NE(page.body.find("<strong>alice</strong>"), std::string::npos);
  const BrowserResponse answer =
      Post(browser, "/login", Request(),
           {{"_csrf", Field(page, "_csrf")}, {"mark", Field(page, "mark")}, {"step", "continue"}});
  EXPECT_EQ(Redeem(ParametersOf(answer.location)["code"]).response.status, 200) << answer.body;
  const BrowserResponse other = Get(browser, "/login", With(Request(), {{"prompt", "login"}}));
  EXPECT_NE(other.body.find("id=\"password\""), std::string::npos) << other.body;
}

TEST_F(SignInPages, NoneIsShownWhereTheAppWantsNone) {
  MakeUser("alice");
  Browser browser;
  const Parameters silent = With(Request(), {{"prompt", "none"}});
  auto refused = ParametersOf(Get(browser, "/login", silent).location);
  EXPECT_EQ(refused["error"], "login_required");
  SignInBy(browser, "alice");
  auto answered = ParametersOf(Get(browser, "/login", silent).location);
  EXPECT_EQ(Redeem(answered["code"]).response.status, 200);
}

TEST_F(SignInPages, BlanksAroundANameAreNotMeant) {
  MakeUser("alice");
  Browser browser;
  for (const char* typed : {"alice ", " alice", "\talice  "}) {
    EXPECT_EQ(SignInOn(browser, Request(), typed).status, 303) << typed;
  }
  EXPECT_EQ(SignInOn(browser, Request(), "ali ce").status, 400);
}

TEST_F(SignInPages, WhereAdministratorsAloneSetPasswordsNothingElseIsOffered) {
  MakeUser("alice");
  Browser browser;
  const auto shows = [&](const char* path, std::string_view words) {
    const BrowserResponse page = Get(browser, path, Request());
    return page.body.find(words) != std::string::npos;
  };
  EXPECT_TRUE(shows("/login", "Forgot your password?"));
  EXPECT_TRUE(shows("/forgotPassword", "Send the code"));
  ASSERT_TRUE(Succeeded(Call(
      "UpdateUserPool",
      json::object{{"UserPoolId", pool_},
                   {"AccountRecoverySetting",
                    {{"RecoveryMechanisms",
                      json::array{json::object{{"Name", "admin_only"}, {"Priority", 1}}}}}}})));
  EXPECT_FALSE(shows("/login", "Forgot your password?"));
  constexpr std::string_view kWords = "Only an administrator can set a new password here.";
  const std::string token = Field(Get(browser, "/login", Request()), "_csrf");
  for (const char* path : {"/forgotPassword", "/confirmforgotPassword"}) {
    EXPECT_TRUE(shows(path, kWords)) << path;
    EXPECT_FALSE(shows(path, "<form")) << path;
    const BrowserResponse posted =
        Post(browser, path, Request(), {{"_csrf", token}, {"username", "alice"}});
    EXPECT_NE(posted.body.find(kWords), std::string::npos) << posted.body;
  }
}

TEST_F(SignInPages, WrongPasswordsLockOutHereToo) {
  MakeUser("alice");
  Browser browser;
  for (int i = 0; i < 5; ++i) SignInOn(browser, Request(), "alice", "Wr0ng-pass!");
  const BrowserResponse locked = SignInOn(browser, Request(), "alice");
  EXPECT_NE(locked.body.find("There were too many attempts"), std::string::npos) << locked.body;
  EXPECT_EQ(Silently(browser, {{"prompt", "none"}}), "login_required");
}

TEST_F(SignInPages, AnAddressIsLimited) {
  MakeUser("alice");
  domain::Quotas quotas;
  quotas.per_address[static_cast<size_t>(domain::Anonymous::kSignIn)] = 1;
  domain::Throttle throttle(quotas, clock_);
  services_->throttle = &throttle;
  Browser browser;
  int refused = 0;
  for (uint32_t i = 0; i < domain::kAddressBurstSeconds + 5; ++i) {
    if (SignInOn(browser, Request(), "nobody").status == 429) ++refused;
  }
  services_->throttle = nullptr;
  EXPECT_EQ(refused, 5);
}

TEST_F(SignInPages, ATemporaryPasswordIsReplacedOnThePage) {
  ASSERT_TRUE(
      Succeeded(Admin("AdminCreateUser", "alice",
                      {{"MessageAction", "SUPPRESS"}, {"TemporaryPassword", "Temp0rary!"}})));
  Browser browser;
  const BrowserResponse page = SignInOn(browser, Request(), "alice", "Temp0rary!");
  ASSERT_EQ(page.status, 200) << page.body;
  EXPECT_NE(page.body.find("Choose a new password"), std::string::npos);
  const auto choose = [&](const BrowserResponse& form, const std::string& password,
                          const std::string& again) {
    return Post(browser, "/login", Request(),
                {{"_csrf", Field(form, "_csrf")},
                 {"session", Field(form, "session")},
                 {"username", "alice"},
                 {"password", password},
                 {"again", again},
                 {"step", "new_password"}});
  };
  const BrowserResponse differ = choose(page, "N3w-password", "N3w-passworb");
  EXPECT_NE(differ.body.find("The two passwords are not the same."), std::string::npos);
  const BrowserResponse weak = choose(differ, "weak", "weak");
  EXPECT_NE(weak.body.find("This cannot be used. The password is too short."), std::string::npos)
      << weak.body;
  const BrowserResponse done = choose(weak, "N3w-password", "N3w-password");
  ASSERT_EQ(done.status, 303) << done.body;
  EXPECT_EQ(Redeem(ParametersOf(done.location)["code"]).response.status, 200);
  EXPECT_EQ(Silently(browser, {{"prompt", "none"}}), "code");
  // From the back button: what was chosen stands, and the form is of no use any more.
  const BrowserResponse late = choose(weak, "0ther-password", "0ther-password");
  EXPECT_NE(late.body.find("Please sign in again."), std::string::npos) << late.body;
}

TEST_F(SignInPages, WhatANewPasswordMustHaveIsSaidInThePagesLanguage) {
  ASSERT_TRUE(
      Succeeded(Admin("AdminCreateUser", "alice",
                      {{"MessageAction", "SUPPRESS"}, {"TemporaryPassword", "Temp0rary!"}})));
  Browser browser;
  const Parameters german = With(Request(), {{"lang", "de"}});
  const BrowserResponse page = SignInOn(browser, german, "alice", "Temp0rary!");
  EXPECT_NE(page.body.find("Mindestens 8 Zeichen, ein Kleinbuchstabe, ein Großbuchstabe, eine "
                           "Ziffer, ein Sonderzeichen."),
            std::string::npos)
      << page.body;
  for (const auto& [password, told] : std::vector<std::pair<std::string, std::string>>{
           {"weak", "ist zu kurz."},
           {"N3W-PASSWORD", "keinen Kleinbuchstaben."},
           {"n3w-password", "keinen Großbuchstaben."},
           {"New-password", "keine Ziffer."},
           {"N3wpassword", "kein Sonderzeichen."},
           {" N3w-password", "nicht mit einem Leerzeichen beginnen"},
           {"N3w-pass\nword", "keinen Zeilenumbruch"},
           {std::string(300, 'x'), "ist zu lang."}}) {
    const BrowserResponse refused = Post(browser, "/login", german,
                                         {{"_csrf", Field(page, "_csrf")},
                                          {"session", Field(page, "session")},
                                          {"username", "alice"},
                                          {"password", password},
                                          {"again", password},
                                          {"step", "new_password"}});
    EXPECT_NE(refused.body.find(told), std::string::npos) << told << refused.body;
    EXPECT_EQ(refused.body.find("Password did not conform"), std::string::npos) << told;
  }
}

TEST_F(SignInPages, WhoIsDisabledIsToldAfterTheProof) {
  MakeUser("alice");
  ASSERT_TRUE(Succeeded(Admin("AdminDisableUser", "alice")));
  Browser browser;
  EXPECT_NE(SignInOn(browser, Request(), "alice", "Wr0ng-pass!").body.find("is not right"),
            std::string::npos);
  EXPECT_NE(SignInOn(browser, Request(), "alice").body.find("This account is disabled."),
            std::string::npos);
}

TEST_F(SignInPages, AFunctionOfThePoolRefusesInItsOwnWords) {
  MakeUser("alice");
  const std::string refuse =
      hooks_.Define("refuse", [](json::object&) { throw std::runtime_error("Not <today>."); });
  ASSERT_TRUE(Succeeded(Call(
      "UpdateUserPool",
      json::object{{"UserPoolId", pool_}, {"LambdaConfig", {{"PreAuthentication", refuse}}}})));
  Browser browser;
  const BrowserResponse response = SignInOn(browser, Request(), "alice");
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(response.body.find("Not &lt;today&gt;."), std::string::npos) << response.body;
}

}  // namespace
}  // namespace sallyport::login
