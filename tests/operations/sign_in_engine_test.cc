// The sign-in engine by itself: its outcomes, however they are presented, which parts it calls, and
// what a sign-in records.
#include <atomic>
#include <chrono>
#include <deque>
#include <regex>
#include <stdexcept>
#include <thread>

#include "domain/credentials/challenge.h"
#include "domain/limits/ceilings.h"
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "domain/tokens/family.h"
#include "domain/users/user.h"
#include "operations/sign_in/answer.h"
#include "sign_in/challenge_session.h"
#include "sign_in/flow.h"
#include "srp_client.h"
#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;
using domain::ProvedFactor;
using sign_in::Reason;
using SignInOutcome = sign_in::Judged<sign_in::Outcome>;

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

// What a sign-in on a page leads to: a code, which is worth something only together with the
// client's secret.
class CodeEnding final : public sign_in::Ending {
 public:
  bool client_proves_itself_later() const override { return true; }
  base::Status Complete(const domain::Services& services, const domain::SignIn& sign_in) override {
    code = "code of " + sign_in.user.username;
    return domain::Commit(services, [&](store::Tx& tx) -> base::Status {
      const auto user = domain::WriteProof(tx, *sign_in.pool, sign_in.user, sign_in.change);
      if (!user) return user.error();
      return tx.Put("code/" + code, sign_in.client->id, {});
    });
  }

  std::string code;
};

class SignInEngine : public UserTest {
 protected:
  SignInOutcome RunTo(sign_in::Ending& ending, const sign_in::Input& input,
                      std::string_view secret_hash = {}) {
    return sign_in::Run({.services = *services_,
                         .pool = domain::GetPool(*services_, pool_).value(),
                         .client = domain::GetClient(*services_, client_).value(),
                         .context = {.ip = "192.0.2.1", .user_agent = "test"}},
                        {.ending = ending, .secret_hash = secret_hash}, input);
  }
  SignInOutcome Run(const sign_in::Input& input) {
    sign_in::TokensEnding tokens;
    return RunTo(tokens, input);
  }
  // kFailed if it was not refused at all, which no test expects.
  Reason WhyNot(const sign_in::Input& input) {
    const SignInOutcome outcome = Run(input);
    EXPECT_FALSE(outcome.ok());
    return outcome ? Reason::kFailed : outcome.error().reason;
  }
  template <typename Asked>
  static Asked Challenged(const SignInOutcome& outcome) {
    const auto* const challenge = outcome ? std::get_if<sign_in::Challenge>(&*outcome) : nullptr;
    if (challenge == nullptr || !std::holds_alternative<Asked>(*challenge)) {
      ADD_FAILURE() << (outcome ? "another outcome" : outcome.error().error.message);
      return {};
    }
    return std::get<Asked>(*challenge);
  }
  static bool IsComplete(const SignInOutcome& outcome) {
    if (!outcome) ADD_FAILURE() << outcome.error().error.message;
    return outcome.ok() && std::holds_alternative<sign_in::Complete>(*outcome);
  }

  sign_in::AskPasswordBySrp BegunSrp(std::string_view name) {
    return Challenged<sign_in::AskPasswordBySrp>(
        Run(sign_in::BeginSrp{name, client_value_ = srp_.PublicValue()}));
  }
  // The answer that proves `password`. Its texts are kept in the fixture.
  sign_in::ProveSrp Proof(const sign_in::AskPasswordBySrp& asked, std::string_view password) {
    const std::string& time = texts_.emplace_back(domain::SrpTimestamp(Now()));
    const std::string& signature = texts_.emplace_back(srp_.Signature(
        pool_, asked.user_id, password, asked.salt, asked.server_value, asked.session, time));
    return {.session = texts_.emplace_back(asked.session),
            .name = texts_.emplace_back(asked.user_id),
            .signature = signature,
            .timestamp = time,
            .seconds = Now()};
  }
  std::string AskedForNewPassword(std::string_view username) {
    return Challenged<sign_in::AskNewPassword>(Run(sign_in::GivePassword{username, "Temp0rary!"}))
        .session;
  }
  std::string AskedByFunction(std::string_view username) {
    return Challenged<sign_in::AskCustom>(
               Run(sign_in::BeginCustom{.name = username, .client_value = {}}))
        .session;
  }

  void UseFunctions(const json::object& functions) {
    ASSERT_TRUE(Succeeded(
        Call("UpdateUserPool", json::object{{"UserPoolId", pool_}, {"LambdaConfig", functions}})));
  }
  // The three functions around a sign-in; `post` is what Post Authentication does.
  void UseHooks(const domain::ScriptedHooks::Handler& post = [](json::object&) {}) {
    UseFunctions({{"PreAuthentication", hooks_.Define("pre", [](json::object&) {})},
                  {"PostAuthentication", hooks_.Define("post", post)},
                  {"PreTokenGeneration", hooks_.Define("tokens", [](json::object&) {})}});
  }
  size_t CallsOf(std::string_view source) const {
    size_t calls = 0;
    for (const json::object& event : hooks_.events()) {
      calls += event.at("triggerSource").as_string() == source ? 1 : 0;
    }
    return calls;
  }
  // How often each outcome occurred in `times` simultaneous calls.
  std::pair<int, int> CompleteAndUsed(int times, const sign_in::Input& input) {
    std::atomic<int> complete = 0, used = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < times; ++i) {
      threads.emplace_back([&] {
        const SignInOutcome outcome = Run(input);
        if (outcome) ++complete;
        if (!outcome && outcome.error().reason == Reason::kUsedSession) ++used;
      });
    }
    for (std::thread& thread : threads) thread.join();
    return {complete.load(), used.load()};
  }

  void MakeTemporary(std::string_view username) {
    ASSERT_TRUE(
        Succeeded(Admin("AdminCreateUser", username, {{"TemporaryPassword", "Temp0rary!"}})));
  }
  // Of the user's one sign-in.
  domain::TokenFamily FamilyOf(std::string_view username) {
    const auto pool = domain::GetPool(*services_, pool_).value();
    const auto user = domain::FindUser(*store_, *pool, username).value();
    const auto page = domain::ListFamilies(*store_, *user, "", 10).value();
    EXPECT_EQ(page.families.size(), 1U);
    return page.families.empty() ? domain::TokenFamily() : page.families.front();
  }
  int64_t Now() const { return clock_.WallSeconds(); }

  // The functions of CUSTOM_AUTH. They ask for the password by SRP, if the flow begins with it, and
  // then ask one question, whose right answer is "yes".
  void UseCustom() {
    const auto define = [](json::object& event) {
      const json::array& session = event.at("request").at("session").as_array();
      const bool srp = !session.empty() && session.back().at("challengeName") == "SRP_A";
      json::object& response = event.at("response").as_object();
      response["issueTokens"] =
          !session.empty() && session.back().at("challengeName") == "CUSTOM_CHALLENGE";
      response["failAuthentication"] = false;
      response["challengeName"] = srp ? "PASSWORD_VERIFIER" : "CUSTOM_CHALLENGE";
    };
    const auto create = [](json::object& event) {
      event.at("response").as_object()["publicChallengeParameters"] = {{"hint", "say yes"}};
    };
    const auto verify = [](json::object& event) {
      event.at("response").as_object()["answerCorrect"] =
          event.at("request").at("challengeAnswer") == "yes";
    };
    UseFunctions({{"DefineAuthChallenge", hooks_.Define("define", define)},
                  {"CreateAuthChallenge", hooks_.Define("create", create)},
                  {"VerifyAuthChallengeResponse", hooks_.Define("verify", verify)}});
  }

  // A challenge as written by a version that did not know factors, or had no such member.
  void MakeChallengesOlder(std::string_view index, std::string_view member = "Factors") {
    const auto items = store_->List(index, "", std::nullopt, 10).value();
    ASSERT_FALSE(items.empty());
    for (const store::ListItem& item : items) {
      json::object record = json::parse(item.value).as_object();
      record.erase(member);
      if (const json::value* sealed = record.if_contains("Sealed")) {
        json::object state =
            json::parse(vault_.Open("custom auth", std::string(sealed->as_string())).value())
                .as_object();
        state.erase(member);
        record["Sealed"] = vault_.Seal("custom auth", json::serialize(state));
      }
      ASSERT_TRUE(
          store_
              ->Update([&](store::Tx& tx) {
                return tx.Put(item.key, json::serialize(record), {{std::string(index), item.sort}});
              })
              ->outcome);
    }
  }

  domain::SrpClient srp_;
  std::string client_value_;
  std::deque<std::string> texts_;
};

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

// ---- What is recorded

TEST_F(SignInEngine, AFamilyRecordsThePasswordAndWhenItWasProved) {
  MakeUser("alice");
  SignIn("alice");
  const domain::TokenFamily family = FamilyOf("alice");
  EXPECT_EQ(family.factors, (std::vector<ProvedFactor>{{domain::kPasswordFactor, Now()}}));
  EXPECT_EQ(domain::AcrOf(family), "aal1");
  EXPECT_EQ(family.auth_time, Now());
}

TEST_F(SignInEngine, AChallengeCarriesWhatWasProvedBeforeIt) {
  MakeTemporary("alice");
  const std::string session = AskedForNewPassword("alice");
  const int64_t proved = Now();
  clock_.AdvanceMillis(60'000);
  ASSERT_TRUE(Run(sign_in::GiveNewPassword{session, "alice", kPassword, {}}).ok());
  const domain::TokenFamily family = FamilyOf("alice");
  EXPECT_EQ(family.factors, (std::vector<ProvedFactor>{{domain::kPasswordFactor, proved}}));
  EXPECT_EQ(family.auth_time, proved + 60);
}

TEST_F(SignInEngine, APasswordAndWhatAFunctionAsksAreNotTwoKindsOfFactor) {
  UseCustom();
  MakeUser("alice");
  client_value_ = srp_.PublicValue();
  const auto by_srp = Challenged<sign_in::AskPasswordBySrp>(
      Run(sign_in::BeginCustom{.name = "alice", .client_value = client_value_}));
  const int64_t password_proved = Now();
  const std::string session = Challenged<sign_in::AskCustom>(Run(Proof(by_srp, kPassword))).session;
  clock_.AdvanceMillis(5'000);
  ASSERT_TRUE(IsComplete(Run(sign_in::AnswerCustom{session, "alice", "yes"})));
  const domain::TokenFamily family = FamilyOf("alice");
  EXPECT_EQ(family.factors, (std::vector<ProvedFactor>{{domain::kPasswordFactor, password_proved},
                                                       {domain::kCustomFactor, Now()}}));
  EXPECT_EQ(domain::AcrOf(family), "aal1") << "a function may ask what anybody knows";
}

TEST_F(SignInEngine, ASignInWithoutAnyProofRecordsThatThereWasNone) {
  MakeUser("alice");
  UseFunctions({{"DefineAuthChallenge", hooks_.Define("define", [](json::object& event) {
                   event.at("response").as_object()["issueTokens"] = true;
                 })}});
  ASSERT_TRUE(IsComplete(Run(sign_in::BeginCustom{.name = "alice", .client_value = {}})));
  const domain::TokenFamily family = FamilyOf("alice");
  ASSERT_TRUE(family.factors.has_value());
  EXPECT_TRUE(family.factors->empty());
  EXPECT_EQ(domain::AcrOf(family), "");
}

TEST_F(SignInEngine, ChallengesOfAnOlderVersionAreFinishedWithTheTimeOfTheirPassword) {
  MakeTemporary("bob");
  const std::string session = AskedForNewPassword("bob");
  const int64_t proved = Now();
  MakeChallengesOlder(domain::kChallengesByExpiry);
  clock_.AdvanceMillis(60'000);
  ASSERT_TRUE(Run(sign_in::GiveNewPassword{session, "bob", kPassword, {}}).ok());
  EXPECT_EQ(FamilyOf("bob").factors,
            (std::vector<ProvedFactor>{{domain::kPasswordFactor, proved}}));
  UseCustom();
  MakeUser("alice");
  const std::string flow = AskedByFunction("alice");
  MakeChallengesOlder(domain::LeftoverIndex(domain::Leftover::kChallenges));
  ASSERT_TRUE(Run(sign_in::AnswerCustom{flow, "alice", "yes"}).ok());
  EXPECT_EQ(FamilyOf("alice").factors, (std::vector<ProvedFactor>{{domain::kCustomFactor, Now()}}));
}

TEST_F(SignInEngine, AFlowThatHasLostWhatItWentThroughFails) {
  UseCustom();
  MakeUser("alice");
  for (const char* member : {"Entries", "Private"}) {
    const std::string flow = AskedByFunction("alice");
    MakeChallengesOlder(domain::LeftoverIndex(domain::Leftover::kChallenges), member);
    EXPECT_EQ(WhyNot(sign_in::AnswerCustom{flow, "alice", "yes"}), Reason::kFailed) << member;
  }
}

TEST_F(SignInEngine, AProgressIsKeptAsItWas) {
  const std::string state = R"({"Entries":[],"SrpA":"","Private":{},"Metadata":null,)";
  const std::string begin =
      state + R"("Name":"alice","Sub":"s","UserId":"u","ProvedPassword":true)";
  const std::string text =
      begin + R"(,"Factors":[["custom",4],["pwd",5]],"TokenSource":"TokenGeneration_Other"})";
  const sign_in::Progress progress = sign_in::ParseProgress(text, 9).value();
  EXPECT_EQ(progress.name, "alice");
  EXPECT_EQ(progress.sub, "s");
  EXPECT_EQ(progress.user_id, "u");
  EXPECT_EQ(progress.factors, (std::vector<ProvedFactor>{{"custom", 4}, {"pwd", 5}}));
  EXPECT_EQ(progress.token_source, "TokenGeneration_Other");
  EXPECT_EQ(sign_in::ProgressText(progress), text);
  // The session of an earlier version, which was made after the password had been proved.
  const sign_in::Progress earlier = sign_in::ParseProgress(begin + "}", 9).value();
  EXPECT_EQ(earlier.factors, (std::vector<ProvedFactor>{{domain::kPasswordFactor, 9}}));
  EXPECT_EQ(earlier.token_source, sign_in::kPlainTokenSource);
  EXPECT_EQ(sign_in::ProgressText(earlier),
            begin + R"(,"Factors":[["pwd",9]],"TokenSource":"TokenGeneration_Authentication"})");
}

TEST_F(SignInEngine, AFamilyOfAnOlderVersionIsOneOfWhichNothingIsKnown) {
  MakeUser("alice");
  SignIn("alice");
  domain::TokenFamily family = FamilyOf("alice");
  family.factors.reset();
  ASSERT_TRUE(
      store_->Update([&](store::Tx& tx) { return domain::PutFamily(tx, family); })->outcome);
  EXPECT_EQ(store_->Get(domain::FamilyKey(family.id)).value()->find("Amr"), std::string::npos);
  EXPECT_FALSE(FamilyOf("alice").factors.has_value());
  EXPECT_EQ(domain::AcrOf(FamilyOf("alice")), "");
}

}  // namespace
}  // namespace sallyport::operations
