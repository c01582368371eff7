#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "base/random.h"
#include "replica_fixture.h"

namespace sallyport::revocation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

uint64_t OpenSslSipHash(const SipKey& key, std::string_view message) {
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, "SIPHASH", nullptr);
  EVP_MAC_CTX* context = EVP_MAC_CTX_new(mac);
  size_t size = 8;
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
                             OSSL_PARAM_construct_end()};
  uint8_t key_bytes[16];
  std::memcpy(key_bytes, &key, 16);
  EXPECT_EQ(EVP_MAC_init(context, key_bytes, 16, parameters), 1);
  EXPECT_EQ(
      EVP_MAC_update(context, reinterpret_cast<const uint8_t*>(message.data()), message.size()), 1);
  uint64_t hash = 0;
  EXPECT_EQ(EVP_MAC_final(context, reinterpret_cast<uint8_t*>(&hash), &size, sizeof(hash)), 1);
  EVP_MAC_CTX_free(context);
  EVP_MAC_free(mac);
  return hash;
}

TEST(SipHash, AgreesWithOpenSslAtEveryLength) {
  const SipKey key{base::RandomU64(), base::RandomU64()};
  for (size_t length = 0; length < 300; ++length) {
    const std::string text = base::RandomString(base::kAlphanumeric, length);
    ASSERT_EQ(SipHash(key, 0xf3, text), OpenSslSipHash(key, '\xf3' + text)) << length;
  }
}

TEST_F(ReplicaTest, HoldsExactlyWhatWasRevokedByKind) {
  auto writer = WriterWith(30);
  ASSERT_TRUE(
      writer->Apply(std::vector<Revocation>{{Kind::kClient, "c1", "", keep_until_}}, At(31)).ok());
  const auto reader = Reader();
  for (uint64_t i = 0; i < 30; ++i) EXPECT_TRUE(Holds(*reader, i)) << i;
  for (uint64_t i = 30; i < 5000; ++i) EXPECT_FALSE(Holds(*reader, i)) << i;
  EXPECT_TRUE(reader->Contains(reader->Hash(Kind::kClient, "c1")));
  EXPECT_FALSE(reader->Contains(reader->Hash(Kind::kFamily, "c1")));
  EXPECT_FALSE(reader->Contains(reader->Hash(Kind::kClient, "1")));
}

TEST_F(ReplicaTest, KeepsTheServersMarkBesideThePositionItIsOf) {
  const auto mark = [](uint8_t fill) {
    PositionMark bytes{};
    bytes.fill(fill);
    return bytes;
  };
  auto writer = Writer();
  EXPECT_EQ(writer->mark(), PositionMark{}) << "no Replica";
  ASSERT_TRUE(writer->BeginSnapshot(log_, 10).ok());
  ASSERT_TRUE(writer->EndSnapshot(At(10), mark(1)).ok());
  EXPECT_EQ(writer->mark(), mark(1));
  ASSERT_TRUE(writer->Apply(Families(10, 11), At(11), mark(2)).ok());
  EXPECT_EQ(writer->mark(), mark(2));
  writer.reset();
  writer = Writer();
  EXPECT_EQ(writer->position(), At(11));
  EXPECT_EQ(writer->mark(), mark(2)) << "found in the file";
  // Load above one half: the next file takes it over.
  ASSERT_TRUE(writer->Apply(Families(11, 40'000), At(40'000), mark(3)).ok());
  while (writer->status().rebuilds == 0) ASSERT_TRUE(writer->Work().ok());
  EXPECT_EQ(writer->mark(), mark(3));
}

// A file that an earlier version wrote has zeros where the marks are now.
TEST_F(ReplicaTest, AFileWithoutMarksIsResumedUnmarked) {
  WriterWith(3).reset();
  Overwrite(280, std::string(2 * sizeof(PositionMark), '\0'));
  const auto writer = Writer();
  EXPECT_EQ(writer->position(), At(3));
  EXPECT_EQ(writer->mark(), PositionMark{});
}

TEST_F(ReplicaTest, ASnapshotOfNEntriesTakesSixteenBytesEach) {
  auto writer = WriterWith(10'000);
  EXPECT_EQ(writer->status().table_capacity, 20'000U);
  EXPECT_EQ(writer->status().entries, 10'000U);
}

TEST_F(ReplicaTest, AnEarlierReaderSeesWhatIsAppliedLater) {
  auto writer = WriterWith(3);
  const auto reader = Reader();
  EXPECT_FALSE(Holds(*reader, 3));
  ASSERT_TRUE(writer->Apply(Families(3, 4), At(4)).ok());
  EXPECT_TRUE(Holds(*reader, 3));
}

TEST_F(ReplicaTest, LeaseHoldsUntilItsExpiryAndNoLonger) {
  auto writer = WriterWith(1);
  const auto reader = Reader();
  EXPECT_EQ(reader->CheckLease(reader->epoch(), clock_), Lease::kLapsed) << "before any grant";
  ASSERT_TRUE(writer->SetLease(GrantFor(5, 2 * kSecond)));
  const uint64_t epoch = reader->epoch();
  EXPECT_EQ(epoch, 5U);
  EXPECT_EQ(reader->CheckLease(epoch, clock_), Lease::kHolds);
  clock_.AdvanceMillis(1999);
  EXPECT_EQ(reader->CheckLease(epoch, clock_), Lease::kHolds);
  clock_.AdvanceMillis(1);
  EXPECT_EQ(reader->CheckLease(epoch, clock_), Lease::kLapsed);
}

TEST_F(ReplicaTest, AnExpiryFurtherAheadThanTheGreatestTtlIsNoLease) {
  auto writer = WriterWith(1);
  const auto reader = Reader();
  ASSERT_TRUE(writer->SetLease(GrantFor(5, 2 * kSecond + 1)));
  EXPECT_EQ(reader->CheckLease(5, clock_), Lease::kLapsed);
}

TEST_F(ReplicaTest, ALookupUnderAnEndedEpochIsNoProof) {
  auto writer = WriterWith(1);
  const auto reader = Reader();
  ASSERT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
  const uint64_t before = reader->epoch();
  ASSERT_TRUE(writer->SetLease(GrantFor(6, kSecond)));
  EXPECT_EQ(reader->CheckLease(before, clock_), Lease::kEpochChanged);
  EXPECT_EQ(reader->CheckLease(reader->epoch(), clock_), Lease::kHolds);
  writer->EndLease();
  EXPECT_EQ(reader->CheckLease(reader->epoch(), clock_), Lease::kLapsed);
}

TEST_F(ReplicaTest, WallClockIsTheServersAndIgnoresTheHosts) {
  auto writer = WriterWith(1);
  const auto reader = Reader();
  EXPECT_EQ(reader->WallMillis(clock_), 0);
  const int64_t server_now = clock_.WallMillis();
  ASSERT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
  clock_.StepWallMillis(3'600'000);
  EXPECT_EQ(reader->WallMillis(clock_), server_now);
  clock_.AdvanceMillis(250);
  EXPECT_EQ(reader->WallMillis(clock_), server_now + 250);
}

TEST_F(ReplicaTest, ASnapshotTakesTheLeaseOutAndSupersedesTheOldFile) {
  auto writer = WriterWith(3);
  const auto old = Reader();
  ASSERT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
  LogId other{};
  other.fill(9);
  ASSERT_TRUE(writer->BeginSnapshot(other, 10).ok());
  EXPECT_EQ(old->CheckLease(5, clock_), Lease::kLapsed);
  EXPECT_FALSE(writer->SetLease(GrantFor(6, kSecond))) << "while the snapshot is incomplete";
  EXPECT_EQ(old->CheckLease(old->epoch(), clock_), Lease::kLapsed);
  ASSERT_TRUE(writer->AddToSnapshot(Families(100, 110)).ok());
  EXPECT_TRUE(old->IsAt(path_));
  ASSERT_TRUE(writer->EndSnapshot(At(50)).ok());
  EXPECT_FALSE(old->IsAt(path_));
  EXPECT_EQ(old->CheckLease(old->epoch(), clock_), Lease::kSuperseded);
  const auto reader = Reader();
  EXPECT_TRUE(Holds(*reader, 105));
  EXPECT_FALSE(Holds(*reader, 1));
  EXPECT_EQ(writer->log(), other);
  EXPECT_EQ(writer->position(), At(50));
  ASSERT_TRUE(writer->SetLease(GrantFor(6, kSecond)));
  EXPECT_EQ(reader->CheckLease(reader->epoch(), clock_), Lease::kHolds);
}

TEST_F(ReplicaTest, ASnapshotLargerThanItsEstimateIsComplete) {
  auto writer = Writer();
  ASSERT_TRUE(writer->BeginSnapshot(log_, 1).ok());
  for (uint64_t i = 0; i < 3000; i += 100) {
    ASSERT_TRUE(writer->AddToSnapshot(Families(i, i + 100)).ok());
  }
  ASSERT_TRUE(writer->EndSnapshot(At(3000)).ok());
  const auto reader = Reader();
  for (uint64_t i = 0; i < 3000; ++i) EXPECT_TRUE(Holds(*reader, i)) << i;
}

// The rebuild in slices, with entries that arrive between any two of them.
TEST_F(ReplicaTest, ARebuildLosesNothingAndKeepsTheLease) {
  auto writer = WriterWith(100'000);
  auto reader = Reader();
  ASSERT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
  uint64_t next = 100'000;
  bool more = true;
  while (more) {
    ASSERT_TRUE(writer->Apply(Families(next, next + 500), At(next + 500)).ok());
    next += 500;
    auto worked = writer->Work();
    ASSERT_TRUE(worked.ok()) << worked.error().cause;
    more = *worked;
    for (uint64_t i = next - 500; i < next; ++i) {
      if (reader->CheckLease(5, clock_) == Lease::kSuperseded) reader = Reader();
      ASSERT_TRUE(Holds(*reader, i)) << i;
      ASSERT_EQ(reader->CheckLease(5, clock_), Lease::kHolds);
    }
  }
  EXPECT_EQ(writer->status().rebuilds, 1U);
  EXPECT_EQ(writer->status().entries, next);
  reader = Reader();
  for (uint64_t i = 0; i < next; ++i) ASSERT_TRUE(Holds(*reader, i)) << i;
  EXPECT_EQ(writer->position(), At(next));
}

TEST_F(ReplicaTest, ABatchBeyondTheCapWaitsForTheLargerFile) {
  auto writer = WriterWith(40);
  const auto old = Reader();
  ASSERT_TRUE(writer->Apply(Families(40, 5000), At(5000)).ok());
  EXPECT_EQ(old->CheckLease(0, clock_), Lease::kSuperseded);
  const auto reader = Reader();
  for (uint64_t i = 0; i < 5000; ++i) ASSERT_TRUE(Holds(*reader, i)) << i;
}

TEST_F(ReplicaTest, EntriesAreDroppedOnlyWhenAGrantSaysSo) {
  keep_until_ = clock_.WallSeconds() + 600;
  auto writer = WriterWith(10'000);
  keep_until_ = clock_.WallSeconds() + 6000;
  ASSERT_TRUE(writer->Apply(Families(10'000, 12'000), At(12'000)).ok());
  while (*writer->Work()) continue;
  EXPECT_EQ(writer->status().entries, 12'000U);
  clock_.AdvanceMillis(900'000);
  ASSERT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
  EXPECT_FALSE(*writer->Work()) << "by no clock of this host, and by no wall clock of the server";
  LeaseGrant grant = GrantFor(5, kSecond);
  grant.forget_before = clock_.WallSeconds() - 100;
  ASSERT_TRUE(writer->SetLease(grant));
  ASSERT_TRUE(*writer->Work());
  while (*writer->Work()) continue;
  EXPECT_EQ(writer->status().entries, 2'000U);
  const auto reader = Reader();
  EXPECT_FALSE(Holds(*reader, 5));
  for (uint64_t i = 10'000; i < 12'000; ++i) ASSERT_TRUE(Holds(*reader, i)) << i;
}

// The server's store was restored, and its clock set back: what the server says about the time no
// longer covers what was dropped.
TEST_F(ReplicaTest, TheTimeOfGatesNeverFallsBelowWhatWasDroppedBy) {
  keep_until_ = clock_.WallSeconds() + 600;
  auto writer = WriterWith(10'000);
  clock_.AdvanceMillis(900'000);
  const int64_t forgotten = clock_.WallSeconds() - 100;
  LeaseGrant grant = GrantFor(5, kSecond);
  grant.forget_before = forgotten;
  ASSERT_TRUE(writer->SetLease(grant));
  while (*writer->Work()) continue;
  ASSERT_EQ(writer->status().entries, 0U);
  grant = GrantFor(6, kSecond);
  grant.wall_offset -= 7'200'000;
  ASSERT_TRUE(writer->SetLease(grant));
  EXPECT_GE(Reader()->WallMillis(clock_), forgotten * 1000);
  // Also not after a restart of the agent.
  writer.reset();
  writer = Writer();
  EXPECT_EQ(writer->position(), At(10'000));
  ASSERT_TRUE(writer->SetLease(grant));
  EXPECT_GE(Reader()->WallMillis(clock_), forgotten * 1000);
  // A snapshot contains what that server has.
  ASSERT_TRUE(writer->BeginSnapshot(log_, 1).ok());
  ASSERT_TRUE(writer->EndSnapshot(At(1)).ok());
  ASSERT_TRUE(writer->SetLease(grant));
  EXPECT_LT(Reader()->WallMillis(clock_), forgotten * 1000);
}

// The grant that said what may be dropped was for another Replica.
TEST_F(ReplicaTest, ASnapshotIsNotThinnedByAnEarlierGrant) {
  auto writer = WriterWith(10);
  LeaseGrant grant = GrantFor(5, kSecond);
  grant.forget_before = keep_until_ + 1000;
  ASSERT_TRUE(writer->SetLease(grant));
  ASSERT_TRUE(writer->BeginSnapshot(log_, 1).ok());
  ASSERT_TRUE(writer->AddToSnapshot(Families(0, 6000)).ok());
  ASSERT_TRUE(writer->EndSnapshot(At(6000)).ok());
  while (*writer->Work()) continue;
  EXPECT_EQ(writer->status().entries, 6'000U);
  const auto reader = Reader();
  for (uint64_t i = 0; i < 6000; ++i) ASSERT_TRUE(Holds(*reader, i)) << i;
}

// A clock that was ahead has made entries that are to be kept longer than any other.
TEST_F(ReplicaTest, AResumedFileKeepsItsEntriesAsLongAsAnyOfThemHasToBeKept) {
  keep_until_ = clock_.WallSeconds() + 600;
  auto writer = WriterWith(10'000);
  keep_until_ = clock_.WallSeconds() + 3 * 86'400;
  ASSERT_TRUE(writer->Apply(Families(10'000, 10'001), At(10'001)).ok());
  while (*writer->Work()) continue;
  writer.reset();
  writer = Writer();
  EXPECT_EQ(writer->position(), At(10'001));
  LeaseGrant grant = GrantFor(5, kSecond);
  grant.forget_before = keep_until_;
  ASSERT_TRUE(writer->SetLease(grant));
  while (*writer->Work()) continue;
  EXPECT_EQ(writer->status().entries, 10'001U);
  grant.forget_before = keep_until_ + 300;
  ASSERT_TRUE(writer->SetLease(grant));
  while (*writer->Work()) continue;
  EXPECT_EQ(writer->status().entries, 0U);
}

TEST_F(ReplicaTest, AFileOfAnAgentThatNotedNoTimesIsNotUsedAgain) {
  WriterWith(10).reset();
  Overwrite(offsetof(ReplicaHeader, kept), std::string(8, '\0'));
  EXPECT_EQ(Writer()->position(), LogPosition{});
}

TEST_F(ReplicaTest, KeysAreFoundByIssuerAndKidAndWithdrawnForGood) {
  auto writer = WriterWith(1);
  const Revocation publish{Kind::kKeyPublished, "https://a k1", "jwk1", kNever};
  const Revocation withdraw{Kind::kKeyWithdrawn, "https://a k1", "", kNever};
  ASSERT_TRUE(writer->Apply(std::vector{publish}, At(2)).ok());
  const auto reader = Reader();
  const uint32_t slot = reader->FindKey("https://a", "k1");
  ASSERT_NE(slot, ReplicaReader::kNoKey);
  const auto n = reader->key_n(slot);
  EXPECT_EQ(std::string(n.begin(), n.end()), "n of jwk1");
  EXPECT_EQ(reader->key_e(slot).size(), 1U);
  EXPECT_EQ(reader->key_state(slot), KeyState::kLive);
  EXPECT_EQ(reader->FindKey("https://b", "k1"), ReplicaReader::kNoKey);
  EXPECT_EQ(reader->FindKey("https://a", "k2"), ReplicaReader::kNoKey);
  ASSERT_TRUE(writer->Apply(std::vector{withdraw}, At(3)).ok());
  EXPECT_EQ(reader->key_state(slot), KeyState::kWithdrawn);
  ASSERT_TRUE(writer->Apply(std::vector{publish}, At(4)).ok());
  EXPECT_EQ(reader->key_state(slot), KeyState::kWithdrawn);
}

TEST_F(ReplicaTest, AKeyWithdrawnBeforeItIsPublishedNeverLives) {
  auto writer = WriterWith(1);
  ASSERT_TRUE(writer
                  ->Apply(std::vector<Revocation>{{Kind::kKeyWithdrawn, "i k", "", kNever},
                                                  {Kind::kKeyPublished, "i k", "jwk", kNever}},
                          At(3))
                  .ok());
  const auto reader = Reader();
  const uint32_t slot = reader->FindKey("i", "k");
  ASSERT_NE(slot, ReplicaReader::kNoKey);
  EXPECT_EQ(reader->key_state(slot), KeyState::kWithdrawn);
}

TEST_F(ReplicaTest, APoolsRemovalWithdrawsItsKeys) {
  auto writer = WriterWith(1);
  ASSERT_TRUE(writer
                  ->Apply(std::vector<Revocation>{{Kind::kKeyPublished, "a k", "jwk", kNever},
                                                  {Kind::kKeyPublished, "b k", "jwk", kNever},
                                                  {Kind::kPool, "a", "", keep_until_}},
                          At(4))
                  .ok());
  const auto reader = Reader();
  EXPECT_EQ(reader->key_state(reader->FindKey("a", "k")), KeyState::kWithdrawn);
  EXPECT_EQ(reader->key_state(reader->FindKey("b", "k")), KeyState::kLive);
  EXPECT_TRUE(reader->Contains(reader->Hash(Kind::kPool, "a")));
}

TEST_F(ReplicaTest, KeysSurviveGrowthOfTheirPart) {
  auto writer = WriterWith(1);
  std::vector<Revocation> keys;
  for (int i = 0; i < 100; ++i) {
    keys.push_back({Kind::kKeyPublished, "iss k" + std::to_string(i), std::to_string(i), kNever});
  }
  for (size_t i = 0; i < keys.size(); ++i) {
    ASSERT_TRUE(writer->Apply(std::span(keys).subspan(i, 1), At(i + 2)).ok());
  }
  ASSERT_TRUE(
      writer->Apply(std::vector<Revocation>{{Kind::kKeyWithdrawn, "iss k7", "", kNever}}, At(200))
          .ok());
  while (*writer->Work()) continue;
  const auto reader = Reader();
  for (int i = 0; i < 100; ++i) {
    const uint32_t slot = reader->FindKey("iss", "k" + std::to_string(i));
    ASSERT_NE(slot, ReplicaReader::kNoKey) << i;
    EXPECT_EQ(reader->key_state(slot), i == 7 ? KeyState::kWithdrawn : KeyState::kLive);
    const auto n = reader->key_n(slot);
    EXPECT_EQ(std::string(n.begin(), n.end()), "n of " + std::to_string(i));
  }
}

TEST_F(ReplicaTest, AnUnusableKeyIsLeftOutAndCounted) {
  auto writer = WriterWith(1);
  ASSERT_TRUE(writer
                  ->Apply(std::vector<Revocation>{{Kind::kKeyPublished, "a k", "broken", kNever},
                                                  {Kind::kKeyPublished,
                                                   std::string(400, 'i') + " k", "jwk", kNever},
                                                  {Kind::kKeyPublished, "nospace", "jwk", kNever}},
                          At(4))
                  .ok());
  EXPECT_EQ(writer->status().unusable_keys, 3U);
  EXPECT_EQ(Reader()->FindKey("a", "k"), ReplicaReader::kNoKey);
}

// ---- The place

TEST_F(ReplicaTest, StatusCountsTheLiveKeysOfEachIssuer) {
  auto writer = WriterWith(1);
  ASSERT_TRUE(
      writer
          ->Apply(std::vector<Revocation>{{Kind::kKeyPublished, "https://a k1", "j", kNever},
                                          {Kind::kKeyPublished, "https://b k2", "j", kNever},
                                          {Kind::kKeyWithdrawn, "https://a k1", "", kNever}},
                  At(4))
          .ok());
  const std::map<std::string, uint64_t> live{{"https://a", 0}, {"https://b", 1}};
  EXPECT_EQ(writer->status().live_keys, live);
}

// One thread writes and renews, and others decide: a request that is allowed under a valid lease
// has seen every entry that was acknowledged before it began.
TEST_F(ReplicaTest, ConcurrentReadersNeverMissAnAcknowledgedEntry) {
  auto writer = WriterWith(10);
  ASSERT_TRUE(writer->SetLease(GrantFor(1, kSecond)));
  std::atomic<uint64_t> acknowledged{10};
  std::atomic<bool> done{false};
  std::atomic<uint64_t> allowed{0}, missed{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      auto reader = ReplicaReader::Open(path_, geteuid()).value().release();
      while (!done) {
        const uint64_t newest = acknowledged.load();
        const uint64_t epoch = reader->epoch();
        const bool revoked = Holds(*reader, newest - 1);
        const Lease lease = reader->CheckLease(epoch, clock_);
        if (lease == Lease::kHolds) {
          ++allowed;
          if (!revoked) ++missed;
        } else if (lease == Lease::kSuperseded) {
          delete reader;
          reader = ReplicaReader::Open(path_, geteuid()).value().release();
        }
      }
      delete reader;
    });
  }
  for (uint64_t i = 10; i < 30'000; ++i) {
    ASSERT_TRUE(writer->Apply(Families(i, i + 1), At(i + 1)).ok());
    std::atomic_thread_fence(std::memory_order_seq_cst);
    acknowledged = i + 1;
    if (i % 16 == 0) (void)writer->Work();
    if (i % 100 == 0) {
      ASSERT_TRUE(writer->SetLease(GrantFor(1 + i / 1000, kSecond)));
    }
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(missed, 0U);
  EXPECT_GT(allowed, 0U);
  EXPECT_GT(writer->status().rebuilds, 2U);
}

}  // namespace
}  // namespace sallyport::revocation
