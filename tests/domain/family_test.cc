#include "domain/tokens/family.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "domain/credentials/challenge.h"
#include "domain/tokens/revoke.h"
#include "fixture.h"

namespace sallyport::domain {
namespace {

using revocation::Kind;

class FamilyTest : public DomainTest {
 protected:
  base::Status SignOut(const User& user, std::string_view spared = {}) {
    return Commit([&](store::LogTx& tx) -> base::Status {
      SALLYPORT_ASSIGN(auto present, GetUser(tx, user.pool_id, user.sub));
      return RevokeAllFamilies(tx, *present, Now(), spared);
    });
  }
  std::string OriginOf(const IssuedTokens& tokens) {
    return std::string(ClaimsOf(tokens.access_token).at("origin_jti").as_string());
  }
  bool Refreshes(const IssuedTokens& tokens) {
    return CheckRefreshToken(*services_, client_, tokens.refresh_token).ok();
  }
};

TEST_F(FamilyTest, ASignOutRevokesEveryFamilyOnceAndSparesTheLater) {
  const User user = MakeUser(*pool_, "alice");
  const User other = MakeUser(*pool_, "bob");
  const auto first = SignInAs(user).value();
  const auto second = SignInAs(user).value();
  const auto others = SignInAs(other).value();
  const uint64_t before = Head();
  ASSERT_TRUE(Succeeded(SignOut(user)));
  std::set<std::string> revoked;
  for (const auto& entry : LogAfter(before)) {
    EXPECT_EQ(entry.kind, Kind::kFamily);
    // The latest time of an issue is recorded with a lead of 300 s.
    EXPECT_EQ(entry.keep_until, Now() + 300 + 3600 + 300 + 600);
    revoked.insert(entry.subject);
  }
  EXPECT_EQ(revoked, (std::set<std::string>{OriginOf(first), OriginOf(second)}));
  EXPECT_FALSE(Refreshes(first));
  EXPECT_TRUE(Refreshes(others));
  // It happens in the same second, so the order cannot come from comparing times.
  const auto later = SignInAs(user).value();
  EXPECT_TRUE(Refreshes(later));
  const uint64_t between = Head();
  ASSERT_TRUE(Succeeded(SignOut(user)));
  EXPECT_EQ(LogAfter(between).size(), 1U);
  EXPECT_FALSE(Refreshes(later));
}

TEST_F(FamilyTest, ASparedFamilyLivesOnUntilTheNextSignOut) {
  const User user = MakeUser(*pool_, "alice");
  const auto own = SignInAs(user).value();
  const auto other = SignInAs(user).value();
  ASSERT_TRUE(Succeeded(SignOut(user, OriginOf(own))));
  EXPECT_TRUE(Refreshes(own));
  EXPECT_FALSE(Refreshes(other));
  const uint64_t before = Head();
  ASSERT_TRUE(Succeeded(SignOut(user)));
  EXPECT_FALSE(Refreshes(own));
  EXPECT_EQ(LogAfter(before).size(), 1U);
}

TEST_F(FamilyTest, ASignOutCopesWithThousands) {
  const User user = MakeUser(*pool_, "alice");
  constexpr int kFamilies = 3000;
  TokenFamily family;
  family.pool_id = user.pool_id;
  family.sub = user.sub;
  family.client_id = client_->id;
  family.created_millis = family.last_used_millis = clock_.WallMillis();
  family.refresh_expires = Now() + 1000;
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
    for (int i = 0; i < kFamilies; ++i) {
      family.id = family.event_id = base::RandomUuid();
      SALLYPORT_TRY(PutFamily(tx, family));
    }
    return {};
  })));
  const uint64_t before = Head();
  ASSERT_TRUE(Succeeded(SignOut(user)));
  EXPECT_EQ(LogAfter(before).size(), static_cast<size_t>(kFamilies));
}

TEST_F(FamilyTest, FamiliesWhoseTokensAreAllDeadAreNotAppended) {
  const User user = MakeUser(*pool_, "alice");
  ASSERT_TRUE(SignInAs(user).ok());
  Outlive(client_->settings.refresh_token_seconds + 3600 + 901);
  const uint64_t before = Head();
  ASSERT_TRUE(Succeeded(SignOut(user)));
  EXPECT_TRUE(LogAfter(before).empty());
}

TEST_F(FamilyTest, AFamilyThatWasJustRefreshedAfterALongPauseIsAppended) {
  const User user = MakeUser(*pool_, "alice");
  const auto tokens = SignInAs(user).value();
  clock_.AdvanceMillis(int64_t{20} * 86'400 * 1000);
  const auto refresh = CheckRefreshToken(*services_, client_, tokens.refresh_token);
  ASSERT_TRUE(refresh.ok());
  ASSERT_TRUE(CompleteRefresh(*services_, *refresh).ok());
  const uint64_t before = Head();
  ASSERT_TRUE(Succeeded(SignOut(user)));
  EXPECT_EQ(LogAfter(before).size(), 1U);
}

TEST_F(FamilyTest, RevokingOneTwiceAppendsOnce) {
  const User user = MakeUser(*pool_, "alice");
  const auto tokens = SignInAs(user).value();
  const uint64_t before = Head();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(Succeeded(Commit([&](store::LogTx& tx) -> base::Status {
      SALLYPORT_ASSIGN(auto family, GetFamily(tx, OriginOf(tokens)));
      return RevokeFamily(tx, *family, Now());
    })));
  }
  EXPECT_EQ(LogAfter(before).size(), 1U);
  EXPECT_TRUE(FailedWith(StatusOf(CheckRefreshToken(*services_, client_, tokens.refresh_token)),
                         "NotAuthorizedException", "Refresh Token has been revoked"));
  // After that a sign-out has nothing left to append for the family.
  const uint64_t between = Head();
  ASSERT_TRUE(Succeeded(SignOut(user)));
  EXPECT_TRUE(LogAfter(between).empty());
}

TEST_F(FamilyTest, TheGreatestValidityThatAClientEverHadDecidesHowLongAnEntryIsKept) {
  Client client = *client_;
  client.description["AccessTokenValidity"] = 10;  // hours
  ReadDescription(client);
  client.description["AccessTokenValidity"] = 1;
  ReadDescription(client);
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return PutClient(tx, client); })));
  const User user = MakeUser(*pool_, "alice");
  ASSERT_TRUE(SignInAs(user).ok());
  const uint64_t before = Head();
  ASSERT_TRUE(Succeeded(SignOut(user)));
  EXPECT_EQ(LogAfter(before).at(0).keep_until, Now() + 300 + 36'000 + 900);
}

TEST_F(FamilyTest, AUseIsWrittenLaterAndNeverOverARevocation) {
  const User user = MakeUser(*pool_, "alice");
  const auto tokens = SignInAs(user).value();
  const std::string id = OriginOf(tokens);
  families_->NoteUse(id, {clock_.WallMillis() + 5000, {}});
  ASSERT_TRUE(Succeeded(families_->Flush()));
  auto family = GetFamily(*store_, id).value().value();
  EXPECT_EQ(family.last_used_millis, clock_.WallMillis() + 5000);
  ASSERT_TRUE(Succeeded(Commit([&](store::LogTx& tx) { return RevokeFamily(tx, family, Now()); })));
  families_->NoteUse(id, {clock_.WallMillis() + 9000, {}});
  ASSERT_TRUE(Succeeded(families_->Flush()));
  EXPECT_TRUE(GetFamily(*store_, id).value()->revoked);
}

TEST_F(FamilyTest, RecordsGoWhenNoTokenOfTheirsCanBeAlive) {
  const User user = MakeUser(*pool_, "alice");
  const std::string id = OriginOf(SignInAs(user).value());
  ChallengeRecord challenge;
  challenge.expires_millis = challenge.ends_millis = clock_.WallMillis() + 180'000;
  ASSERT_TRUE(
      Succeeded(Commit([&](store::Tx& tx) { return PutChallenge(tx, "session", challenge); })));
  Outlive(client_->settings.refresh_token_seconds + 86'400 + 900);
  ASSERT_TRUE(Succeeded(families_->DeleteExpired()));
  EXPECT_TRUE(GetFamily(*store_, id).value().has_value());
  EXPECT_TRUE(store_->List(kChallengesByExpiry, "", std::nullopt, 1).value().empty());
  clock_.AdvanceMillis(2000);
  ASSERT_TRUE(Succeeded(time_->Tick()));
  ASSERT_TRUE(Succeeded(families_->DeleteExpired()));
  EXPECT_FALSE(GetFamily(*store_, id).value().has_value());
}

}  // namespace
}  // namespace sallyport::domain
