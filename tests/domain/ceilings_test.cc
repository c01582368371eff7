// What callers without credentials leave is counted exactly and bounded, and nothing that protects
// somebody is deleted for it.
#include "ceilings_fixture.h"

namespace sallyport::domain {
namespace {

TEST_F(CeilingsTest, NamesThatNobodyHasShareATableOfFixedSize) {
  settings_.ceilings[Leftover::kUnknownNames] = 64 * kKib;
  SendToMany(3000);
  const LeftoverUse full = Use(Leftover::kUnknownNames);
  EXPECT_GT(full.bytes, 32 * kKib) << "it is made use of";
  EXPECT_LE(full.bytes, 64 * kKib);
  EXPECT_LE(full.records, UnknownRecords(64 * kKib));
  EXPECT_TRUE(store_->List(kCodesByExpiry, "", std::nullopt, 1)->empty());
  // All of it expires.
  upkeep::LeftoverKeeper keeper(*store_, *time_, settings_.ceilings, watch_);
  clock_.AdvanceMillis(kHour / 2);
  ASSERT_TRUE(Succeeded(keeper.Clean()));
  EXPECT_EQ(Use(Leftover::kUnknownNames).records, full.records);
  clock_.AdvanceMillis(kHour);
  ASSERT_TRUE(Succeeded(keeper.Clean()));
  EXPECT_EQ(Use(Leftover::kUnknownNames).records, 0);
  ExpectExactCounts();
}

TEST_F(CeilingsTest, AnUnknownNameIsRememberedAmongManyAsAUserIs) {
  pool_ = MakePool(CaseInsensitive());
  const CodeSlot slot = UnknownSlot(*services_, *pool_, "Nobody", CodePurpose::kForgotPassword);
  EXPECT_EQ(Guess(slot, "123456").refusal->code, "ExpiredCodeException");
  EXPECT_EQ(Use(Leftover::kUnknownNames).records, 0) << "a guess in vain leaves nothing";
  ASSERT_TRUE(Succeeded(SendUnknown("nobody", CodePurpose::kForgotPassword)));
  SendToMany(300);
  const CodeSlot sign_up = UnknownSlot(*services_, *pool_, "nobody", CodePurpose::kSignUp);
  EXPECT_EQ(Guess(sign_up, "123456").refusal->code, "ExpiredCodeException") << "its own purpose";
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Guess(slot, "123456").refusal->code, "CodeMismatchException");
  }
  EXPECT_EQ(Guess(slot, "123456").refusal->code, "LimitExceededException");
  clock_.AdvanceMillis(kHour / 4);
  EXPECT_EQ(Guess(slot, "123456").refusal->code, "ExpiredCodeException");
  for (int i = 1; i < 20; ++i) {
    ASSERT_TRUE(Succeeded(SendUnknown("nobody", CodePurpose::kForgotPassword)));
  }
  EXPECT_EQ(SendUnknown("nobody", CodePurpose::kForgotPassword).error().code,
            "LimitExceededException");
}

TEST_F(CeilingsTest, CodesOfUsersAreNeverEvictedAndTheirHoldersMayAskAgain) {
  settings_.ceilings[Leftover::kCodes] = 8 * kKib;
  std::vector<User> users;
  base::Status sent;
  while (sent.ok() && users.size() < 100) {
    users.push_back(MakeUser(*pool_, "user" + std::to_string(users.size())));
    sent = Send(users.back(), CodeAsker::kAnybody);
  }
  EXPECT_TRUE(FailedWith(sent, "TooManyRequestsException",
                         "Too many codes are waiting to be used. Please try again later."));
  EXPECT_GT(users.size(), 3U);
  EXPECT_LT(users.size(), 30U);
  const User latecomer = users.back();
  users.pop_back();
  // The answer for a name that nobody has is the same.
  EXPECT_EQ(SendUnknown("nobody", CodePurpose::kForgotPassword).error().code,
            "TooManyRequestsException");
  for (const User& user : users) {
    EXPECT_FALSE(Guess({pool_->id, user.sub, CodePurpose::kForgotPassword}, "123456").refusal);
    EXPECT_TRUE(Succeeded(Send(user, CodeAsker::kAnybody, "654321"))) << "takes no more room";
  }
  // A user whom an administrator makes is neither refused nor counted.
  const LeftoverUse before = Use(Leftover::kCodes);
  EXPECT_TRUE(Succeeded(Send(latecomer, CodeAsker::kCredentials)));
  EXPECT_EQ(Use(Leftover::kCodes).records, before.records);
  EXPECT_FALSE(Guess({pool_->id, latecomer.sub, CodePurpose::kForgotPassword}, "123456").refusal);
  // A lock-out that is in force stays.
  const CodeSlot locked{pool_->id, users[0].sub, CodePurpose::kForgotPassword};
  for (int i = 0; i < 5; ++i) Guess(locked, "000000");
  upkeep::LeftoverKeeper keeper(*store_, *time_, settings_.ceilings, watch_);
  ASSERT_TRUE(Succeeded(keeper.Clean()));
  EXPECT_EQ(Guess(locked, "654321").refusal->code, "LimitExceededException");
  // A code that was used, or whose user was deleted, is no longer counted.
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return DeleteUser(tx, *pool_, users[1]); })));
  EXPECT_EQ(Use(Leftover::kCodes).records, before.records - 1);
  clock_.AdvanceMillis(2 * kHour);
  ASSERT_TRUE(Succeeded(keeper.Clean()));
  EXPECT_EQ(Use(Leftover::kCodes).records, 0);
  EXPECT_GT(watch_.times(Leftover::kCodes), 1U);
  ExpectExactCounts();
}

TEST_F(CeilingsTest, ASignUpWhoseCodeIsAliveIsNeverEvictedForAnother) {
  settings_.ceilings[Leftover::kSignUps] = 64 * kKib;
  const std::vector<User> users = FillSignUps();
  ASSERT_GT(users.size(), 3U);
  EXPECT_TRUE(FailedWith(CheckRoomForSignUp(*store_, *services_), "TooManyRequestsException",
                         "Too many sign-ups wait to be confirmed. Please try again later."));
  clock_.AdvanceMillis(24 * kHour - 1000);
  EXPECT_FALSE(SignUp("early").ok());
  for (const User& user : users) EXPECT_TRUE(Exists(user));
  // The first user has asked for another code.
  User renewed = users[0];
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(auto user, GetUser(tx, renewed.pool_id, renewed.sub));
    user->sign_up = {true, clock_.WallMillis() + 24 * kHour};
    return PutUser(tx, *user);
  })));
  clock_.AdvanceMillis(2000);
  EXPECT_TRUE(Succeeded(CheckRoomForSignUp(*store_, *services_)));
  const auto late = SignUp("late");
  ASSERT_TRUE(Succeeded(StatusOf(late)));
  EXPECT_TRUE(Exists(renewed));
  EXPECT_TRUE(Exists(*late));
  size_t gone = 0;
  for (const User& user : users) {
    if (Exists(user)) continue;
    ++gone;
    EXPECT_FALSE(FindUser(*store_, *pool_, user.username).value()) << "its name is free again";
  }
  EXPECT_GE(gone, 1U);
  EXPECT_LT(gone, users.size() - 1) << "no more than it takes";
  ExpectExactCounts();
}

TEST_F(CeilingsTest, AConfirmedOrDeletedUserCountsNoMoreAsASignUp) {
  User user = SignUp("alice").value();
  const User other = SignUp("bob").value();
  EXPECT_EQ(Use(Leftover::kSignUps).records, 2);
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(auto present, GetUser(tx, user.pool_id, user.sub));
    present->status = kConfirmed;
    return UpdateUser(tx, *pool_, *present);
  })));
  EXPECT_EQ(Use(Leftover::kSignUps).records, 1);
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return DeleteUser(tx, *pool_, other); })));
  EXPECT_EQ(Use(Leftover::kSignUps).records, 0);
  // However old it is and whatever the ceiling is, it is not a leftover any more.
  settings_.ceilings[Leftover::kSignUps] = 1;
  clock_.AdvanceMillis(400 * 24 * kHour);
  upkeep::LeftoverKeeper keeper(*store_, *time_, settings_.ceilings, watch_);
  ASSERT_TRUE(Succeeded(keeper.Clean()));
  EXPECT_TRUE(Exists(user));
  ExpectExactCounts();
}

TEST_F(CeilingsTest, OneThatAnAdministratorIsToConfirmGoesByItsAgeAlone) {
  settings_.ceilings[Leftover::kSignUps] = 48 * kKib;
  const std::vector<User> users = FillSignUps(false);
  clock_.AdvanceMillis(29 * 24 * kHour);
  EXPECT_FALSE(SignUp("more").ok());
  upkeep::LeftoverKeeper keeper(*store_, *time_, settings_.ceilings, watch_);
  ASSERT_TRUE(Succeeded(keeper.Clean()));
  for (const User& user : users) EXPECT_TRUE(Exists(user));
  clock_.AdvanceMillis(24 * kHour + 1000);
  ASSERT_TRUE(Succeeded(keeper.Clean()));
  for (const User& user : users) EXPECT_FALSE(Exists(user));
  EXPECT_TRUE(SignUp("more").ok());
  ExpectExactCounts();
}

TEST_F(CeilingsTest, SignUpsExpireAfterTheirLastCode) {
  const User user = SignUp("alice").value();
  upkeep::LeftoverKeeper keeper(*store_, *time_, settings_.ceilings, watch_);
  clock_.AdvanceMillis(31 * 24 * kHour - 1000);
  ASSERT_TRUE(Succeeded(keeper.Clean()));
  EXPECT_TRUE(Exists(user));
  clock_.AdvanceMillis(2000);
  ASSERT_TRUE(Succeeded(keeper.Clean()));
  EXPECT_FALSE(Exists(user));
  EXPECT_EQ(Use(Leftover::kSignUps).records, 0);
}

TEST_F(CeilingsTest, SignUpsOfAnOlderVersionAreCountedOnceAndBeginToAge) {
  // As earlier versions wrote them: without a state, and therefore without a row.
  const auto old = [&](std::string_view name) {
    User user = MakeUser(*pool_, name);
    EXPECT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(auto present, GetUser(tx, user.pool_id, user.sub));
      present->status = kUnconfirmed;
      return UpdateUser(tx, *pool_, *present);
    })));
    return user;
  };
  const User alice = old("alice");
  const User bob = old("bob");
  const User confirmed = MakeUser(*pool_, "carol");
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) {
    return PutCode(tx, *services_, {pool_->id, bob.sub, CodePurpose::kSignUp}, "1", {},
                   CodeAsker::kAnybody);
  })));
  EXPECT_EQ(Use(Leftover::kSignUps).records, 0);
  ASSERT_TRUE(Succeeded(IndexSignUps(*services_)));
  EXPECT_EQ(Use(Leftover::kSignUps).records, 2);
  EXPECT_FALSE(Reread(alice).sign_up.code_sent);
  EXPECT_TRUE(Reread(bob).sign_up.code_sent);
  const uint64_t version = Reread(alice).version;
  clock_.AdvanceMillis(24 * kHour);
  ASSERT_TRUE(Succeeded(IndexSignUps(*services_)));
  EXPECT_EQ(Reread(alice).version, version) << "once in the life of a store";
  upkeep::LeftoverKeeper keeper(*store_, *time_, settings_.ceilings, watch_);
  clock_.AdvanceMillis(28 * 24 * kHour);
  ASSERT_TRUE(Succeeded(keeper.Clean()));
  EXPECT_TRUE(Exists(alice));
  clock_.AdvanceMillis(25 * kHour);
  ASSERT_TRUE(Succeeded(keeper.Clean()));
  EXPECT_FALSE(Exists(alice));
  EXPECT_TRUE(Exists(bob)) << "its code served a day longer";
  EXPECT_TRUE(Exists(confirmed));
  ExpectExactCounts();
}

TEST_F(CeilingsTest, ChallengesGiveWayOnlyWhenTheyHaveExpired) {
  settings_.ceilings[Leftover::kChallenges] = 16 * kKib;
  std::vector<std::string> sessions;
  base::Status asked;
  while (asked.ok() && sessions.size() < 100) {
    sessions.push_back("session" + std::to_string(sessions.size()));
    asked = Ask(sessions.back());
  }
  EXPECT_TRUE(FailedWith(asked, "TooManyRequestsException",
                         "Too many sign-ins are under way. Please try again later."));
  sessions.pop_back();
  ASSERT_GT(sessions.size(), 3U);
  for (const std::string& session : sessions) {
    EXPECT_TRUE(GetChallenge(*store_, *services_, session, "CUSTOM_CHALLENGE", client_->id).ok());
  }
  clock_.AdvanceMillis(181'000);
  EXPECT_TRUE(Succeeded(Ask("large", 6'000))) << "in the place of several small ones";
  EXPECT_LT(Use(Leftover::kChallenges).bytes, 32 * kKib);
  // A session that was deleted to make room is refused like one that never existed, so it cannot be
  // replayed.
  EXPECT_EQ(
      GetChallenge(*store_, *services_, sessions[0], "CUSTOM_CHALLENGE", client_->id).error().code,
      "NotAuthorizedException");
  // The choice of a first password is not a leftover, and is never refused.
  ChallengeRecord other = CustomChallenge(0);
  other.by_anybody = false;
  EXPECT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return PutChallenge(tx, "other", other); })));
  upkeep::LeftoverKeeper keeper(*store_, *time_, settings_.ceilings, watch_);
  clock_.AdvanceMillis(2 * kHour);
  ASSERT_TRUE(Succeeded(keeper.Clean()));
  EXPECT_EQ(Use(Leftover::kChallenges).records, 0);
  ExpectExactCounts();
}

TEST_F(CeilingsTest, AnAnsweredSessionStaysAnsweredUntilItHasExpired) {
  SessionNumbers numbers, later_run;
  std::vector<SessionNumber> sessions;
  for (int i = 0; i < 4096 + 10; ++i) sessions.push_back(numbers.Next());
  std::set<std::pair<std::string, uint64_t>> distinct;
  for (const auto& session : sessions) distinct.insert({session.run, session.number});
  EXPECT_EQ(distinct.size(), sessions.size());
  for (const size_t i : {size_t{0}, size_t{1}, size_t{7}, size_t{8}, size_t{4095}, size_t{4096}}) {
    EXPECT_TRUE(Succeeded(Answered(sessions[i]))) << i;
    EXPECT_TRUE(FailedWith(Answered(sessions[i]), "NotAuthorizedException",
                           "Invalid session for the user, session can only be used once."))
        << i;
  }
  EXPECT_TRUE(Succeeded(Answered(later_run.Next()))) << "another run's 0";
  EXPECT_EQ(Use(Leftover::kUsedSessions).records, 3);
  // One session of the record lives longer, and what follows must not shorten that.
  EXPECT_TRUE(Succeeded(Answered(sessions[100], 4 * kHour)));
  EXPECT_TRUE(Succeeded(Answered(sessions[101])));
  upkeep::LeftoverKeeper keeper(*store_, *time_, settings_.ceilings, watch_);
  // A wall clock that is ahead for a while makes none of them forgotten.
  clock_.StepWallMillis(48 * kHour);
  ASSERT_TRUE(Succeeded(time_->Tick()));
  ASSERT_TRUE(Succeeded(keeper.Clean()));
  EXPECT_EQ(Use(Leftover::kUsedSessions).records, 3);
  clock_.StepWallMillis(-48 * kHour);
  // What may be forgotten is a day and 15 minutes behind in a new store.
  clock_.AdvanceMillis(24 * kHour + 900'000 + 2 * kHour);
  ASSERT_TRUE(Succeeded(time_->Tick()));
  ASSERT_TRUE(Succeeded(keeper.Clean()));
  EXPECT_EQ(Use(Leftover::kUsedSessions).records, 1);
  EXPECT_FALSE(Answered(sessions[100]).ok());
  clock_.AdvanceMillis(3 * kHour);
  ASSERT_TRUE(Succeeded(time_->Tick()));
  ASSERT_TRUE(Succeeded(keeper.Clean()));
  EXPECT_EQ(Use(Leftover::kUsedSessions).records, 0);
}

TEST_F(CeilingsTest, WhereNoMoreUseCanBeNotedASessionMayNotBeAnswered) {
  settings_.ceilings[Leftover::kUsedSessions] = 2 * kKib;
  std::vector<SessionNumber> answered;
  base::Status used;
  while (used.ok() && answered.size() < 100) {
    answered.push_back(SessionNumbers().Next());
    used = Answered(answered.back());
  }
  EXPECT_TRUE(FailedWith(used, "TooManyRequestsException",
                         "Too many sign-ins are under way. Please try again later."));
  answered.pop_back();
  ASSERT_GE(answered.size(), 1U);
  for (const SessionNumber& session : answered) {
    EXPECT_EQ(Answered(session).error().code, "NotAuthorizedException") << "no replay";
    EXPECT_TRUE(Succeeded(Answered({session.run, session.number + 1}))) << "there is a bit for it";
  }
  ExpectExactCounts();
}

TEST_F(CeilingsTest, OfHeldMessagesThoseGoWhoseCodeServesNoMoreAndOnlyThoseThatAnybodyCaused) {
  settings_.ceilings[Leftover::kHeldMessages] = 16 * kKib;
  int64_t serves_until = time_->watched().millis() + kHour;
  const auto put = [&](int number, bool by_anybody, bool held) {
    Message message;
    message.id = std::to_string(number);
    message.body = "Your code is 123456";
    message.by_anybody = by_anybody;
    message.held = held;
    message.serves_until_millis = serves_until + number;
    return Commit([&](store::Tx& tx) -> base::Status {
      if (by_anybody) SALLYPORT_TRY(MakeRoomForMessage(tx, *services_, Share::kWhole));
      return PutMessage(tx, vault_, message);
    });
  };
  const auto is_there = [&](int number) {
    return store_->Get(MessageKey(std::to_string(number))).value().has_value();
  };
  ASSERT_TRUE(Succeeded(put(0, false, true)));
  int next = 1;
  base::Status done;
  while ((done = put(next, true, true)).ok() && next < 1000) ++next;
  EXPECT_TRUE(FailedWith(done, "TooManyRequestsException",
                         "Too many messages are waiting to be read. Please try again later."));
  EXPECT_EQ(watch_.times(Leftover::kHeldMessages), 1U);
  ASSERT_GT(next, 5);
  for (int i = 0; i < next; ++i) EXPECT_TRUE(is_there(i)) << i << " serves";
  EXPECT_FALSE(is_there(next));
  // A wall clock that is ahead makes none of them old, also for the keeper.
  upkeep::LeftoverKeeper keeper(*store_, *time_, settings_.ceilings, watch_);
  clock_.StepWallMillis(40 * 24 * kHour);
  ASSERT_TRUE(Succeeded(keeper.Clean()));
  EXPECT_FALSE(put(next, true, true).ok());
  clock_.StepWallMillis(-40 * 24 * kHour);
  // A session whose code was used can be deleted, and is counted.
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return EndServing(tx, "3"); })));
  const uint64_t met = watch_.times(Leftover::kHeldMessages);
  EXPECT_TRUE(Succeeded(put(next, true, true)));
  EXPECT_FALSE(is_there(3));
  EXPECT_TRUE(is_there(1));
  EXPECT_EQ(watch_.times(Leftover::kHeldMessages), met + 1);
  // Then sessions whose code has expired are deleted, the oldest first.
  clock_.AdvanceMillis(kHour + 2);
  serves_until += 2 * kHour;
  EXPECT_TRUE(Succeeded(put(next + 1, true, true)));
  EXPECT_FALSE(is_there(1));
  EXPECT_TRUE(is_there(4));
  EXPECT_TRUE(is_there(0)) << "an administrator's";
  // When a ceiling is lowered, the keeper deletes and counts what exceeds it.
  clock_.AdvanceMillis(kHour / 2);
  settings_.ceilings[Leftover::kHeldMessages] = 2 * kKib;
  upkeep::LeftoverKeeper lowered(*store_, *time_, settings_.ceilings, watch_);
  const uint64_t before = watch_.times(Leftover::kHeldMessages);
  ASSERT_TRUE(Succeeded(lowered.Clean()));
  EXPECT_TRUE(is_there(next + 1)) << "it serves";
  EXPECT_EQ(watch_.times(Leftover::kHeldMessages), before + 1);
  ExpectExactCounts();
}

TEST_F(CeilingsTest, AMessageOfAnOlderVersionGivesWayADayAfterItWasMade) {
  settings_.ceilings[Leftover::kHeldMessages] = 1;
  Message message;
  message.id = "old";
  message.by_anybody = message.held = true;
  message.created_millis = clock_.WallMillis();
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
    SALLYPORT_TRY(PutMessage(tx, vault_, message));
    const std::string key = MessageKey("old");
    SALLYPORT_ASSIGN(const auto bytes, tx.Get(key));
    boost::json::object record = boost::json::parse(*bytes).as_object();
    record.erase("Since");
    record.erase("ServesUntil");
    return tx.Put(
        key, boost::json::serialize(record),
        {{std::string(kMessagesHeld), HeldSort(message.created_millis)},
         {std::string(LeftoverIndex(Leftover::kHeldMessages)), DueSort(message.created_millis)}});
  })));
  const auto make_room = [&] {
    return Commit([&](store::Tx& tx) { return MakeRoomForMessage(tx, *services_, Share::kWhole); })
        .ok();
  };
  clock_.AdvanceMillis(24 * kHour - 1000);
  EXPECT_FALSE(make_room());
  clock_.AdvanceMillis(2000);
  EXPECT_TRUE(make_room());
}

TEST_F(CeilingsTest, ANameThatIsPushedOutOfTheTableCounts) {
  settings_.ceilings[Leftover::kUnknownNames] = 1;
  SendToMany(100);
  EXPECT_EQ(watch_.times(Leftover::kUnknownNames), 96U) << "there are four places";
}

TEST_F(CeilingsTest, EachKindHasANameAndAnIndexOfItsOwn) {
  std::set<std::string_view> indexes;
  for (size_t i = 0; i < kLeftovers; ++i) {
    const auto leftover = static_cast<Leftover>(i);
    EXPECT_EQ(LeftoverOf(LeftoverName(leftover)), leftover);
    EXPECT_TRUE(LeftoverIndex(leftover).starts_with(store::kCountedIndexes));
    indexes.insert(LeftoverIndex(leftover));
    EXPECT_GT(domain::Ceilings()[leftover], 0);
  }
  EXPECT_EQ(indexes.size(), kLeftovers);
  EXPECT_FALSE(LeftoverOf("everything"));
}

}  // namespace
}  // namespace sallyport::domain
