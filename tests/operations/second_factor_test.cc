// A factor after the password, and after a new password, as TOTP will be: what was proved before it
// is kept. The engine is a copy that has this additional factor (second_factor/plant).
#include <atomic>
#include <optional>
#include <thread>

#include "domain/pools/pool.h"
#include "domain/tokens/family.h"
#include "domain/users/user.h"
#include "sign_in_with_code/flow.h"
#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;
namespace engine = sign_in_with_code;
using domain::ProvedFactor;

constexpr std::string_view kTemporary = "Temp0rary!";

class SecondFactor : public UserTest {
 protected:
  SecondFactor() {
    const json::object functions{
        {"PostAuthentication", hooks_.Define("post", [](json::object&) {})},
        {"PreTokenGeneration", hooks_.Define("tokens", [](json::object&) {})}};
    EXPECT_TRUE(Succeeded(
        Call("UpdateUserPool", json::object{{"UserPoolId", pool_}, {"LambdaConfig", functions}})));
  }

  engine::Judged<engine::Outcome> Run(const engine::Input& input) {
    engine::TokensEnding tokens;
    return engine::Run({.services = *services_,
                        .pool = domain::GetPool(*services_, pool_).value(),
                        .client = domain::GetClient(*services_, client_).value(),
                        .context = {}},
                       {.ending = tokens}, input);
  }
  // The challenge that must follow.
  template <typename Asked>
  Asked Challenged(const engine::Input& input) {
    const auto outcome = Run(input);
    if (!outcome) {
      ADD_FAILURE() << outcome.error().error.message << " " << outcome.error().error.cause;
      return {};
    }
    const auto* const challenge = std::get_if<engine::Challenge>(&*outcome);
    if (challenge == nullptr || !std::holds_alternative<Asked>(*challenge)) {
      ADD_FAILURE() << "another outcome";
      return {};
    }
    return std::get<Asked>(*challenge);
  }
  bool Completes(const engine::Input& input) {
    const auto outcome = Run(input);
    if (!outcome) ADD_FAILURE() << outcome.error().error.message;
    return outcome.ok() && std::holds_alternative<engine::Complete>(*outcome);
  }
  domain::User UserNamed(std::string_view username) {
    return *domain::FindUser(*store_, *domain::GetPool(*services_, pool_).value(), username)
                .value();
  }
  std::vector<ProvedFactor> FactorsOf(std::string_view username) {
    const auto page = domain::ListFamilies(*store_, UserNamed(username), "", 10).value();
    EXPECT_EQ(page.families.size(), 1U);
    return page.families.empty() ? std::vector<ProvedFactor>()
                                 : page.families.front().factors.value();
  }
  // A user with a temporary password who was asked for another.
  engine::AskNewPassword AskedForNewPassword() {
    EXPECT_TRUE(Succeeded(Admin("AdminCreateUser", "alice", {{"TemporaryPassword", kTemporary}})));
    return Challenged<engine::AskNewPassword>(engine::GivePassword{"alice", kTemporary});
  }
};

TEST_F(SecondFactor, ComesAfterThePasswordAndIsRecordedWithIt) {
  MakeUser("bob");
  const auto asked = Challenged<engine::AskCode>(engine::GivePassword{"bob", kPassword});
  const int64_t password = clock_.WallSeconds();
  EXPECT_TRUE(hooks_.events().empty()) << "the proof is not complete";
  clock_.AdvanceMillis(20'000);
  ASSERT_TRUE(Completes(engine::GiveCode{asked.session, "bob", "123456"}));
  EXPECT_EQ(FactorsOf("bob"),
            (std::vector<ProvedFactor>{{"pwd", password}, {"otp", password + 20}}));
}

TEST_F(SecondFactor, BehindANewPasswordKeepsThePassword) {
  const auto asked = AskedForNewPassword();
  const int64_t password = clock_.WallSeconds();
  const auto code = Challenged<engine::AskCode>(
      engine::GiveNewPassword{asked.session, "alice", kPassword, {{"email", "a@example.org"}}});
  const domain::User user = UserNamed("alice");
  EXPECT_EQ(user.status, domain::kConfirmed);
  EXPECT_EQ(user.password_version, 2U);
  EXPECT_EQ(user.Attribute("email"), "a@example.org");
  EXPECT_FALSE(store_->Get("password//").value()) << "a record of nobody's password";
  EXPECT_TRUE(hooks_.events().empty());
  clock_.AdvanceMillis(20'000);
  ASSERT_TRUE(Completes(engine::GiveCode{code.session, "alice", "123456"}));
  EXPECT_EQ(FactorsOf("alice"),
            (std::vector<ProvedFactor>{{"pwd", password}, {"otp", password + 20}}));
  EXPECT_FALSE(hooks_.LastEvent("TokenGeneration_NewPasswordChallenge").empty())
      << "what led to the tokens is known behind the challenge, too";
  Challenged<engine::AskCode>(engine::GivePassword{"alice", kPassword});
  EXPECT_EQ(Run(engine::GivePassword{"alice", kTemporary}).error().reason,
            engine::Reason::kWrongProof);
}

TEST_F(SecondFactor, WhoHasLeftAfterTheNewPasswordSignsInWithIt) {
  const auto asked = AskedForNewPassword();
  Challenged<engine::AskCode>(engine::GiveNewPassword{asked.session, "alice", kPassword, {}});
  const auto code = Challenged<engine::AskCode>(engine::GivePassword{"alice", kPassword});
  EXPECT_TRUE(Completes(engine::GiveCode{code.session, "alice", "123456"}));
}

TEST_F(SecondFactor, TheCommitOfANewPasswordLooksAtTheUserAgain) {
  const auto asked = AskedForNewPassword();
  // Two answers, each with a session of its own: the second must not replace the password that the
  // first has chosen.
  const auto other = Challenged<engine::AskNewPassword>(engine::GivePassword{"alice", kTemporary});
  Challenged<engine::AskCode>(engine::GiveNewPassword{asked.session, "alice", kPassword, {}});
  EXPECT_EQ(
      Run(engine::GiveNewPassword{other.session, "alice", "An0ther-word!", {}}).error().reason,
      engine::Reason::kInvalidSession);
  EXPECT_EQ(UserNamed("alice").password_version, 2U);
}

TEST_F(SecondFactor, AWrongCodeIsTypedAndUsesTheSessionUp) {
  MakeUser("bob");
  const auto asked = Challenged<engine::AskCode>(engine::GivePassword{"bob", kPassword});
  EXPECT_EQ(Run(engine::GiveCode{asked.session, "bob", "000000"}).error().reason,
            engine::Reason::kWrongProof);
  EXPECT_EQ(Run(engine::GiveCode{asked.session, "bob", "123456"}).error().reason,
            engine::Reason::kUsedSession);
}

TEST_F(SecondFactor, OfManyCodesAtOnceOneIsLookedAt) {
  MakeUser("bob");
  const auto asked = Challenged<engine::AskCode>(engine::GivePassword{"bob", kPassword});
  std::atomic<int> used = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const std::string code = i == 5 ? "123456" : "00000" + std::to_string(i);
      const auto outcome = Run(engine::GiveCode{asked.session, "bob", code});
      if (!outcome && outcome.error().reason == engine::Reason::kUsedSession) ++used;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(used, 7);
}

TEST_F(SecondFactor, AChallengeOfItIsItsUsersAndItsClients) {
  MakeUser("bob");
  MakeUser("carol");
  const auto asked = Challenged<engine::AskCode>(engine::GivePassword{"bob", kPassword});
  EXPECT_EQ(Run(engine::GiveCode{asked.session, "carol", "123456"}).error().reason,
            engine::Reason::kInvalidSession);
  const std::string own = client_;
  client_ = MakeClient(pool_);
  EXPECT_EQ(Run(engine::GiveCode{asked.session, "bob", "123456"}).error().reason,
            engine::Reason::kInvalidSession);
  client_ = own;
  ASSERT_TRUE(Succeeded(
      Admin("AdminSetUserPassword", "bob", {{"Password", kPassword}, {"Permanent", true}})));
  EXPECT_EQ(Run(engine::GiveCode{asked.session, "bob", "123456"}).error().reason,
            engine::Reason::kInvalidSession)
      << "the password was set again meanwhile";
}

}  // namespace
}  // namespace sallyport::operations
