// Looks at passwords on two servers of one store.
#include "domain/credentials/shared_looks.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "domain/credentials/password_guesses.h"
#include "domain/credentials/password_looks.h"
#include "domain/records/commit.h"
#include "fixture.h"
#include "full_store.h"
#include "store/peers.h"

namespace sallyport::domain {
namespace {

// There is always another server.
class OtherServer final : public store::Peers {
 public:
  store::PeersSeen Seen() const override {
    store::PeersSeen seen;
    seen.others_hold = alone ? store::kNobodyHolds : 0;
    return seen;
  }
  uint64_t AskForBeat() override { return 0; }
  void TakeOver() override {}
  void Hold(uint64_t, bool) override {}
  void OnBeat(std::function<void()>) override {}

  bool alone = false;
};

class StoreOfTwo final : public FullStore {
 public:
  using FullStore::FullStore;
  store::Peers* peers() override { return &other_; }
  OtherServer& other() { return other_; }

 private:
  OtherServer other_;
};

class SharedLooksTest : public DomainTest {
 protected:
  SharedLooksTest() {
    shared_ = std::make_unique<StoreOfTwo>(*store_);
    one_ = Server(one_looks_);
    other_ = Server(other_looks_);
    user_ = MakeUser(*pool_, "user");
  }
  std::unique_ptr<Services> Server(PasswordLooks& looks) {
    const Services& of = *services_;
    return std::make_unique<Services>(Services{.settings = of.settings,
                                               .clock = of.clock,
                                               .store = *shared_,
                                               .keys = of.keys,
                                               .passwords = of.passwords,
                                               .vault = of.vault,
                                               .families = of.families,
                                               .password_looks = looks,
                                               .issuing_stopped = of.issuing_stopped});
  }
  GuessSubject subject() const { return GuessSubjectOf(user_.pool_id, user_.sub); }
  static base::Result<PasswordLook> Reserve(const Services& server, const GuessSubject& subject) {
    // Nobody waits.
    return server.password_looks.ReserveForFunction(server, subject);
  }

  std::unique_ptr<StoreOfTwo> shared_;
  PasswordLooks one_looks_, other_looks_;
  std::unique_ptr<Services> one_, other_;
  User user_;
};

TEST_F(SharedLooksTest, OfManyGuessesAtBothServersFiveAreLookedAt) {
  std::vector<PasswordLook> looks;
  int refused = 0;
  for (int i = 0; i < 12; ++i) {
    auto look = Reserve(i % 2 == 0 ? *one_ : *other_, subject());
    if (look) {
      looks.push_back(std::move(*look));
    } else {
      ++refused;
    }
  }
  EXPECT_EQ(looks.size(), 5u);
  EXPECT_EQ(refused, 7);
  for (PasswordLook& look : looks) EXPECT_TRUE(Succeeded(look.Wrong()));
  EXPECT_FALSE(one_looks_.CheckNotLockedOut(*one_, one_->store, subject()).ok());
  EXPECT_FALSE(other_looks_.CheckNotLockedOut(*other_, other_->store, subject()).ok());
}

TEST_F(SharedLooksTest, ALookThatHasEndedLeavesNothingBehind) {
  {
    auto look = Reserve(*one_, subject());
    ASSERT_TRUE(look.ok());
    EXPECT_TRUE(Succeeded(look->Right()));
  }
  EXPECT_TRUE(store_->List(kPasswordLooksByExpiry, "", std::nullopt, 10).value().empty());
  {
    auto look = Reserve(*one_, subject());
    ASSERT_TRUE(look.ok());
    EXPECT_TRUE(Succeeded(look->Wrong()));
  }
  EXPECT_TRUE(store_->List(kPasswordLooksByExpiry, "", std::nullopt, 10).value().empty());
  EXPECT_EQ(ReadPasswordGuesses(*store_, *one_, subject()).value().wrong, 1);
}

TEST_F(SharedLooksTest, AWrongPasswordIsNotToldWhenTheOtherServerHasUsedTheAttemptsUp) {
  PasswordLook look = one_looks_.AtOnce(*one_, subject());
  const base::Status told = look.Wrong([&](const WrongPasswordNote& note) {
    // Between its judgement and its commit.
    for (int i = 0; i < 5; ++i) {
      EXPECT_TRUE(domain::Commit(*other_, [&](store::Tx& tx) {
                    return NoteWrongPassword(tx, *other_, subject());
                  }).ok());
    }
    return domain::Commit(*one_, note);
  });
  ASSERT_FALSE(told.ok());
  EXPECT_EQ(told.error().message, "Password attempts exceeded");
}

TEST_F(SharedLooksTest, ARightPasswordIsAcceptedByTheCommitThatFindsAttemptsLeft) {
  const auto kept = [&] { return ReadPasswordGuesses(*store_, *one_, subject()).value().wrong; };
  const auto note_at_other = [&] {
    EXPECT_TRUE(domain::Commit(*other_, [&](store::Tx& tx) {
                  return NoteWrongPassword(tx, *other_, subject());
                }).ok());
  };
  {
    auto look = one_looks_.Reserve(*one_, one_->store, subject());
    ASSERT_TRUE(look.ok());
    note_at_other();
    const auto right = look->RightSoFar();
    ASSERT_TRUE(right.ok() && *right != nullptr);
    EXPECT_TRUE(domain::Commit(*one_, [&](store::Tx& tx) { return (*right)->Accept(tx); }).ok());
    (*right)->NoteAccepted();
    EXPECT_EQ(kept(), 0) << "it clears the count";
  }
  EXPECT_TRUE(store_->List(kPasswordLooksByExpiry, "", std::nullopt, 10).value().empty());
  {
    auto look = one_looks_.Reserve(*one_, one_->store, subject());
    ASSERT_TRUE(look.ok());
    const auto right = look->RightSoFar();
    ASSERT_TRUE(right.ok() && *right != nullptr);
    // Between what this server knows and its commit.
    for (int i = 0; i < 5; ++i) note_at_other();
    const base::Status told =
        domain::Commit(*one_, [&](store::Tx& tx) { return (*right)->Accept(tx); });
    ASSERT_FALSE(told.ok());
    EXPECT_EQ(told.error().message, "Password attempts exceeded");
    EXPECT_EQ(kept(), 5);
    EXPECT_FALSE(store_->List(kPasswordLooksByExpiry, "", std::nullopt, 10).value().empty());
  }
  EXPECT_TRUE(store_->List(kPasswordLooksByExpiry, "", std::nullopt, 10).value().empty())
      << "one that was not accepted ends, too";
}

// For instance because the access token would be too long.
TEST_F(SharedLooksTest, ASignInThatIsRefusedBeforeItsCommitTellsNothingOfThePasswordInALockOut) {
  auto look = one_looks_.Reserve(*one_, one_->store, subject());
  ASSERT_TRUE(look.ok());
  const auto right = look->RightSoFar();
  ASSERT_TRUE(right.ok() && *right != nullptr);
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(domain::Commit(*other_, [&](store::Tx& tx) {
                  return NoteWrongPassword(tx, *other_, subject());
                }).ok());
  }
  const base::Status told = (*right)->JudgeRefused();
  ASSERT_FALSE(told.ok());
  EXPECT_EQ(told.error().message, "Password attempts exceeded");
}

TEST_F(SharedLooksTest, ARefusedSignInEndsTheLookAndLeavesTheCount) {
  EXPECT_TRUE(domain::Commit(*other_, [&](store::Tx& tx) {
                return NoteWrongPassword(tx, *other_, subject());
              }).ok());
  auto look = one_looks_.Reserve(*one_, one_->store, subject());
  ASSERT_TRUE(look.ok());
  const auto right = look->RightSoFar();
  ASSERT_TRUE(right.ok() && *right != nullptr);
  EXPECT_TRUE(Succeeded((*right)->JudgeRefused()));
  EXPECT_TRUE(store_->List(kPasswordLooksByExpiry, "", std::nullopt, 10).value().empty());
  EXPECT_EQ(ReadPasswordGuesses(*store_, *one_, subject()).value().wrong, 1);
}

TEST_F(SharedLooksTest, WithoutAnotherServerNothingIsReservedInTheStore) {
  shared_->other().alone = true;
  const auto look = Reserve(*one_, subject());
  ASSERT_TRUE(look.ok());
  EXPECT_TRUE(store_->List(kPasswordLooksByExpiry, "", std::nullopt, 10).value().empty());
}

}  // namespace
}  // namespace sallyport::domain
