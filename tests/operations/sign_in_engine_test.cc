// The sign-in engine by itself: its outcomes, however they are presented, and which parts it calls.
#include "sign_in_engine_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;
using sign_in::Reason;

// An outcome as a sign-in page would show it.
struct Page {
  std::string operator()(const sign_in::AskNewPassword& asked) const {
    std::string page = "<form><input type=hidden name=session value='" + asked.session + "'>";
    for (const std::string& name : asked.missing) page += "<input name='" + name + "'>";
    return page + "<input type=password name=password></form>";
  }
  std::string operator()(const sign_in::AskPasswordBySrp&) const { return "<script></script>"; }
  std::string operator()(const sign_in::AskCustom& asked) const {
    std::string page = "<form><input type=hidden name=session value='" + asked.session + "'>";
    for (const auto& [name, value] : asked.parameters) page.append(name).append(": ").append(value);
    return page + "<input name=answer></form>";
  }
};

// In the page's own words.
std::string PageOf(Reason reason) {
  switch (reason) {
    case Reason::kWrongProof:
      return "<p>Das Passwort stimmt nicht.</p>";
    case Reason::kDisabled:
      return "<p>Dieses Konto ist gesperrt.</p>";
    case Reason::kUsedSession:
    case Reason::kExpiredSession:
      return "<p>Bitte von vorn beginnen.</p>";
    default:
      return "<p>Das geht nicht.</p>";
  }
}

std::string PageOf(const SignInOutcome& outcome) {
  if (!outcome) return PageOf(outcome.error().reason);
  const auto* const challenge = std::get_if<sign_in::Challenge>(&*outcome);
  return challenge != nullptr ? std::visit(Page(), *challenge) : "<script>location=...</script>";
}

// ---- How it is shown

TEST_F(SignInEngine, OneFlowIsShownAsJsonAndAsAPage) {
  MakeTemporary("alice");
  const SignInOutcome asked = Run(sign_in::GivePassword{"alice", "Temp0rary!"});
  const json::object answer = ChallengeAnswer(Challenged<sign_in::AskNewPassword>(asked));
  EXPECT_EQ(answer.at("ChallengeName"), "NEW_PASSWORD_REQUIRED");
  const std::string page = PageOf(asked);
  std::smatch found;
  ASSERT_TRUE(std::regex_search(page, found, std::regex("name=session value='([^']+)'")));
  const std::string session = found[1];
  EXPECT_EQ(answer.at("Session").as_string(), session)
      << "what the page posts is what the API answers";
  sign_in::TokensEnding tokens;
  ASSERT_TRUE(IsComplete(
      RunTo(tokens, sign_in::GiveNewPassword{session, "alice", kPassword, domain::Attributes()})));
  EXPECT_TRUE(TokensAnswer(tokens.issued().tokens)
                  .at("AuthenticationResult")
                  .as_object()
                  .contains("IdToken"));
}

TEST_F(SignInEngine, APageOfAConfidentialClientEndsInACodeAndNotInTokens) {
  client_ = MakeClient(pool_, {{"GenerateSecret", true}});
  MakeTemporary("alice");
  CodeEnding code;
  const auto asked = Challenged<sign_in::AskNewPassword>(
      RunTo(code, sign_in::GivePassword{"alice", "Temp0rary!"}));
  const sign_in::GiveNewPassword answer{asked.session, "alice", kPassword, {}};
  EXPECT_EQ(WhyNot(answer), Reason::kWrongClient)
      << "what ends in tokens wants the proof of the client, which a browser has not";
  ASSERT_TRUE(IsComplete(RunTo(code, answer)));
  EXPECT_EQ(code.code, "code of alice");
  EXPECT_EQ(*store_->Get("code/code of alice").value(), client_);
  EXPECT_EQ(Admin("AdminGetUser", "alice").Text("UserStatus"), "CONFIRMED")
      << "the new password is in the commit of the code";
  const auto pool = domain::GetPool(*services_, pool_).value();
  const auto user = domain::FindUser(*store_, *pool, "alice").value();
  EXPECT_TRUE(domain::ListFamilies(*store_, *user, "", 10).value().families.empty());
}

TEST_F(SignInEngine, ARefusalIsShownInAwssWordsAndInAPagesOwn) {
  MakeUser("alice");
  const SignInOutcome wrong = Run(sign_in::GivePassword{"alice", "Wr0ngword!"});
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().error.code, "NotAuthorizedException");
  EXPECT_EQ(wrong.error().error.message, "Incorrect username or password.");
  EXPECT_EQ(PageOf(wrong), "<p>Das Passwort stimmt nicht.</p>");
  ASSERT_TRUE(Succeeded(Admin("AdminDisableUser", "alice")));
  const SignInOutcome disabled = Run(sign_in::GivePassword{"alice", kPassword});
  ASSERT_FALSE(disabled.ok());
  EXPECT_EQ(disabled.error().error.message, "User is disabled.");
  EXPECT_EQ(PageOf(disabled), "<p>Dieses Konto ist gesperrt.</p>");
}

TEST_F(SignInEngine, ACustomChallengeIsShownAsJsonAndAsAPage) {
  UseCustom();
  MakeUser("alice");
  const SignInOutcome asked = Run(sign_in::BeginCustom{.name = "alice", .client_value = {}});
  EXPECT_EQ(
      ChallengeAnswer(Challenged<sign_in::AskCustom>(asked)).at("ChallengeParameters").at("hint"),
      "say yes");
  EXPECT_NE(PageOf(asked).find("hint: say yes"), std::string::npos);
}

// ---- Why somebody does not sign in

TEST_F(SignInEngine, EveryRefusalHasItsReason) {
  MakeUser("alice");
  EXPECT_EQ(WhyNot(sign_in::GivePassword{"alice", "Wr0ngword!"}), Reason::kWrongProof);
  EXPECT_EQ(WhyNot(sign_in::GivePassword{"nobody", kPassword}), Reason::kNoSuchUser);
  EXPECT_EQ(WhyNot(Proof(BegunSrp("alice"), "Wr0ngword!")), Reason::kWrongProof);
  sign_in::ProveSrp stale = Proof(BegunSrp("alice"), kPassword);
  stale.seconds -= 3600;
  EXPECT_EQ(WhyNot(stale), Reason::kWrongProof);
  EXPECT_EQ(WhyNot(sign_in::GiveNewPassword{"none", "alice", kPassword, {}}),
            Reason::kInvalidSession);
  EXPECT_EQ(WhyNot(sign_in::BeginCustom{.name = "alice", .client_value = {}}), Reason::kNotOffered);
  MakeTemporary("bob");
  const std::string session = AskedForNewPassword("bob");
  EXPECT_EQ(WhyNot(sign_in::GiveNewPassword{session, "bob", "short", {}}), Reason::kUnacceptable);
  ASSERT_TRUE(Run(sign_in::GiveNewPassword{session, "bob", kPassword, {}}).ok());
  EXPECT_EQ(WhyNot(sign_in::GiveNewPassword{session, "bob", kPassword, {}}), Reason::kUsedSession);
  const sign_in::ProveSrp late = Proof(BegunSrp("alice"), kPassword);
  clock_.AdvanceMillis(180'000);
  EXPECT_EQ(WhyNot(late), Reason::kExpiredSession);
  ASSERT_TRUE(Succeeded(Admin("AdminSetUserPassword", "alice", {{"Password", "Temp0rary!"}})));
  clock_.AdvanceMillis(8LL * 24 * 3600 * 1000);
  EXPECT_EQ(WhyNot(sign_in::GivePassword{"alice", "Temp0rary!"}), Reason::kExpiredPassword);
  ASSERT_TRUE(Succeeded(Admin("AdminDisableUser", "alice")));
  EXPECT_EQ(WhyNot(sign_in::GivePassword{"alice", "Temp0rary!"}), Reason::kDisabled);
  ASSERT_TRUE(Succeeded(
      Call("SignUp",
           json::object{{"ClientId", client_}, {"Username", "carol"}, {"Password", kPassword}})));
  EXPECT_EQ(WhyNot(sign_in::GivePassword{"carol", kPassword}), Reason::kNotConfirmed);
  UseFunctions({{"PreAuthentication", hooks_.Define("pre", [](json::object&) {
                   throw std::runtime_error("not today");
                 })}});
  EXPECT_EQ(WhyNot(sign_in::GivePassword{"bob", kPassword}), Reason::kFailed);
}

// ---- The place of the lock-out

TEST_F(SignInEngine, LockOutIsAskedBeforeTheUserIsLookedAt) {
  UseHooks();
  MakeUser("alice");
  MakeTemporary("bob");
  client_ = MakeClient(pool_, {{"PreventUserExistenceErrors", "ENABLED"}});
  const std::string session = AskedForNewPassword("bob");
  const sign_in::AskPasswordBySrp by_srp = BegunSrp("alice");
  for (int i = 0; i < 6; ++i) {
    if (i > 0) clock_.AdvanceMillis(1000);
    for (const char* name : {"alice", "bob", "nobody"}) {
      EXPECT_EQ(WhyNot(sign_in::GivePassword{name, "Wr0ngword!"}), Reason::kWrongProof);
    }
  }
  ASSERT_TRUE(Succeeded(Admin("AdminDisableUser", "bob")));
  const size_t events = hooks_.events().size();
  const uint64_t hashes = passwords_->computed();
  const std::vector<sign_in::Input> inputs{
      sign_in::GivePassword{"alice", kPassword}, sign_in::GivePassword{"nobody", kPassword},
      sign_in::BeginSrp{"nobody", client_value_},
      // A disabled user, who is not told that either.
      sign_in::GiveNewPassword{session, "bob", kPassword, {}}, Proof(by_srp, kPassword)};
  for (const sign_in::Input& input : inputs) {
    EXPECT_EQ(WhyNot(input), Reason::kLockedOut) << input.index();
  }
  EXPECT_EQ(hooks_.events().size(), events);
  EXPECT_EQ(passwords_->computed(), hashes);
  clock_.AdvanceMillis(2000);
  EXPECT_TRUE(IsComplete(Run(Proof(by_srp, kPassword)))) << "nothing was spent";
}

// ---- A session is spent first

TEST_F(SignInEngine, AUsedBlockWithTheRightProofCallsNoFunction) {
  UseHooks();
  MakeUser("alice");
  const sign_in::AskPasswordBySrp wrong = BegunSrp("alice");
  EXPECT_EQ(WhyNot(Proof(wrong, "Wr0ngword!")), Reason::kWrongProof);
  const size_t events = hooks_.events().size();
  EXPECT_EQ(WhyNot(Proof(wrong, kPassword)), Reason::kUsedSession);
  EXPECT_EQ(WhyNot(Proof(wrong, "Wr0ngword!")), Reason::kUsedSession)
      << "right or wrong, the same is told";
  EXPECT_EQ(hooks_.events().size(), events);

  const sign_in::ProveSrp right = Proof(BegunSrp("alice"), kPassword);
  ASSERT_TRUE(IsComplete(Run(right)));
  const size_t after = hooks_.events().size();
  EXPECT_EQ(WhyNot(right), Reason::kUsedSession);
  EXPECT_EQ(hooks_.events().size(), after) << "a replay ends no session by a function's recipe";
}

TEST_F(SignInEngine, OneAnswerSentManyTimesAtOnceRunsTheFunctionsOnce) {
  UseHooks([](json::object&) { std::this_thread::sleep_for(std::chrono::milliseconds(50)); });
  MakeUser("alice");
  EXPECT_EQ(CompleteAndUsed(16, Proof(BegunSrp("alice"), kPassword)), std::pair(1, 15));
  EXPECT_EQ(CallsOf("PostAuthentication_Authentication"), 1U);
  EXPECT_EQ(CallsOf("TokenGeneration_Authentication"), 1U);
  MakeTemporary("bob");
  const std::string session = AskedForNewPassword("bob");
  EXPECT_EQ(CompleteAndUsed(16, sign_in::GiveNewPassword{session, "bob", kPassword, {}}),
            std::pair(1, 15));
  EXPECT_EQ(CallsOf("PostAuthentication_Authentication"), 2U);
  EXPECT_EQ(CallsOf("TokenGeneration_NewPasswordChallenge"), 1U);
}

TEST_F(SignInEngine, ARightProofThatEndsInARefusalUsesTheBlockUp) {
  MakeUser("alice");
  const sign_in::ProveSrp right = Proof(BegunSrp("alice"), kPassword);
  ASSERT_TRUE(Succeeded(Admin("AdminDisableUser", "alice")));
  EXPECT_EQ(WhyNot(right), Reason::kDisabled);
  ASSERT_TRUE(Succeeded(Admin("AdminEnableUser", "alice")));
  EXPECT_EQ(WhyNot(right), Reason::kUsedSession);
}

TEST_F(SignInEngine, AFunctionThatRefusesANewPasswordUsesTheSessionUpAndLeavesThePassword) {
  UseHooks([](json::object&) { throw std::runtime_error("no"); });
  MakeTemporary("bob");
  const std::string session = AskedForNewPassword("bob");
  const sign_in::GiveNewPassword answer{session, "bob", kPassword, {}};
  EXPECT_EQ(WhyNot(answer), Reason::kFailed);
  UseHooks();
  EXPECT_EQ(WhyNot(answer), Reason::kUsedSession);
  const std::string again = AskedForNewPassword("bob");
  EXPECT_TRUE(IsComplete(Run(sign_in::GiveNewPassword{again, "bob", kPassword, {}})));
}

TEST_F(SignInEngine, ABlockExpiresByWhicheverClockIsFirst) {
  MakeUser("alice");
  const sign_in::AskPasswordBySrp set_back = BegunSrp("alice");
  clock_.AdvanceMillis(181'000);
  clock_.StepWallMillis(-600'000);
  EXPECT_EQ(WhyNot(Proof(set_back, kPassword)), Reason::kExpiredSession);
  const sign_in::AskPasswordBySrp set_forward = BegunSrp("alice");
  clock_.StepWallMillis(181'000);
  EXPECT_EQ(WhyNot(Proof(set_forward, kPassword)), Reason::kExpiredSession);
}

// ---- What is looked at again in the commit, and what a step does not commit

TEST_F(SignInEngine, AnAddressThatWasSetMeanwhileIsNotReplaced) {
  UseHooks([&](json::object&) {
    EXPECT_TRUE(Succeeded(
        Admin("AdminUpdateUserAttributes", "bob",
              {{"UserAttributes",
                AttributeList({{"email", "admin@example.org"}, {"email_verified", "true"}})}})));
  });
  MakeTemporary("bob");
  const std::string session = AskedForNewPassword("bob");
  const SignInOutcome outcome =
      Run(sign_in::GiveNewPassword{session, "bob", kPassword, {{"email", "mine@example.org"}}});
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().error.message, "Cannot modify an already provided email");
  EXPECT_EQ(AttributeOf("bob", "email"), "admin@example.org");
  EXPECT_EQ(AttributeOf("bob", "email_verified"), "true");
  EXPECT_EQ(Admin("AdminGetUser", "bob").Text("UserStatus"), "FORCE_CHANGE_PASSWORD");
}

TEST_F(SignInEngine, APasswordOfWhoMayNotSignInWritesNothing) {
  MakeUser("alice");
  const std::string key = "password/" + pool_ + "/" + *AttributeOf("alice", "sub");
  ASSERT_TRUE(store_->Update([&](store::Tx& tx) { return tx.Delete(key); })->outcome);
  ASSERT_TRUE(Succeeded(Admin("AdminDisableUser", "alice")));
  EXPECT_EQ(WhyNot(sign_in::GivePassword{"alice", kPassword}), Reason::kDisabled);
  EXPECT_FALSE(store_->Get(key).value());
  ASSERT_TRUE(Succeeded(Admin("AdminEnableUser", "alice")));
  ASSERT_TRUE(IsComplete(Run(sign_in::GivePassword{"alice", kPassword})));
  EXPECT_TRUE(store_->Get(key).value()) << "its verifier is made by a sign-in";
  EXPECT_TRUE(IsComplete(Run(Proof(BegunSrp("alice"), kPassword))));
}

TEST_F(SignInEngine, AFlowWhoseFunctionIsGoneSaysSo) {
  UseCustom();
  MakeUser("alice");
  const std::string session = AskedByFunction("alice");
  UseFunctions({{"VerifyAuthChallengeResponse", hooks_.Define("verify", [](json::object& event) {
                   event.at("response").as_object()["answerCorrect"] = true;
                 })}});
  const SignInOutcome outcome = Run(sign_in::AnswerCustom{session, "alice", "yes"});
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().reason, Reason::kNotOffered);
  EXPECT_EQ(outcome.error().error.message,
            "Custom auth lambda trigger is not configured for the user pool.");
}

}  // namespace
}  // namespace sallyport::operations
