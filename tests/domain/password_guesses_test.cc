// How wrong passwords are counted, for how long they lock a user out, and what is stored of that.
#include "domain/credentials/password_guesses.h"

#include <optional>
#include <string>
#include <vector>

#include "domain/credentials/password_looks.h"
#include "domain/limits/ceilings.h"
#include "domain/users/user_removal.h"
#include "fixture.h"
#include "upkeep/leftover_keeper.h"

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
      ASSERT_TRUE(Succeeded(
          Commit([&](store::Tx& tx) { return NoteWrongPassword(tx, *services_, subject); })));
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
  upkeep::LeftoverKeeper keeper(*store_, *time_, settings_.ceilings, watch_);
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
  upkeep::LeftoverKeeper keeper(*store_, *time_, settings_.ceilings, watch_);
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
  // A guess at one place does not allow another guess at the other place.
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

TEST_F(PasswordGuessesTest, AnUnknownNamesCountGivesWayFiveMinutesAfterAsAUsersDoes) {
  settings_.ceilings[Leftover::kUnknownWrongPasswords] = 1;  // one record
  BeWrong(Unknown(0), 4);
  BeWrongForMany(1, 200, 1);
  EXPECT_EQ(Read(Unknown(0)).wrong, 4) << "a spray of names has not freed its place";
  clock_.AdvanceMillis(299'999);
  BeWrongForMany(200, 300, 1);
  EXPECT_EQ(Read(Unknown(0)).wrong, 4);
  clock_.AdvanceMillis(1);
  BeWrong(Unknown(300));
  EXPECT_EQ(Read(Unknown(0)).wrong, 0);
  EXPECT_EQ(Read(Unknown(300)).wrong, 1);
}

TEST_F(PasswordGuessesTest, NoFunctionIsAskedForANameThatCannotBeNoted) {
  settings_.ceilings[Leftover::kUnknownWrongPasswords] = 1;
  PasswordLooks& looks = services_->password_looks;
  EXPECT_TRUE(looks.ReserveForFunction(*services_, Unknown(200)).ok());
  BeWrongForMany(0, 200, 1);
  EXPECT_FALSE(looks.ReserveForFunction(*services_, Unknown(200)).ok());
  EXPECT_TRUE(looks.ReserveForFunction(*services_, Unknown(0)).ok()) << "it has its place";
  clock_.AdvanceMillis(300'000);
  EXPECT_TRUE(looks.ReserveForFunction(*services_, Unknown(200)).ok());
}

// ---- What is kept is damaged.

// Damaged records of a user. None of them allows more guesses than a valid one.
constexpr const char* kDamaged[] = {"",
                                    "garbage",
                                    "[]",
                                    "{}",
                                    R"({"Wrong":3})",
                                    R"({"Until":3})",
                                    R"({"Wrong":"9","Until":1})",
                                    R"({"Wrong":0,"Until":1})",
                                    R"({"Wrong":-4,"Until":1})",
                                    R"({"Wrong":4294967296,"Until":1})",
                                    R"({"Wrong":3,"Until":-1})",
                                    R"({"Wrong":3,"Until":9.5e30})",
                                    R"({"Wrong":3,"Until":9223372036854775807})",
                                    R"({"Wrong":3,"Until":18446744073709551615})"};

TEST_F(PasswordGuessesTest, ADamagedRecordLocksOutForTheGreatestWaitAndIsNotedAnew) {
  const User user = MakeUser(*pool_, "user");
  const std::string key = Of(user).Key();
  for (const std::string bytes : kDamaged) {
    ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return tx.Put(key, bytes, {}); })));
    EXPECT_EQ(WaitOf(Of(user)), kQuarter) << bytes;
    EXPECT_FALSE(services_->password_looks.Reserve(*services_, services_->store, Of(user)).ok())
        << bytes;
    EXPECT_TRUE(FailedWith(
        services_->password_looks.CheckNotLockedOut(*services_, services_->store, Of(user)),
        "NotAuthorizedException", "Password attempts exceeded"))
        << bytes;
    EXPECT_FALSE(Read(Of(user)).damaged) << bytes;
    clock_.AdvanceMillis(kQuarter);
    EXPECT_TRUE(Succeeded(
        services_->password_looks.CheckNotLockedOut(*services_, services_->store, Of(user))))
        << bytes;
    BeWrong(Of(user));
    EXPECT_EQ(WaitOf(Of(user)), kQuarter) << bytes;
    clock_.AdvanceMillis(2 * kQuarter);
  }
}

TEST_F(PasswordGuessesTest, ADamagedPlaceOfAnUnknownNameLocksItOut) {
  settings_.ceilings[Leftover::kUnknownWrongPasswords] = 1;  // one record
  const std::string key = "unknown-wrong-passwords/0";
  BeWrong(Unknown(1));
  const std::string whole = store_->Get(key).value().value();
  const std::string tag = whole.substr(0, whole.find('[')), other = R"(,"other":[1,1]})";
  for (const std::string place :
       {"\"x\"", "[]", "[1]", "[1,2,3]", "[0,1]", "[-1,1]", "[1,-1]", "[1.5,1]", "[\"1\",1]",
        "[1,9223372036854775807]", "[1,9.5e30]"}) {
    const std::string bytes = tag + place + other;
    ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return tx.Put(key, bytes, {}); })));
    EXPECT_EQ(WaitOf(Unknown(1)), kQuarter) << bytes;
    EXPECT_EQ(WaitOf(Unknown(2)), 0) << bytes;
    // A note for another name keeps the count alive, and the count ends by the note's time.
    BeWrong(Unknown(2));
    EXPECT_FALSE(Read(Unknown(1)).damaged) << bytes;
    clock_.AdvanceMillis(kQuarter);
    EXPECT_EQ(WaitOf(Unknown(1)), 0) << bytes;
    clock_.AdvanceMillis(kQuarter);
  }
  for (const std::string bytes : {"", "garbage", "[]"}) {
    ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return tx.Put(key, bytes, {}); })));
    EXPECT_EQ(WaitOf(Unknown(1)), kQuarter) << "it may have been in the record";
    BeWrong(Unknown(3));
    EXPECT_EQ(WaitOf(Unknown(1)), kQuarter);
    clock_.AdvanceMillis(kQuarter);
    EXPECT_EQ(WaitOf(Unknown(1)), 0) << bytes;
    clock_.AdvanceMillis(kQuarter);
  }
}

TEST_F(PasswordGuessesTest, ADamagedCountOfPasswordChangesIsAllOfAnHour) {
  const User user = MakeUser(*pool_, "user");
  const std::string key = "password-changes/" + user.pool_id + "/" + user.sub;
  for (const std::string bytes :
       {"garbage", "{}", R"({"Attempts":"1","Since":1})", R"({"Attempts":-9,"Since":1})",
        R"({"Attempts":1,"Since":-9223372036854775808})",
        R"({"Attempts":1,"Since":9223372036854775807})"}) {
    ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return tx.Put(key, bytes, {}); })));
    EXPECT_EQ(services_->password_looks.ReserveForChange(*services_, user).error().code,
              "LimitExceededException")
        << bytes;
    clock_.AdvanceMillis(3'599'999);
    EXPECT_FALSE(services_->password_looks.ReserveForChange(*services_, user).ok()) << bytes;
    clock_.AdvanceMillis(1);
    EXPECT_TRUE(services_->password_looks.ReserveForChange(*services_, user).ok()) << bytes;
  }
}

TEST_F(PasswordGuessesTest, ADamagedRecordStopsNoNoteOfAnotherUser) {
  settings_.ceilings[Leftover::kWrongPasswords] = 4 * kKib;
  std::vector<User> users;
  for (int i = 0; i < 20; ++i) {
    users.push_back(MakeUser(*pool_, "user-" + std::to_string(i)));
    BeWrong(Of(users.back()));
  }
  // Those that would be deleted first; their index rows stay.
  for (size_t i = 0; i < 3; ++i) {
    const std::string key = Of(users[i]).Key();
    const std::string bytes = store_->Get(key).value().value();
    ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(const bool there, tx.Exchange(key, bytes, "garbage"));
      EXPECT_TRUE(there);
      return {};
    })));
  }
  BeWrong(Of(users[10]), 4);
  EXPECT_EQ(WaitOf(Of(users[10])), 1000);
  clock_.AdvanceMillis(301'000);
  for (int i = 0; i < 10; ++i) BeWrong(Of(users[10]));
  EXPECT_TRUE(HasRoom(*store_, settings_.ceilings, Leftover::kWrongPasswords).value())
      << "those whose time has come give way, whatever they hold";
}

}  // namespace
}  // namespace sallyport::domain
