// A Gate whose Replica is replaced, without a lease, missing or unusable.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "gate_fixture.h"

namespace sallyport::authorizer {
namespace {

using revocation::Kind;

TEST_F(GateTest, RevocationsAreFoundInTheNextFileToo) {
  const std::string token = Access();
  EXPECT_EQ(Ask(token), "allow");
  // Another file, another hash key, another slot for the key.
  replica_.Replace({{Kind::kFamily, "family-1", "", Now() + 100'000},
                    ScratchReplica::KeyEntry(kIssuer, "kid-0", Key(1).ToPublic()),
                    ScratchReplica::KeyEntry(kIssuer, kKid, *public_)});
  replica_.Lease(8);
  EXPECT_EQ(Once(RuleForm{}.Make(), token), "revoked");
  EXPECT_EQ(Ask(Access({{"origin_jti", "\"family-2\""}})), "allow");
}

// ---- Keys

TEST_F(GateTest, KeyPublishedLaterIsFoundWithoutAPause) {
  const std::string token = Sign(AccessClaims(), "kid-2", 1);
  EXPECT_EQ(Ask(token), "unknown_key");
  replica_.Publish(kIssuer, "kid-2", Key(1).ToPublic());
  EXPECT_EQ(Ask(token), "allow");
  EXPECT_EQ(Ask(Sign(AccessClaims(), "KID-2", 1)), "unknown_key");
}

TEST_F(GateTest, SameKidWithOtherBytesInTheNextFileEndsWhatTheOldKeyVerified) {
  const std::string token = Access();
  EXPECT_EQ(Ask(token), "allow");
  replica_.Replace({ScratchReplica::KeyEntry(kIssuer, kKid, Key(1).ToPublic())});
  replica_.Lease(8);
  EXPECT_EQ(Ask(token), "unknown_key");
  EXPECT_EQ(Ask(Sign(AccessClaims(), kKid, 1)), "allow");
  Reopen();
  EXPECT_EQ(Ask(token), "bad_signature");
}

TEST_F(GateTest, FileWithoutTheKeyEndsWhatItVerifiedUntilItIsPublishedAgain) {
  const std::string token = Access();
  EXPECT_EQ(Ask(token), "allow");
  replica_.Replace({});
  replica_.Lease(8);
  EXPECT_EQ(Ask(token), "unknown_key");
  replica_.Publish(kIssuer, kKid, *public_);
  EXPECT_EQ(Ask(token), "allow");
}

// ---- The lease

TEST_F(GateTest, WithoutLeaseNothingIsAllowedAndAfterTheNextOneItIs) {
  const std::string token = Access();
  EXPECT_EQ(Ask(token), "allow");
  clock_.AdvanceMillis(2000);
  EXPECT_EQ(Ask(token), "no_lease");
  EXPECT_EQ(Ask(Access({{"jti", "\"fresh\""}})), "no_lease");
  replica_.Lease(8);
  EXPECT_EQ(Ask(token), "allow");
  replica_.writer().EndLease();
  EXPECT_EQ(Ask(token), "no_lease");
}

TEST_F(GateTest, DenialWithoutLeaseComesBeforeWhatOnlyTheServersTimeCanTell) {
  const std::string token = Access({{"exp", std::to_string(Now() - 1)}});
  EXPECT_EQ(Ask(token), "expired");
  replica_.writer().EndLease();
  EXPECT_EQ(Ask(token), "no_lease");
}

TEST_F(GateTest, SupersededFileIsLeftAtOnce) {
  const std::string token = Access();
  EXPECT_EQ(Ask(token), "allow");
  for (uint64_t epoch = 8; epoch < 12; ++epoch) {
    replica_.Replace({ScratchReplica::KeyEntry(kIssuer, kKid, *public_)});
    replica_.Lease(epoch);
    EXPECT_EQ(Once(RuleForm{}.Make(), token), "allow") << epoch;
  }
}

TEST_F(GateTest, FileOfARestartedAgentIsFoundOnceTheOldLeaseLapsed) {
  const std::string token = Access();
  EXPECT_EQ(Ask(token), "allow");
  // As if the process were killed between rename and mark: the old file never says that it is
  // superseded. (A writer that lives would end the lease in a file that has lost its name.)
  replica_.StopWriter();
  std::filesystem::copy_file(replica_.path(), replica_.path() + ".copy");
  std::filesystem::rename(replica_.path() + ".copy", replica_.path());
  clock_.AdvanceMillis(2000);
  EXPECT_EQ(Ask(token), "no_lease");
  replica_.StartWriter();
  replica_.Lease(9);
  clock_.AdvanceMillis(60);
  EXPECT_EQ(Ask(token), "allow");
}

// ---- A Replica that cannot be used

TEST_F(GateTest, MissingReplicaDeniesSaysWhyAndIsFoundWhenItComes) {
  const std::string elsewhere = replica_.directory() + "/elsewhere";
  std::filesystem::rename(replica_.path(), elsewhere);
  Reopen();
  EXPECT_EQ(Ask(Access()), "replica_unusable");
  EXPECT_THAT(gate_->problem(), ::testing::HasSubstr(replica_.path()));
  std::filesystem::rename(elsewhere, replica_.path());
  EXPECT_EQ(Ask(Access()), "replica_unusable");  // not tried again so soon
  clock_.AdvanceMillis(50);
  EXPECT_EQ(Ask(Access()), "allow");
  EXPECT_EQ(gate_->problem(), "");
}

TEST_F(GateTest, EmptyShortGarbageOrWritableReplicaDeniesAndSaysWhy) {
  replica_.StopWriter();
  const auto unusable = [this](const std::string& bytes) {
    std::filesystem::remove(replica_.path());
    std::ofstream(replica_.path()) << bytes;
    Reopen();
    EXPECT_EQ(Ask(Access()), "replica_unusable");
    EXPECT_NE(gate_->problem(), "");
  };
  unusable("");
  unusable("x");
  unusable(std::string(8192, 'x'));
  unusable(std::string(1 << 20, '\0'));
  std::filesystem::remove(replica_.path());
  ScratchReplica other(clock_);
  ASSERT_EQ(chmod(other.path().c_str(), 0666), 0);
  Gate gate({other.path(), getuid(), 0}, clock_);
  EXPECT_EQ(gate.Authorize(RuleForm{}.Make(), Access()).reason, SALLYPORT_REASON_REPLICA_UNUSABLE);
  Gate foreign({replica_.path(), getuid() + 1, 0}, clock_);
  EXPECT_EQ(foreign.Authorize(RuleForm{}.Make(), Access()).reason,
            SALLYPORT_REASON_REPLICA_UNUSABLE);
}

}  // namespace
}  // namespace sallyport::authorizer
