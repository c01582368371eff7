// How wrong passwords are counted, for how long they lock out, and what is kept of them.
#include "domain/password_guesses.h"

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "domain/ceilings.h"
#include "domain/leftover_keeper.h"
#include "domain/password_looks.h"
#include "fixture.h"

namespace sallyport::domain {
namespace {

constexpr int64_t kQuarter = 900'000;

class PasswordGuessesTest : public DomainTest {
 protected:
  PasswordGuessesTest() { services_->ceiling_watch = &watch_; }

  static GuessSubject Of(const User& user) { return GuessSubjectOf(user.pool_id, user.sub); }
  GuessSubject Unknown(int number) {
    return UnknownGuessSubject(*services_, pool_->id, "nobody-" + std::to_string(number));
  }
  PasswordGuesses Read(const GuessSubject& subject) {
    return ReadPasswordGuesses(*store_, *services_, subject).value();
  }
  int64_t WaitOf(const GuessSubject& subject) {
    const PasswordGuesses guesses = Read(subject);
    return guesses.IsLockedOut(time_->watched()) ? guesses.until_millis - time_->watched().millis()
                                                 : 0;
  }
  void BeWrong(const GuessSubject& subject, int times = 1) {
    for (int i = 0; i < times; ++i) {
      ASSERT_TRUE(Succeeded(CommitWrongPassword(*services_, subject)));
    }
  }
  void BeWrongForMany(int from, int to, int times) {
    ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
      for (int number = from; number < to; ++number) {
        for (int i = 0; i < times; ++i) {
          SALLYPORT_TRY(NoteWrongPassword(tx, *services_, Unknown(number)));
        }
      }
      return {};
    })));
  }

  CeilingWatch watch_;
};

TEST_F(PasswordGuessesTest, TheWaitDoublesFromTheFifthOnToAQuarterOfAnHour) {
  const User user = MakeUser(*pool_, "user");
  for (const GuessSubject& subject : {Of(user), Unknown(1)}) {
    const std::vector<int64_t> waits{0,  0,  0,   0,   1,   2,   4,   8,  16,
                                     32, 64, 128, 256, 512, 900, 900, 900};
    for (const int64_t seconds : waits) {
      BeWrong(subject);
      EXPECT_EQ(WaitOf(subject), seconds * 1000) << Read(subject).wrong;
      clock_.AdvanceMillis(seconds * 1000);
      EXPECT_EQ(WaitOf(subject), 0);
    }
  }
}

TEST_F(PasswordGuessesTest, AQuarterOfAnHourAfterTheWaitClearsTheCount) {
  const User user = MakeUser(*pool_, "user");
  for (const GuessSubject& subject : {Of(user), Unknown(1)}) {
    BeWrong(subject, 7);
    clock_.AdvanceMillis(4000 + kQuarter - 1);
    EXPECT_EQ(Read(subject).wrong, 7);
    clock_.AdvanceMillis(1);
    EXPECT_EQ(Read(subject).wrong, 0);
    BeWrong(subject);
    EXPECT_EQ(Read(subject).wrong, 1) << "it begins anew";
    EXPECT_EQ(WaitOf(subject), 0);
  }
}

TEST_F(PasswordGuessesTest, NoWallClockEndsALockOutOrMakesItLonger) {
  const User user = MakeUser(*pool_, "user");
  for (const int64_t step : {int64_t{40} * 86'400'000, int64_t{-86'400'000}}) {
    BeWrong(Of(user), 6);
    clock_.StepWallMillis(step);
    EXPECT_EQ(WaitOf(Of(user)), 2000);
    clock_.StepWallMillis(-step);
    clock_.AdvanceMillis(2000);
    EXPECT_EQ(WaitOf(Of(user)), 0);
    ASSERT_TRUE(Succeeded(
        Commit([&](store::Tx& tx) { return ClearPasswordGuesses(tx, user.pool_id, user.sub); })));
  }
}

TEST_F(PasswordGuessesTest, ADeletedUserLeavesNothingAndIsCountedNoMore) {
  const User user = MakeUser(*pool_, "user");
  BeWrong(Of(user), 5);
  ASSERT_TRUE(
      Succeeded(Commit([&](store::Tx& tx) { return NotePasswordChange(tx, *services_, user); })));
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return DeleteUser(tx, *pool_, user); })));
  // A guess that was under way.
  BeWrong(Of(user));
  EXPECT_EQ(UseOf(*store_, Leftover::kWrongPasswords)->records, 0);
  EXPECT_TRUE(store_->List(kPasswordChangesByExpiry, "", std::nullopt, 1)->empty());
}

TEST_F(PasswordGuessesTest, WhatHasEndedIsDeletedAndALockOutIsNot) {
  const User early = MakeUser(*pool_, "early");
  const User late = MakeUser(*pool_, "late");
  BeWrong(Of(early));
  BeWrong(Unknown(1));
  clock_.AdvanceMillis(kQuarter);
  BeWrong(Of(late), 15);
  BeWrong(Unknown(2), 15);
  clock_.AdvanceMillis(2000);
  LeftoverKeeper keeper(*store_, *time_, settings_.ceilings, watch_);
  ASSERT_TRUE(Succeeded(keeper.Clean()));
  EXPECT_EQ(UseOf(*store_, Leftover::kWrongPasswords)->records, 1);
  EXPECT_EQ(UseOf(*store_, Leftover::kUnknownWrongPasswords)->records, 1);
  EXPECT_GT(WaitOf(Of(late)), 0);
  EXPECT_GT(WaitOf(Unknown(2)), 0);
}

// ---- Ceilings.

TEST_F(PasswordGuessesTest, AtTheCeilingOldCountsGiveWayAndNoLockOutDoes) {
  settings_.ceilings[Leftover::kWrongPasswords] = 8 * kKib;
  std::vector<User> locked, early, late;
  for (int i = 0; i < 10; ++i) locked.push_back(MakeUser(*pool_, "locked-" + std::to_string(i)));
  for (int i = 0; i < 40; ++i) early.push_back(MakeUser(*pool_, "early-" + std::to_string(i)));
  for (int i = 0; i < 40; ++i) late.push_back(MakeUser(*pool_, "late-" + std::to_string(i)));
  for (const User& user : locked) BeWrong(Of(user), 15);
  for (const User& user : early) BeWrong(Of(user), 4);
  clock_.AdvanceMillis(300'000);
  EXPECT_EQ(watch_.times(Leftover::kWrongPasswords), 0U);
  for (const User& user : late) BeWrong(Of(user), 1);
  EXPECT_GT(watch_.times(Leftover::kWrongPasswords), 0U);
  size_t forgotten = 0;
  for (const User& user : early) forgotten += Read(Of(user)).wrong == 0 ? 1 : 0;
  EXPECT_EQ(forgotten, early.size());
  for (const User& user : locked) EXPECT_GT(WaitOf(Of(user)), 0) << user.username;
  LeftoverKeeper keeper(*store_, *time_, settings_.ceilings, watch_);
  ASSERT_TRUE(Succeeded(keeper.Clean()));
  for (const User& user : late) EXPECT_EQ(Read(Of(user)).wrong, 1) << user.username;
}

TEST_F(PasswordGuessesTest, WhereLockOutsFillTheCeilingOthersAreLockedOutAllTheSame) {
  settings_.ceilings[Leftover::kWrongPasswords] = 4 * kKib;
  std::vector<User> locked;
  for (int i = 0; i < 20; ++i) {
    locked.push_back(MakeUser(*pool_, "locked-" + std::to_string(i)));
    BeWrong(Of(locked.back()), 15);
  }
  const User one = MakeUser(*pool_, "one");
  const User other = MakeUser(*pool_, "other");
  // A guess at one does not buy a guess at the other.
  for (int i = 0; i < 6; ++i) {
    BeWrong(Of(one));
    BeWrong(Of(other));
  }
  EXPECT_EQ(WaitOf(Of(one)), 2000);
  EXPECT_EQ(WaitOf(Of(other)), 2000);
  for (const User& user : locked) EXPECT_GT(WaitOf(Of(user)), 0) << user.username;
}

TEST_F(PasswordGuessesTest, NamesThatNobodyHasShareATableOfFixedSizeAndNoLockOutGivesWay) {
  settings_.ceilings[Leftover::kUnknownWrongPasswords] = 16 * kKib;
  BeWrong(Unknown(0), 15);
  BeWrongForMany(1, 400, 1);
  BeWrongForMany(400, 500, 15);
  EXPECT_LE(UseOf(*store_, Leftover::kUnknownWrongPasswords)->bytes, 16 * kKib);
  EXPECT_GT(watch_.times(Leftover::kUnknownWrongPasswords), 0U);
  EXPECT_GT(WaitOf(Unknown(0)), 0);
  const int64_t wait = WaitOf(Unknown(0));
  BeWrongForMany(500, 900, 15);
  EXPECT_EQ(WaitOf(Unknown(0)), wait);
}

// ---- Looks that arrive together.

TEST_F(PasswordGuessesTest, OfManyGuessesAtOnceFiveAreLookedAt) {
  const User user = MakeUser(*pool_, "user");
  for (const GuessSubject& subject : {Of(user), Unknown(1)}) {
    for (const Patience patience : {Patience::kWaits, Patience::kNone}) {
      std::atomic<int> looks = 0, refused = 0;
      std::vector<std::thread> threads;
      for (int i = 0; i < 60; ++i) {
        threads.emplace_back([&] {
          const auto look = services_->password_looks->Reserve(*services_, subject, patience);
          if (!look) {
            EXPECT_EQ(look.error().message, "Password attempts exceeded");
            ++refused;
            return;
          }
          ++looks;
          EXPECT_TRUE(Succeeded(CommitWrongPassword(*services_, subject)));
        });
      }
      for (std::thread& thread : threads) thread.join();
      EXPECT_EQ(looks, 5);
      EXPECT_EQ(refused, 55);
      EXPECT_EQ(Read(subject).wrong, 5);
      clock_.AdvanceMillis(2 * kQuarter);
    }
  }
}

TEST_F(PasswordGuessesTest, ManyRightPasswordsAtOnceAllHaveTheirLook) {
  const User user = MakeUser(*pool_, "user");
  BeWrong(Of(user), 4);
  std::atomic<int> looks = 0, most = 0, under_way = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 30; ++i) {
    threads.emplace_back([&] {
      const auto look = services_->password_looks->Reserve(*services_, Of(user), Patience::kWaits);
      if (!look) return;
      ++looks;
      const int now = ++under_way;
      for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      --under_way;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(looks, 30) << "what is found right counts no more, and those that wait go on";
  EXPECT_EQ(most, 1) << "after four wrong ones another may be the fifth";
  EXPECT_EQ(Read(Of(user)).wrong, 4);
}

TEST_F(PasswordGuessesTest, AfterTheWaitOneLookAtATime) {
  const User user = MakeUser(*pool_, "user");
  BeWrong(Of(user), 8);
  clock_.AdvanceMillis(8000);
  PasswordLooks& all = *services_->password_looks;
  {
    const auto look = all.Reserve(*services_, Of(user), Patience::kNone);
    ASSERT_TRUE(look.ok());
    EXPECT_FALSE(all.Reserve(*services_, Of(user), Patience::kNone).ok());
    BeWrong(Of(user));
  }
  EXPECT_EQ(WaitOf(Of(user)), 16'000);
  EXPECT_FALSE(all.Reserve(*services_, Of(user), Patience::kNone).ok());
  EXPECT_EQ(Read(Of(user)).wrong, 9) << "what is tried during the wait counts for nothing";
  EXPECT_EQ(WaitOf(Of(user)), 16'000);
}

TEST_F(PasswordGuessesTest, OfManyPasswordChangesAtOnceFiveAreAttempts) {
  const User user = MakeUser(*pool_, "user");
  std::atomic<int> attempts = 0, limited = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 40; ++i) {
    threads.emplace_back([&] {
      const auto look = services_->password_looks->ReserveForChange(*services_, user);
      if (!look) {
        limited += look.error().code == "LimitExceededException" ? 1 : 0;
        return;
      }
      ++attempts;
      EXPECT_TRUE(Succeeded(
          Commit([&](store::Tx& tx) { return NotePasswordChange(tx, *services_, user); })));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(attempts, 5);
  EXPECT_EQ(limited, 35);
  clock_.AdvanceMillis(3'600'000);
  EXPECT_TRUE(services_->password_looks->ReserveForChange(*services_, user).ok());
}

}  // namespace
}  // namespace sallyport::domain
