// Passwords that are checked at the same time, and those whose count cannot be committed.
#include "domain/credentials/password_looks.h"

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "domain/credentials/password_guesses.h"
#include "domain/limits/ceilings.h"
#include "fixture.h"
#include "store/remembering.h"

namespace sallyport::domain {
namespace {

constexpr int64_t kQuarterHour = 900'000;

class PasswordLooksTest : public DomainTest {
 protected:
  static GuessSubject Of(const User& user) { return GuessSubjectOf(user.pool_id, user.sub); }
  GuessSubject Nobody() { return UnknownGuessSubject(*services_, pool_->id, "nobody"); }
  PasswordLooks& looks() { return services_->password_looks; }
  PasswordLook Reserve(const GuessSubject& subject) {
    auto look = looks().Reserve(*services_, services_->store, subject);
    return look ? std::move(*look) : PasswordLook();
  }
  PasswordLook AtOnce(const GuessSubject& subject) { return looks().AtOnce(*services_, subject); }
  int64_t WrongOf(const GuessSubject& subject) {
    return looks().Read(*services_, services_->store, subject).value().wrong;
  }
  int64_t KeptOf(const GuessSubject& subject) {
    return ReadPasswordGuesses(*store_, *services_, subject).value().wrong;
  }
  bool IsLockedOut(const GuessSubject& subject) {
    return !looks().CheckNotLockedOut(*services_, services_->store, subject).ok();
  }
  void BeWrong(const GuessSubject& subject, int times) {
    for (int i = 0; i < times; ++i) EXPECT_TRUE(Succeeded(Reserve(subject).Wrong()));
  }
  static base::Status Full(const WrongPasswordNote&) { return store::DiskFullError("a test"); }
  void WaitFor(const std::function<bool()>& done) {
    for (int i = 0; i < 2000 && !done(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
};

// ---- Looks that arrive together.

TEST_F(PasswordLooksTest, WhatWasReservedByAnOlderCountIsJudgedByThePresentOne) {
  const GuessSubject subject = Of(MakeUser(*pool_, "user"));
  store::Remembering older(services_->store);
  EXPECT_EQ(looks().Read(*services_, older, subject).value().wrong, 0);
  BeWrong(subject, 5);
  auto right = looks().Reserve(*services_, older, subject);
  ASSERT_TRUE(right.ok()) << "the count that it saw had room";
  EXPECT_FALSE(right->Right().ok());
  auto wrong = looks().Reserve(*services_, older, subject);
  ASSERT_TRUE(wrong.ok());
  EXPECT_EQ(wrong->Wrong().error().message, "Password attempts exceeded");
  EXPECT_EQ(KeptOf(subject), 5) << "neither was told, and neither counts";
}

TEST_F(PasswordLooksTest, OfManyGuessesAtOnceFiveAreLookedAt) {
  const User user = MakeUser(*pool_, "user");
  for (const GuessSubject& subject : {Of(user), Nobody()}) {
    for (const int way : {0, 1, 2, 3}) {
      std::atomic<int> told = 0, refused = 0;
      std::vector<std::thread> threads;
      for (int i = 0; i < 60; ++i) {
        threads.emplace_back([&, i] {
          const int of = way == 3 ? i % 3 : way;
          auto look = of == 0   ? looks().Reserve(*services_, services_->store, subject)
                      : of == 1 ? looks().ReserveForFunction(*services_, subject)
                                : base::Result<PasswordLook>(AtOnce(subject));
          const base::Status wrong = look ? look->Wrong() : base::Status(look.error());
          if (wrong) {
            ++told;
            return;
          }
          EXPECT_EQ(wrong.error().message, "Password attempts exceeded");
          ++refused;
        });
      }
      for (std::thread& thread : threads) thread.join();
      EXPECT_EQ(told, 5) << way;
      EXPECT_EQ(refused, 55) << way;
      EXPECT_EQ(KeptOf(subject), 5) << way;
      clock_.AdvanceMillis(2 * kQuarterHour);
    }
  }
}

TEST_F(PasswordLooksTest, RightPasswordsAtOnceHaveTheirLookOneAfterTheOther) {
  const User user = MakeUser(*pool_, "user");
  BeWrong(Of(user), 4);
  std::atomic<int> seen = 0, most = 0, under_way = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      const PasswordLook look = Reserve(Of(user));
      if (!look) return;
      ++seen;
      const int now = ++under_way;
      for (int before = most; before < now && !most.compare_exchange_weak(before, now);) {
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      --under_way;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen, 3) << "what is found right counts no more, and those that wait go on";
  EXPECT_EQ(most, 1) << "after four wrong ones another may be the fifth";
  EXPECT_EQ(KeptOf(Of(user)), 4);
}

TEST_F(PasswordLooksTest, TwoOfASubjectWaitAndNoMoreOfAllThanTheLaneSpares) {
  for (const size_t spared : {size_t{1}, size_t{3}}) {
    PasswordLooks few(spared);
    std::vector<GuessSubject> subjects;
    std::vector<PasswordLook> held;
    for (int i = 0; i < 3; ++i) {
      const User user = MakeUser(*pool_, "user-" + std::to_string(spared) + std::to_string(i));
      subjects.push_back(Of(user));
      BeWrong(subjects.back(), 4);
      held.push_back(few.Reserve(*services_, services_->store, subjects.back()).value());
    }
    std::atomic<int> refused = 0, let_in = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 30; ++i) {
      threads.emplace_back([&, i] {
        const auto look =
            few.Reserve(*services_, services_->store, subjects[static_cast<size_t>(i) % 3]);
        ++(look.ok() ? let_in : refused);
      });
    }
    WaitFor([&] { return refused == 30 - static_cast<int>(spared); });
    EXPECT_EQ(refused, 30 - static_cast<int>(spared)) << "at once, not after the wait";
    held.clear();
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(let_in, static_cast<int>(spared));
  }
  PasswordLooks many(100);
  const User user = MakeUser(*pool_, "user");
  BeWrong(Of(user), 4);
  auto held = many.Reserve(*services_, services_->store, Of(user));
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 10; ++i) {
    threads.emplace_back([&] {
      if (!many.Reserve(*services_, services_->store, Of(user)).ok()) ++refused;
    });
  }
  WaitFor([&] { return refused == 8; });
  EXPECT_EQ(refused, 8) << "two of one subject";
  held = base::Result<PasswordLook>(PasswordLook());
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(refused, 8);
}

TEST_F(PasswordLooksTest, ARightProofNeedsNoRoomAndAWrongOneIsCountedWhateverIsUnderWay) {
  const User user = MakeUser(*pool_, "user");
  std::vector<PasswordLook> hashed;
  for (int i = 0; i < 5; ++i) hashed.push_back(Reserve(Of(user)));
  EXPECT_TRUE(Succeeded(AtOnce(Of(user)).Right())) << "no lock-out is in force";
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Succeeded(AtOnce(Of(user)).Wrong())) << i;
  EXPECT_FALSE(AtOnce(Of(user)).Right().ok());
  // Five get an answer, whatever was found.
  for (PasswordLook& look : hashed) EXPECT_FALSE(look.Wrong().ok());
  EXPECT_EQ(KeptOf(Of(user)), 5);
}

TEST_F(PasswordLooksTest, WhileTheFifthWrongOneIsBeingNotedNothingIsToldOfAnother) {
  const User user = MakeUser(*pool_, "user");
  BeWrong(Of(user), 4);
  PasswordLook other = AtOnce(Of(user));
  EXPECT_TRUE(Succeeded(AtOnce(Of(user)).Wrong([&](const WrongPasswordNote& note) {
    EXPECT_FALSE(other.Right().ok());
    EXPECT_FALSE(other.Wrong().ok());
    const base::Status noted = Commit([&](store::Tx& tx) { return note(tx); });
    EXPECT_FALSE(other.Right().ok());
    return noted;
  })));
  EXPECT_EQ(KeptOf(Of(user)), 5);
}

TEST_F(PasswordLooksTest, AfterTheWaitOneLookAtATime) {
  const User user = MakeUser(*pool_, "user");
  BeWrong(Of(user), 5);
  clock_.AdvanceMillis(1000);
  PasswordLook look = Reserve(Of(user));
  ASSERT_TRUE(look);
  EXPECT_FALSE(looks().ReserveForFunction(*services_, Of(user)).ok());
  EXPECT_TRUE(Succeeded(AtOnce(Of(user)).Right()));
  EXPECT_TRUE(Succeeded(look.Wrong()));
  EXPECT_FALSE(Reserve(Of(user)));
  EXPECT_EQ(KeptOf(Of(user)), 6) << "what is tried during the wait counts for nothing";
  clock_.AdvanceMillis(1999);
  EXPECT_TRUE(IsLockedOut(Of(user)));
  clock_.AdvanceMillis(1);
  EXPECT_FALSE(IsLockedOut(Of(user)));
}

TEST_F(PasswordLooksTest, OfManyPasswordChangesAtOnceFiveAreAttempts) {
  const User user = MakeUser(*pool_, "user");
  std::atomic<int> attempts = 0;
  for (int round = 0; round < 3; ++round) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 20; ++i) {
      threads.emplace_back([&] {
        const auto look = looks().ReserveForChange(*services_, user);
        if (!look) return;
        ++attempts;
        EXPECT_TRUE(Succeeded(
            Commit([&](store::Tx& tx) { return NotePasswordChange(tx, *services_, user); })));
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(attempts, 5);
  EXPECT_EQ(looks().ReserveForChange(*services_, user).error().code, "LimitExceededException");
  clock_.AdvanceMillis(3'600'000);
  EXPECT_TRUE(looks().ReserveForChange(*services_, user).ok());
}

// ---- What cannot be noted.

TEST_F(PasswordLooksTest, AWrongPasswordThatCannotBeNotedCountsInMemory) {
  const User user = MakeUser(*pool_, "user");
  for (const GuessSubject& subject : {Of(user), Nobody()}) {
    BeWrong(subject, 2);
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(store::IsDiskFull(Reserve(subject).Wrong(Full).error()));
    }
    EXPECT_EQ(KeptOf(subject), 2);
    EXPECT_EQ(WrongOf(subject), 5);
    EXPECT_TRUE(IsLockedOut(subject));
    EXPECT_FALSE(Reserve(subject));
    EXPECT_FALSE(looks().ReserveForFunction(*services_, subject).ok());
    EXPECT_FALSE(AtOnce(subject).Right().ok());
    clock_.AdvanceMillis(1000);
    EXPECT_TRUE(store::IsDiskFull(Reserve(subject).Wrong(Full).error()));
    clock_.AdvanceMillis(1999);
    EXPECT_TRUE(IsLockedOut(subject));
    clock_.AdvanceMillis(1);
    // The disk has room again, and the next note includes the earlier ones.
    EXPECT_TRUE(Succeeded(Reserve(subject).Wrong()));
    EXPECT_EQ(KeptOf(subject), 7);
    EXPECT_EQ(WrongOf(subject), 7);
    clock_.AdvanceMillis(3999);
    EXPECT_TRUE(IsLockedOut(subject));
  }
}

TEST_F(PasswordLooksTest, WhatIsInMemoryEndsByItsTimeAndWhenItIsForgotten) {
  const GuessSubject subject = Of(MakeUser(*pool_, "user"));
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(Reserve(subject).Wrong(Full).ok());
  clock_.AdvanceMillis(kQuarterHour - 1);
  EXPECT_EQ(WrongOf(subject), 4);
  clock_.AdvanceMillis(1);
  EXPECT_EQ(WrongOf(subject), 0);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(Reserve(subject).Wrong(Full).ok());
  EXPECT_TRUE(IsLockedOut(subject));
  looks().Forget(subject);
  EXPECT_FALSE(IsLockedOut(subject));
}

TEST_F(PasswordLooksTest, WhatIsNotJudgedCountsForNothing) {
  const GuessSubject subject = Nobody();
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(looks().ReserveForFunction(*services_, subject).ok());
    EXPECT_TRUE(Reserve(subject));
  }
  EXPECT_EQ(WrongOf(subject), 0);
}

}  // namespace
}  // namespace sallyport::domain
