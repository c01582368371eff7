// What callers without credentials leave, and the looks at passwords, while the wall clock is
// wrong.
#include "ceilings_fixture.h"

namespace sallyport::domain {
namespace {

TEST_F(CeilingsTest, AWallClockThatIsAheadForAWhileDeletesNothing) {
  constexpr int64_t kAhead = 40 * 24 * kHour;
  const User victim = MakeUser(*pool_, "victim");
  const User locked = MakeUser(*pool_, "locked");
  const auto slot = [&](const User& user) {
    return CodeSlot{pool_->id, user.sub, CodePurpose::kForgotPassword};
  };
  for (const CodeAsker asker : {CodeAsker::kAnybody, CodeAsker::kCredentials}) {
    ASSERT_TRUE(Succeeded(Send(victim, asker)));
    ASSERT_TRUE(Succeeded(Send(locked, asker)));
    for (int i = 0; i < 5; ++i) Guess(slot(locked), "000000");
    ASSERT_TRUE(Succeeded(SendUnknown("nobody", CodePurpose::kForgotPassword)));
    const User newcomer = SignUp("newcomer" + std::to_string(static_cast<int>(asker))).value();
    ASSERT_TRUE(Succeeded(Ask("session")));
    upkeep::LeftoverKeeper keeper(*store_, *time_, settings_.ceilings, watch_);
    clock_.StepWallMillis(kAhead);
    // Also if there is no room for more.
    settings_.ceilings[Leftover::kSignUps] = settings_.ceilings[Leftover::kChallenges] = 0;
    for (int i = 0; i < 3; ++i) {
      clock_.AdvanceMillis(50'000);
      ASSERT_TRUE(Succeeded(time_->Tick()));
      ASSERT_TRUE(Succeeded(keeper.Clean()));
      ASSERT_TRUE(Succeeded(families_->DeleteExpired()));
    }
    EXPECT_FALSE(SignUp("other").ok());
    EXPECT_FALSE(Ask("other").ok());
    EXPECT_EQ(Guess(slot(victim), "123456").refusal->code, "ExpiredCodeException");
    EXPECT_EQ(Guess(slot(locked), "123456").refusal->code, "LimitExceededException");
    clock_.StepWallMillis(-kAhead);
    settings_.ceilings = Ceilings();
    EXPECT_FALSE(Guess(slot(victim), "123456").refusal);
    EXPECT_EQ(Guess(slot(locked), "123456").refusal->code, "LimitExceededException");
    EXPECT_TRUE(Exists(newcomer));
    EXPECT_TRUE(Succeeded(
        StatusOf(GetChallenge(*store_, *services_, "session", "CUSTOM_CHALLENGE", client_->id))));
    EXPECT_EQ(
        Guess(UnknownSlot(*services_, *pool_, "nobody", CodePurpose::kForgotPassword), "123456")
            .refusal->code,
        "CodeMismatchException");
    clock_.AdvanceMillis(2 * kHour);
    ASSERT_TRUE(Succeeded(keeper.Clean()));
    ASSERT_TRUE(Succeeded(families_->DeleteExpired()));
    EXPECT_FALSE(store_->Get(CodeKey(slot(victim))).value()) << "in its own time it goes";
    EXPECT_FALSE(store_->Get(CodeKey(slot(locked))).value());
  }
}

TEST_F(CeilingsTest, WhatWasMadeWhileAClockWasWrongServesNoLongerThanItsLife) {
  const User user = MakeUser(*pool_, "user");
  const CodeSlot slot{pool_->id, user.sub, CodePurpose::kForgotPassword};
  const CodeSlot unknown = UnknownSlot(*services_, *pool_, "nobody", CodePurpose::kForgotPassword);
  const auto session_is_good = [&](const std::string& session) {
    return GetChallenge(*store_, *services_, session, "CUSTOM_CHALLENGE", client_->id).ok();
  };
  for (const auto& [when_made, when_used] :
       {std::pair(6 * kHour, int64_t{0}), std::pair(int64_t{0}, -6 * kHour),
        std::pair(int64_t{0}, int64_t{0})}) {
    const std::string session = std::to_string(when_made) + "/" + std::to_string(when_used);
    clock_.StepWallMillis(when_made);
    ASSERT_TRUE(Succeeded(Send(user, CodeAsker::kAnybody)));
    ASSERT_TRUE(Succeeded(SendUnknown("nobody", CodePurpose::kForgotPassword)));
    ASSERT_TRUE(Succeeded(Ask(session)));
    clock_.StepWallMillis(when_used - when_made);
    clock_.AdvanceMillis(179'000);
    EXPECT_TRUE(session_is_good(session));
    clock_.AdvanceMillis(1'000);
    EXPECT_FALSE(session_is_good(session));
    clock_.AdvanceMillis(kHour - 181'000);
    EXPECT_FALSE(Guess(slot, "123456").refusal);
    EXPECT_TRUE(OutstandingCode(*store_, *services_, slot)->has_value());
    EXPECT_EQ(Guess(unknown, "123456").refusal->code, "CodeMismatchException");
    clock_.AdvanceMillis(1'000);
    EXPECT_EQ(Guess(slot, "123456").refusal->code, "ExpiredCodeException");
    EXPECT_FALSE(OutstandingCode(*store_, *services_, slot)->has_value());
    EXPECT_EQ(Guess(unknown, "123456").refusal->code, "ExpiredCodeException");
    clock_.StepWallMillis(-when_used);
    clock_.AdvanceMillis(2 * kHour);
  }
}

TEST_F(CeilingsTest, ALockOutLastsAQuarterOfAnHourWhateverTheWallClockDoes) {
  const User user = MakeUser(*pool_, "user");
  const CodeSlot slot{pool_->id, user.sub, CodePurpose::kForgotPassword};
  for (const int64_t step : {40 * 24 * kHour, -20 * kHour, int64_t{0}}) {
    for (const bool put_right : {true, false}) {
      clock_.AdvanceMillis(2 * kHour);
      ASSERT_TRUE(Succeeded(Send(user, CodeAsker::kAnybody)));
      clock_.StepWallMillis(put_right ? step : 0);
      ASSERT_TRUE(Succeeded(Send(user, CodeAsker::kAnybody)));
      for (int i = 0; i < 5; ++i) Guess(slot, "000000");
      clock_.StepWallMillis(put_right ? -step : step);
      ASSERT_TRUE(Succeeded(Send(user, CodeAsker::kAnybody)));
      clock_.AdvanceMillis(kHour / 4 - 1);
      EXPECT_EQ(Guess(slot, "123456").refusal->code, "LimitExceededException") << step;
      clock_.AdvanceMillis(1);
      EXPECT_FALSE(Guess(slot, "123456").refusal) << step << put_right;
    }
  }
}

TEST_F(CeilingsTest, ADamagedRecordOfACodeAllowsNoGuessForAQuarterOfAnHourAndNoSendButOne) {
  const User user = MakeUser(*pool_, "user");
  const CodeSlot slot{pool_->id, user.sub, CodePurpose::kForgotPassword};
  ASSERT_TRUE(Succeeded(Send(user, CodeAsker::kAnybody)));
  const std::string good = store_->Get(CodeKey(slot)).value().value();
  const auto with = [&](std::string_view member, std::string_view value) {
    const size_t at = good.find(member) + member.size() + 2;
    return good.substr(0, at) + std::string(value) + good.substr(good.find_first_of(",}", at));
  };
  for (const std::string& bytes :
       {std::string(), std::string("[]"), std::string("{}"), with("Failures", "-1000"),
        with("Failures", "\"1\""), with("Failures", "1e300"), with("Sends", "-20"),
        with("Sends", "9223372036854775807"), with("SendsSince", "9223372036854775807"),
        with("FailuresSince", "null"), with("Expires", "true"), with("Expires", "-1"),
        with("Ends", "9223372036854775807"), with("ClosedUntil", "-1"),
        with("ClosedUntil", "{}")}) {
    ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return tx.Put(CodeKey(slot), bytes, {}); })));
    EXPECT_EQ(Guess(slot, "123456").refusal->code, "LimitExceededException") << bytes;
    clock_.AdvanceMillis(kHour / 4 - 1);
    EXPECT_EQ(Guess(slot, "123456").refusal->code, "LimitExceededException") << bytes;
    clock_.AdvanceMillis(1);
    EXPECT_EQ(Guess(slot, "123456").refusal->code, "ExpiredCodeException") << bytes;
    EXPECT_EQ(Send(user, CodeAsker::kAnybody).error().code, "LimitExceededException") << bytes;
    // Where a code is asked for before any guess, that writes the record anew.
    ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return tx.Put(CodeKey(slot), bytes, {}); })));
    ASSERT_TRUE(Succeeded(Send(user, CodeAsker::kAnybody))) << bytes;
    EXPECT_EQ(Send(user, CodeAsker::kAnybody).error().code, "LimitExceededException") << bytes;
    EXPECT_EQ(Guess(slot, "123456").refusal->code, "LimitExceededException") << bytes;
    clock_.AdvanceMillis(kHour / 4);
    EXPECT_FALSE(Guess(slot, "123456").refusal) << bytes;
    clock_.AdvanceMillis(kHour);
    ASSERT_TRUE(Succeeded(Send(user, CodeAsker::kAnybody))) << bytes;
  }
}

TEST_F(CeilingsTest, ADamagedPlaceOfAnUnknownNameIsForgotten) {
  const CodeSlot slot = UnknownSlot(*services_, *pool_, "nobody", CodePurpose::kForgotPassword);
  const auto send = [&] {
    return Commit(
        [&](store::Tx& tx) { return PutCode(tx, *services_, slot, "", {}, CodeAsker::kAnybody); });
  };
  ASSERT_TRUE(Succeeded(send()));
  const std::string key =
      store_->List(LeftoverIndex(Leftover::kUnknownNames), "", std::nullopt, 1).value().at(0).key;
  for (const char* bytes : {"", "[]", R"({"x":1,"y":[1,2,3,4,5,"6"]})"}) {
    ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) {
      return tx.Put(key, bytes, {{std::string(LeftoverIndex(Leftover::kUnknownNames)), "0"}});
    })));
    EXPECT_TRUE(Succeeded(send())) << bytes;
    EXPECT_EQ(ReadCodeRecord(*store_, slot).value().sends.times, 1) << bytes;
  }
}

TEST_F(CeilingsTest, ALockOutThatAnOlderVersionMadeFarAheadLastsAQuarterOfAnHourFromNow) {
  const User user = MakeUser(*pool_, "user");
  const CodeSlot slot{pool_->id, user.sub, CodePurpose::kForgotPassword};
  ASSERT_TRUE(Succeeded(Send(user, CodeAsker::kAnybody)));
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(CodeRecord record, ReadCodeRecord(tx, slot));
    record.closed_until_millis = record.sends.since_millis = clock_.WallMillis() + 960 * kHour;
    record.sends.times = 20;
    return WriteCodeRecord(tx, *services_, slot, record);
  })));
  EXPECT_EQ(Guess(slot, "123456").refusal->code, "LimitExceededException");
  EXPECT_TRUE(Succeeded(Send(user, CodeAsker::kAnybody))) << "nor are sends refused for days";
  clock_.AdvanceMillis(kHour / 4 - 1);
  EXPECT_EQ(Guess(slot, "123456").refusal->code, "LimitExceededException");
  clock_.AdvanceMillis(1);
  EXPECT_FALSE(Guess(slot, "123456").refusal);
}

}  // namespace
}  // namespace sallyport::domain
