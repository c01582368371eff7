#include "domain/keys/key_rotation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include "base/encoding.h"
#include "base/error_codes.h"
#include "domain/errors.h"
#include "domain/keys/key_start.h"
#include "domain/pools/pool_removal.h"
#include "domain/tokens/caller.h"
#include "domain/tokens/revoke.h"
#include "fixture.h"

namespace sallyport::domain {
namespace {

namespace json = boost::json;
using revocation::Kind;

class KeyRotationTest : public DomainTest {
 protected:
  KeyRotationTest() { EXPECT_TRUE(Succeeded(NoteJwksLifetime(*services_))); }

  static constexpr int64_t kMinute = 60'000;
  static constexpr int64_t kHour = 60 * kMinute;
  static constexpr int64_t kDay = 24 * kHour;

  std::string Signing() { return keys_->Current(pool_->id).value()->kid; }
  std::vector<TokenKeyStatus> Listed() { return ListKeyStatus(*services_, pool_->id).value(); }
  // "SIGNING NEXT".
  std::string Stages() {
    std::string stages;
    for (const TokenKeyStatus& key : Listed()) {
      if (!stages.empty()) stages += ' ';
      stages += NameOf(key.stage);
    }
    return stages;
  }
  std::string KidOf(KeyStage stage) {
    for (const TokenKeyStatus& key : Listed()) {
      if (key.stage == stage) return key.kid;
    }
    return "";
  }
  bool Serves(const std::string& kid) {
    const json::object set = json::parse(keys_->Jwks(pool_->id).value()).as_object();
    const json::array& keys = set.at("keys").as_array();
    return std::any_of(keys.begin(), keys.end(),
                       [&](const json::value& key) { return key.at("kid").as_string() == kid; });
  }
  // As the job does it, with gates that have applied everything.
  void Step() {
    ASSERT_TRUE(Succeeded(LetNextKeysSign(*services_, [](const store::Release&) { return true; })));
    ASSERT_TRUE(Succeeded(WithdrawRetiredKeys(*services_)));
  }
  // Until the next key signs.
  void Rotate() {
    ASSERT_TRUE(Succeeded(BeginRotation(*services_, pool_->id)));
    clock_.AdvanceMillis(settings_.jwks_seconds * 1000 + kMinute);
    Step();
  }
  std::string KidOfToken(const std::string& token) {
    const auto header = base::Base64UrlDecode(token.substr(0, token.find('.')));
    return std::string(
        json::parse(std::string(header->begin(), header->end())).as_object().at("kid").as_string());
  }
};

TEST_F(KeyRotationTest, ANextKeyIsPublishedAndServedAndSignsNothing) {
  const std::string old_kid = Signing();
  const uint64_t before = Head();
  ASSERT_TRUE(Succeeded(BeginRotation(*services_, pool_->id)));
  EXPECT_EQ(Stages(), "SIGNING NEXT");
  const std::string next = KidOf(KeyStage::kNext);
  const auto log = LogAfter(before);
  ASSERT_EQ(log.size(), 1U);
  EXPECT_EQ(log[0].kind, Kind::kKeyPublished);
  EXPECT_EQ(log[0].subject, IssuerOf(settings_, pool_->id) + " " + next);
  EXPECT_TRUE(Serves(old_kid) && Serves(next));
  Step();
  EXPECT_EQ(Signing(), old_kid);
  EXPECT_EQ(KidOfToken(SignInAs(MakeUser(*pool_, "alice")).value().access_token), old_kid);
}

TEST_F(KeyRotationTest, ItSignsWhenEveryJwkSetWithoutItHasExpiredWhateverTheWallClockSays) {
  const std::string old_kid = Signing();
  ASSERT_TRUE(Succeeded(BeginRotation(*services_, pool_->id)));
  const std::string next = KidOf(KeyStage::kNext);
  clock_.StepWallMillis(40 * kDay);
  Step();
  EXPECT_EQ(Signing(), old_kid) << "the wall clock alone is ahead";
  clock_.StepWallMillis(-40 * kDay);
  clock_.AdvanceMillis(kDay - 1);
  Step();
  EXPECT_EQ(Signing(), old_kid);
  clock_.AdvanceMillis(kMinute);
  Step();
  EXPECT_EQ(Signing(), next);
  EXPECT_EQ(Stages(), "SIGNING RETIRING");
  EXPECT_TRUE(Serves(old_kid) && Serves(next));
}

TEST_F(KeyRotationTest, ItSignsOnlyOnceGatesHaveItsPublication) {
  const std::string old_kid = Signing();
  ASSERT_TRUE(Succeeded(BeginRotation(*services_, pool_->id)));
  const uint64_t published = Head();
  std::optional<uint64_t> awaited;
  const auto await = [&](bool known) {
    return LetNextKeysSign(*services_, [&, known](const store::Release& release) {
      awaited = release.sequence();
      return known;
    });
  };
  ASSERT_TRUE(Succeeded(await(true)));
  EXPECT_EQ(awaited, std::nullopt) << "nobody is waited for before its time";
  clock_.AdvanceMillis(kDay + kMinute);
  ASSERT_TRUE(Succeeded(await(false)));
  EXPECT_GE(awaited, published);
  EXPECT_EQ(Signing(), old_kid);
  ASSERT_TRUE(Succeeded(await(true)));
  EXPECT_NE(Signing(), old_kid);
}

TEST_F(KeyRotationTest, TheOldKeyStaysUntilTheLastTokenThatItSignedHasExpired) {
  const auto longest = MakeClient(*pool_, {{"AccessTokenValidity", 2}, {"IdTokenValidity", 20}});
  ASSERT_EQ(longest->greatest_token_seconds, 20 * 3600);
  const std::string old_kid = Signing();
  ASSERT_TRUE(Succeeded(BeginRotation(*services_, pool_->id)));
  clock_.AdvanceMillis(kDay + kMinute);
  const std::string token = SignInAs(MakeUser(*pool_, "alice")).value().access_token;
  EXPECT_EQ(KidOfToken(token), old_kid);
  Step();
  const uint64_t before = Head();
  EXPECT_TRUE(CheckAccessToken(*services_, token).ok());
  clock_.AdvanceMillis(20 * kHour);
  Step();
  EXPECT_EQ(Stages(), "SIGNING RETIRING") << "gates may forgive five minutes";
  EXPECT_TRUE(Serves(old_kid));
  EXPECT_EQ(Head(), before);
  clock_.AdvanceMillis(kHour);
  Step();
  EXPECT_EQ(Stages(), "SIGNING");
  EXPECT_FALSE(Serves(old_kid));
  const auto log = LogAfter(before);
  ASSERT_EQ(log.size(), 1U);
  EXPECT_EQ(log[0].kind, Kind::kKeyWithdrawn);
  EXPECT_EQ(log[0].subject, IssuerOf(settings_, pool_->id) + " " + old_kid);
}

TEST_F(KeyRotationTest, AWallClockThatIsAheadForAWhileEndsNoKey) {
  Rotate();
  clock_.StepWallMillis(40 * kDay);
  Step();
  EXPECT_EQ(Stages(), "SIGNING RETIRING");
}

TEST_F(KeyRotationTest, AKeyThatSignedWhileTheWallClockWasAheadStaysAsLongAsItsTokens) {
  ASSERT_TRUE(Succeeded(BeginRotation(*services_, pool_->id)));
  clock_.AdvanceMillis(kDay + kMinute);
  clock_.StepWallMillis(3 * kDay);
  EXPECT_TRUE(SignInAs(MakeUser(*pool_, "alice")).ok());
  clock_.StepWallMillis(-3 * kDay);
  Step();
  clock_.AdvanceMillis(2 * kDay);
  Step();
  EXPECT_EQ(Stages(), "SIGNING RETIRING");
  clock_.AdvanceMillis(kDay + 2 * kHour);
  Step();
  EXPECT_EQ(Stages(), "SIGNING");
}

TEST_F(KeyRotationTest, NobodyIsSignedOutByARoutineRotation) {
  const User user = MakeUser(*pool_, "alice");
  const IssuedTokens before = SignInAs(user).value();
  Rotate();
  const auto refresh = CheckRefreshToken(*services_, client_, before.refresh_token);
  ASSERT_TRUE(refresh.ok());
  const auto refreshed = CompleteRefresh(*services_, *refresh);
  ASSERT_TRUE(refreshed.ok());
  EXPECT_EQ(KidOfToken(refreshed->tokens.access_token), Signing());
  EXPECT_EQ(KidOfToken(refreshed->tokens.id_token), Signing());
  EXPECT_TRUE(CheckAccessToken(*services_, refreshed->tokens.access_token).ok());
}

TEST_F(KeyRotationTest, EachStepIsCountedAndSoAreTheKeysThatWaitForOne) {
  const RotationCounts& counts = *services_->rotation_counts;
  const auto waiting = [&] {
    const RotatingKeys keys = CountRotatingKeys(*store_).value();
    return std::pair(keys.next, keys.retiring);
  };
  EXPECT_EQ(waiting(), std::pair(0UL, 0UL));
  ASSERT_TRUE(Succeeded(BeginRotation(*services_, pool_->id)));
  EXPECT_FALSE(BeginRotation(*services_, pool_->id).ok());
  EXPECT_EQ(counts.published, 1U);
  EXPECT_EQ(waiting(), std::pair(1UL, 0UL));
  clock_.AdvanceMillis(settings_.jwks_seconds * 1000 + kMinute);
  Step();
  EXPECT_EQ(counts.signing, 1U);
  EXPECT_EQ(waiting(), std::pair(0UL, 1UL));
  clock_.AdvanceMillis(2 * kDay);
  Step();
  Step();
  EXPECT_EQ(counts.withdrawn, 1U);
  EXPECT_EQ(waiting(), std::pair(0UL, 0UL));
  ASSERT_TRUE(ReplaceTokenKeysNow(*services_, pool_->id).ok());
  EXPECT_EQ(counts.replaced, 1U);
  EXPECT_EQ(counts.failed, 0U);
}

TEST_F(KeyRotationTest, ASecondRotationWaitsForTheFirstAndSaysSo) {
  ASSERT_TRUE(Succeeded(BeginRotation(*services_, pool_->id)));
  const std::string next = KidOf(KeyStage::kNext);
  EXPECT_TRUE(FailedWith(BeginRotation(*services_, pool_->id), base::code::kResourceConflict,
                         error::kRotationUnderWay.Text(pool_->id, next)));
  EXPECT_EQ(Stages(), "SIGNING NEXT");
  clock_.AdvanceMillis(kDay + kMinute);
  Step();
  ASSERT_TRUE(Succeeded(BeginRotation(*services_, pool_->id))) << "while the old one retires";
  EXPECT_EQ(Stages(), "SIGNING NEXT RETIRING");
}

TEST_F(KeyRotationTest, APoolHasOnlySoManyKeys) {
  settings_.jwks_seconds = 1;
  for (size_t keys = 2; keys <= kMostKeys; ++keys) {
    ASSERT_TRUE(Succeeded(BeginRotation(*services_, pool_->id)));
    // That must never take the whole hour after which the first key retires.
    clock_.AdvanceMillis(10);
    ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(auto next, GetTokenKey(tx, KidOf(KeyStage::kNext)));
      next->stage = KeyStage::kRetiring;
      return PutTokenKey(tx, *next);
    })));
  }
  EXPECT_TRUE(FailedWith(BeginRotation(*services_, pool_->id), base::code::kResourceConflict,
                         error::kTooManyKeys.Text(pool_->id, kMostKeys)));
  const uint64_t before = Head();
  ASSERT_TRUE(ReplaceTokenKeysNow(*services_, pool_->id).ok());
  EXPECT_EQ(LogAfter(before).size(), kMostKeys + 1) << "every one of them is withdrawn";
  EXPECT_EQ(Stages(), "SIGNING");
}

TEST_F(KeyRotationTest, AfterACompromiseANewKeySignsAndAllOthersAreWithdrawnInOneCommit) {
  const User user = MakeUser(*pool_, "alice");
  Rotate();
  ASSERT_TRUE(Succeeded(BeginRotation(*services_, pool_->id)));
  const IssuedTokens tokens = SignInAs(user).value();
  const auto old_keys = Listed();
  ASSERT_EQ(Stages(), "SIGNING NEXT RETIRING");
  const uint64_t before = Head();
  const auto replaced = ReplaceTokenKeysNow(*services_, pool_->id);
  ASSERT_TRUE(replaced.ok());
  EXPECT_GE(replaced->sequence(), before + 4);
  ASSERT_EQ(Stages(), "SIGNING");
  const auto log = LogAfter(before);
  ASSERT_EQ(log.size(), 4U);
  for (const TokenKeyStatus& key : old_keys) {
    EXPECT_NE(Signing(), key.kid);
    EXPECT_FALSE(Serves(key.kid));
    EXPECT_EQ(keys_->Find(key.kid).value(), nullptr);
    EXPECT_TRUE(std::any_of(log.begin(), log.end(), [&](const revocation::Revocation& entry) {
      return entry.kind == Kind::kKeyWithdrawn && entry.subject.ends_with(" " + key.kid);
    }));
  }
  EXPECT_FALSE(CheckAccessToken(*services_, tokens.access_token).ok());
  const auto refresh = CheckRefreshToken(*services_, client_, tokens.refresh_token);
  ASSERT_TRUE(refresh.ok()) << "no key has signed it";
  const auto refreshed = CompleteRefresh(*services_, *refresh);
  ASSERT_TRUE(refreshed.ok());
  EXPECT_TRUE(CheckAccessToken(*services_, refreshed->tokens.access_token).ok());
  clock_.AdvanceMillis(10 * kDay);
  Step();
  EXPECT_EQ(Stages(), "SIGNING") << "nothing is left of the rotation";
}

TEST_F(KeyRotationTest, AKeyThatIsReplacedWhileGatesAreAwaitedDoesNotSign) {
  ASSERT_TRUE(Succeeded(BeginRotation(*services_, pool_->id)));
  clock_.AdvanceMillis(kDay + kMinute);
  const std::string next = KidOf(KeyStage::kNext);
  ASSERT_TRUE(Succeeded(LetNextKeysSign(*services_, [&](const store::Release&) {
    return ReplaceTokenKeysNow(*services_, pool_->id).ok();
  })));
  EXPECT_EQ(Stages(), "SIGNING");
  EXPECT_NE(Signing(), next);
}

TEST_F(KeyRotationTest, NoSignInFailsBecauseItsKeyIsReplacedMeanwhile) {
  const User user = MakeUser(*pool_, "alice");
  std::atomic<bool> done = false;
  std::atomic<int> failures = 0, signed_in = 0;
  std::thread signing_in([&] {
    while (!done) {
      SignInAs(user).ok() ? ++signed_in : ++failures;
    }
  });
  for (int i = 0; i < 10; ++i) {
    const auto key = MakeTokenKey(pool_->id, IssuerOf(settings_, pool_->id), clock_).value();
    EXPECT_TRUE(Succeeded(
        Commit([&](store::LogTx& tx) { return ReplaceTokenKeys(tx, *services_, *key); })));
    // A sign-in meets one replacement, however busy the machine is.
    const int ended = signed_in + failures;
    while (signed_in + failures < ended + 2) std::this_thread::yield();
  }
  done = true;
  signing_in.join();
  EXPECT_EQ(failures, 0);
  EXPECT_GT(signed_in, 0);
}

TEST_F(KeyRotationTest, ADeletedPoolsKeysAreWithdrawnWhateverTheirStage) {
  Rotate();
  ASSERT_TRUE(Succeeded(BeginRotation(*services_, pool_->id)));
  const auto keys = Listed();
  ASSERT_EQ(keys.size(), 3U);
  ASSERT_TRUE(RemovePool(*services_, pool_->id).ok());
  for (const TokenKeyStatus& key : keys) {
    EXPECT_TRUE(GetKid(*store_, key.kid).value()->withdrawn);
  }
  Step();
  EXPECT_FALSE(ListKeyStatus(*services_, pool_->id).ok());
  EXPECT_FALSE(BeginRotation(*services_, pool_->id));
  EXPECT_FALSE(ReplaceTokenKeysNow(*services_, pool_->id).ok());
}

TEST_F(KeyRotationTest, AnotherIssuerEndsARotation) {
  ASSERT_TRUE(Succeeded(NoteKids(*services_)));
  ASSERT_TRUE(Succeeded(BeginRotation(*services_, pool_->id)));
  const std::string next = KidOf(KeyStage::kNext);
  settings_.public_url = "https://login.example.org";
  ASSERT_TRUE(Succeeded(MendKeys(*services_)));
  EXPECT_EQ(Stages(), "SIGNING");
  EXPECT_TRUE(GetKid(*store_, next).value()->withdrawn);
}

// ---- The lifetime of JWK sets

TEST_F(KeyRotationTest, AShorterLifetimeOfJwkSetsWaitsForThoseThatWereServedBefore) {
  settings_.jwks_seconds = 60;
  ASSERT_TRUE(Succeeded(NoteJwksLifetime(*services_)));
  ASSERT_TRUE(Succeeded(BeginRotation(*services_, pool_->id)));
  const std::string next = KidOf(KeyStage::kNext);
  clock_.AdvanceMillis(kDay - kMinute);
  Step();
  EXPECT_NE(Signing(), next) << "one that was served a day ago may be in a cache";
  clock_.AdvanceMillis(2 * kMinute);
  Step();
  EXPECT_EQ(Signing(), next);
  const uint64_t commits = store_->Commits();
  ASSERT_TRUE(Succeeded(NoteJwksLifetime(*services_)));
  EXPECT_EQ(store_->Commits(), commits) << "nothing has changed";
  ASSERT_TRUE(Succeeded(BeginRotation(*services_, pool_->id)));
  const std::string third = KidOf(KeyStage::kNext);
  clock_.AdvanceMillis(2 * kMinute);
  Step();
  EXPECT_EQ(Signing(), third);
}

TEST_F(KeyRotationTest, WhatAnEarlierVersionServedLastedADay) {
  ASSERT_TRUE(Succeeded(Commit([](store::Tx& tx) { return tx.Delete("meta/jwks"); })));
  settings_.jwks_seconds = 60;
  ASSERT_TRUE(Succeeded(NoteJwksLifetime(*services_)));
  ASSERT_TRUE(Succeeded(BeginRotation(*services_, pool_->id)));
  const std::string next = KidOf(KeyStage::kNext);
  clock_.AdvanceMillis(2 * kMinute);
  Step();
  EXPECT_NE(Signing(), next);
  clock_.AdvanceMillis(kDay);
  Step();
  EXPECT_EQ(Signing(), next);
}

TEST_F(KeyRotationTest, ANewStoreHasServedNoneThatLastsLonger) {
  ASSERT_TRUE(Succeeded(Commit([](store::Tx& tx) { return tx.Delete("meta/jwks"); })));
  ASSERT_TRUE(RemovePool(*services_, pool_->id).ok());
  settings_.jwks_seconds = 60;
  ASSERT_TRUE(Succeeded(NoteJwksLifetime(*services_)));
  pool_ = MakePool();
  ASSERT_TRUE(Succeeded(BeginRotation(*services_, pool_->id)));
  const std::string next = KidOf(KeyStage::kNext);
  clock_.AdvanceMillis(2 * kMinute);
  Step();
  EXPECT_EQ(Signing(), next);
}

// ---- The schedule

TEST_F(KeyRotationTest, AKeyIsDueWhenItHasSignedForSoManyDays) {
  clock_.StepWallMillis(400 * kDay);
  ASSERT_TRUE(Succeeded(BeginDueRotations(*services_, 30)));
  EXPECT_EQ(Stages(), "SIGNING") << "the wall clock alone is ahead";
  clock_.StepWallMillis(-400 * kDay);
  clock_.AdvanceMillis(30 * kDay - kMinute);
  ASSERT_TRUE(Succeeded(BeginDueRotations(*services_, 30)));
  EXPECT_EQ(Stages(), "SIGNING");
  clock_.AdvanceMillis(kMinute);
  ASSERT_TRUE(Succeeded(BeginDueRotations(*services_, 30)));
  EXPECT_EQ(Stages(), "SIGNING NEXT");
  ASSERT_TRUE(Succeeded(BeginDueRotations(*services_, 30)));
  EXPECT_EQ(Stages(), "SIGNING NEXT") << "once";
  clock_.AdvanceMillis(kDay + kMinute);
  Step();
  ASSERT_TRUE(Succeeded(BeginDueRotations(*services_, 30)));
  EXPECT_EQ(Stages(), "SIGNING RETIRING") << "by what has signed, not by what was made";
}

TEST_F(KeyRotationTest, ADamagedKeyKeepsNoOtherPoolFromItsRotation) {
  const std::string damaged = Signing();
  const auto other = MakePool();
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) {
    return tx.Put(TokenKeyKey(damaged), "{",
                  {{std::string(kKeyIndex), pool_->id + "/0"},
                   {std::string(kRotatingKeys), "next/" + pool_->id},
                   {std::string(kRotatingKeys), "retiring/" + pool_->id}});
  })));
  clock_.AdvanceMillis(30 * kDay);
  ASSERT_TRUE(Succeeded(BeginDueRotations(*services_, 30)));
  pool_ = other;
  EXPECT_EQ(Stages(), "SIGNING NEXT");
  clock_.AdvanceMillis(2 * kDay);
  Step();
  clock_.AdvanceMillis(2 * kDay);
  Step();
  EXPECT_EQ(Stages(), "SIGNING");
}

// The record of its next key is valid, but there is no key that it could follow.
TEST_F(KeyRotationTest, APoolWhoseRotationCannotGoOnHoldsUpNoOther) {
  // The one whose turn comes first cannot go on.
  auto stuck = pool_;
  auto later = MakePool();
  if (later->id < stuck->id) std::swap(stuck, later);
  pool_ = stuck;
  const std::string damaged = Signing();
  ASSERT_TRUE(Succeeded(BeginRotation(*services_, stuck->id)));
  pool_ = later;
  ASSERT_TRUE(Succeeded(BeginRotation(*services_, pool_->id)));
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) {
    return tx.Put(TokenKeyKey(damaged), "{", {{std::string(kKeyIndex), stuck->id + "/0"}});
  })));
  clock_.AdvanceMillis(2 * kDay);
  EXPECT_FALSE(LetNextKeysSign(*services_, [](const store::Release&) { return true; }));
  EXPECT_EQ(Stages(), "SIGNING RETIRING");
}

}  // namespace
}  // namespace sallyport::domain
