// If a wall clock runs ahead for a while and is then corrected, or is set back, nothing is
// forgotten that a revocation needs.
#include <gtest/gtest.h>

#include "domain/tokens/client_token.h"
#include "domain/tokens/family.h"
#include "domain/tokens/refresh_token.h"
#include "domain/tokens/revoke.h"
#include "fixture.h"

namespace sallyport::domain {
namespace {

constexpr int64_t kDay = 86'400;

class ClockAheadTest : public DomainTest {
 protected:
  base::Status SignOut(const User& user) {
    return Commit([&](store::LogTx& tx) -> base::Status {
      SALLYPORT_ASSIGN(auto present, GetUser(tx, user.pool_id, user.sub));
      return RevokeAllFamilies(tx, *present, services_->clock.WallSeconds());
    });
  }
  void Step(int64_t seconds) { clock_.StepWallMillis(seconds * 1000); }
  void Minute() {
    clock_.AdvanceMillis(60'000);
    ASSERT_TRUE(Succeeded(time_->Tick()));
    ASSERT_TRUE(Succeeded(families_->DeleteExpired()));
    ASSERT_TRUE(store_->PruneLog(time_->forget_before()).ok());
  }
  // The server forgets during all the time that the clock is ahead.
  void RunAhead(int64_t seconds) {
    Step(seconds);
    for (int i = 0; i < 5; ++i) Minute();
    Step(-seconds);
  }
  static int64_t ExpiryOf(const IssuedTokens& tokens) {
    return ClaimsOf(tokens.access_token).at("exp").as_int64();
  }
  static std::string OriginOf(const IssuedTokens& tokens) {
    return std::string(ClaimsOf(tokens.access_token).at("origin_jti").as_string());
  }
  bool InLog(std::string_view subject) {
    for (const auto& entry : LogAfter(0)) {
      if (entry.subject == subject) return true;
    }
    return false;
  }

  User alice_ = MakeUser(*pool_, "alice");
};

TEST_F(ClockAheadTest, ARevocationIsKeptForATokenThatWasMadeWhileItWasAhead) {
  Step(2 * kDay);
  const auto tokens = SignInAs(alice_).value();
  Step(-2 * kDay);
  const uint64_t before = Head();
  ASSERT_TRUE(Succeeded(SignOut(alice_)));
  EXPECT_GE(LogAfter(before).at(0).keep_until, ExpiryOf(tokens) + 900);
}

TEST_F(ClockAheadTest, SoIsTheRevocationOfARefreshedToken) {
  const auto first = SignInAs(alice_).value();
  Step(2 * kDay);
  const auto refresh = CheckRefreshToken(*services_, client_, first.refresh_token).value();
  // The clock is corrected before the token is made; it was read before the family was found alive.
  Step(-2 * kDay);
  const auto tokens = CompleteRefresh(*services_, refresh, {}).value();
  const uint64_t before = Head();
  ASSERT_TRUE(Succeeded(SignOut(alice_)));
  EXPECT_GE(LogAfter(before).at(0).keep_until, ExpiryOf(tokens.tokens) + 900);
}

// The clock jumps after the family was found alive, and the family is revoked in between.
TEST_F(ClockAheadTest, ATokenLivesNoLongerThanARevocationBesideItKnows) {
  const auto first = SignInAs(alice_).value();
  const auto refresh = CheckRefreshToken(*services_, client_, first.refresh_token).value();
  const uint64_t before = Head();
  ASSERT_TRUE(Succeeded(SignOut(alice_)));
  Step(2 * kDay);
  const auto tokens = CompleteRefresh(*services_, refresh, {}).value();
  EXPECT_GE(LogAfter(before).at(0).keep_until, ExpiryOf(tokens.tokens) + 900);
}

TEST_F(ClockAheadTest, SoIsTheRemovalOfAClient) {
  Step(2 * kDay);
  const int64_t issued = Now();
  ASSERT_TRUE(SignInAs(alice_).ok());
  Step(-2 * kDay);
  const uint64_t before = Head();
  ASSERT_TRUE(
      Succeeded(Commit([&](store::LogTx& tx) { return RevokeClient(tx, client_->id, Now()); })));
  EXPECT_GE(LogAfter(before).at(0).keep_until, issued + kDay + 900);
}

TEST_F(ClockAheadTest, EveryIssueIsKnownBeforeItsToken) {
  ASSERT_TRUE(SignInAs(alice_).ok());
  EXPECT_GE(store::ReadTimeRecord(*store_)->latest_issue, Now());
}

TEST_F(ClockAheadTest, ARevocationIsStillInTheLogAfterwards) {
  const auto tokens = SignInAs(alice_).value();
  ASSERT_TRUE(Succeeded(SignOut(alice_)));
  ASSERT_TRUE(Succeeded(
      Commit([](store::LogTx& tx) { return RevokeClient(tx, "another", 0); })));  // the head stays
  RunAhead(2 * kDay);
  EXPECT_TRUE(InLog(OriginOf(tokens)));
}

TEST_F(ClockAheadTest, ASignOutAfterwardsFindsEveryFamily) {
  const auto tokens = SignInAs(alice_).value();
  RunAhead(client_->settings.refresh_token_seconds + 2 * kDay);
  ASSERT_TRUE(CheckRefreshToken(*services_, client_, tokens.refresh_token).ok());
  ASSERT_TRUE(Succeeded(SignOut(alice_)));
  EXPECT_TRUE(InLog(OriginOf(tokens)));
}

TEST_F(ClockAheadTest, ASignOutMeanwhileSkipsNone) {
  const auto tokens = SignInAs(alice_).value();
  Step(client_->settings.refresh_token_seconds + 2 * kDay);
  ASSERT_TRUE(Succeeded(SignOut(alice_)));
  Step(-client_->settings.refresh_token_seconds - 2 * kDay);
  EXPECT_TRUE(InLog(OriginOf(tokens)));
}

TEST_F(ClockAheadTest, ASignInMeanwhileEvictsWhoIsOverTheLimit) {
  Pool pool = *pool_;
  pool.tracks_sessions = true;
  pool.most_sessions = 1;
  ASSERT_TRUE(Succeeded(Commit([&](store::LogTx& tx) { return PutPool(tx, pool); })));
  pool_ = GetPool(*services_, pool.id).value();
  const auto tokens = SignInAs(alice_).value();
  Step(client_->settings.refresh_token_seconds + 2 * kDay);
  ASSERT_TRUE(SignInAs(alice_).ok());
  Step(-client_->settings.refresh_token_seconds - 2 * kDay);
  EXPECT_TRUE(InLog(OriginOf(tokens)));
  EXPECT_FALSE(CheckRefreshToken(*services_, client_, tokens.refresh_token).ok());
}

TEST_F(ClockAheadTest, SetBackAfterHonestForgettingTheServersTimeStandsStill) {
  const auto tokens = SignInAs(alice_).value();
  ASSERT_TRUE(Succeeded(SignOut(alice_)));
  ASSERT_TRUE(Succeeded(Commit([](store::LogTx& tx) { return RevokeClient(tx, "another", 0); })));
  Outlive(kDay);
  ASSERT_TRUE(store_->PruneLog(time_->forget_before()).ok());
  ASSERT_FALSE(InLog(OriginOf(tokens)));
  Step(-2 * kDay);
  EXPECT_GT(services_->clock.WallSeconds(), ExpiryOf(tokens) + 300) << "no gate takes it again";
  // What is made now is kept as long as by the time at which it is made.
  const auto later = SignInAs(alice_).value();
  const uint64_t before = Head();
  ASSERT_TRUE(Succeeded(SignOut(alice_)));
  EXPECT_GE(LogAfter(before).at(0).keep_until, ExpiryOf(later) + 900);
}

TEST_F(ClockAheadTest, SetBackNoGracePeriodLastsLonger) {
  Client client = *client_;
  client.settings.refresh_grace_seconds = 10;
  TokenFamily family;
  Rotate(family, 1'000'000);
  const auto standing = [&](int64_t now) {
    return StandingOf(family, {.family_id = "", .rotation = 0, .secret = ""}, client, now);
  };
  EXPECT_EQ(standing(1'009'000), RefreshStanding::kGrace);
  EXPECT_EQ(standing(999'000), RefreshStanding::kGrace);
  EXPECT_EQ(standing(1'011'000), RefreshStanding::kReused);
  EXPECT_EQ(standing(900'000), RefreshStanding::kReused);
}

}  // namespace
}  // namespace sallyport::domain
