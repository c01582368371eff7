// SignInEngine: calls the sign-in engine by itself.
#pragma once

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

using SignInOutcome = sign_in::Judged<sign_in::Outcome>;

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
  sign_in::Reason WhyNot(const sign_in::Input& input) {
    const SignInOutcome outcome = Run(input);
    EXPECT_FALSE(outcome.ok());
    return outcome ? sign_in::Reason::kFailed : outcome.error().reason;
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

  void UseFunctions(const boost::json::object& functions) {
    ASSERT_TRUE(
        Succeeded(Call("UpdateUserPool",
                       boost::json::object{{"UserPoolId", pool_}, {"LambdaConfig", functions}})));
  }
  // The three functions around a sign-in; `post` is what Post Authentication does.
  void UseHooks(const domain::ScriptedHooks::Handler& post = [](boost::json::object&) {}) {
    UseFunctions({{"PreAuthentication", hooks_.Define("pre", [](boost::json::object&) {})},
                  {"PostAuthentication", hooks_.Define("post", post)},
                  {"PreTokenGeneration", hooks_.Define("tokens", [](boost::json::object&) {})}});
  }
  size_t CallsOf(std::string_view source) const {
    size_t calls = 0;
    for (const boost::json::object& event : hooks_.events()) {
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
        if (!outcome && outcome.error().reason == sign_in::Reason::kUsedSession) ++used;
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
    const auto define = [](boost::json::object& event) {
      const boost::json::array& session = event.at("request").at("session").as_array();
      const bool srp = !session.empty() && session.back().at("challengeName") == "SRP_A";
      boost::json::object& response = event.at("response").as_object();
      response["issueTokens"] =
          !session.empty() && session.back().at("challengeName") == "CUSTOM_CHALLENGE";
      response["failAuthentication"] = false;
      response["challengeName"] = srp ? "PASSWORD_VERIFIER" : "CUSTOM_CHALLENGE";
    };
    const auto create = [](boost::json::object& event) {
      event.at("response").as_object()["publicChallengeParameters"] = {{"hint", "say yes"}};
    };
    const auto verify = [](boost::json::object& event) {
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
      boost::json::object record = boost::json::parse(item.value).as_object();
      record.erase(member);
      if (const boost::json::value* sealed = record.if_contains("Sealed")) {
        boost::json::object state =
            boost::json::parse(vault_.Open("custom auth", std::string(sealed->as_string())).value())
                .as_object();
        state.erase(member);
        record["Sealed"] = vault_.Seal("custom auth", boost::json::serialize(state));
      }
      ASSERT_TRUE(store_
                      ->Update([&](store::Tx& tx) {
                        return tx.Put(item.key, boost::json::serialize(record),
                                      {{std::string(index), item.sort}});
                      })
                      ->outcome);
    }
  }

  domain::SrpClient srp_;
  std::string client_value_;
  std::deque<std::string> texts_;
};

}  // namespace sallyport::operations
