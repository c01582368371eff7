// Where a Replica lies, who may write there, and what becomes of a file that others wrote to.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "replica_fixture.h"

namespace sallyport::revocation {
namespace {

using ::testing::HasSubstr;

TEST_F(ReplicaTest, AReaderRefusesAReplicaBelowADirectoryThatOthersMayWrite) {
  const std::string top = directory_;
  directory_ += "/a/b";
  path_ = directory_ + "/replica";
  std::filesystem::create_directories(directory_);
  WriterWith(5).reset();
  ASSERT_EQ(Refusal(), "none");
  ASSERT_EQ(chmod((top + "/a").c_str(), 0775), 0);
  EXPECT_THAT(Refusal(), HasSubstr(top + "/a: other users may write to the directory"));
  EXPECT_FALSE(ReplicaWriter::Open(Options()).ok()) << "nor does an agent write there";
  ASSERT_EQ(chmod((top + "/a").c_str(), 0757), 0);
  EXPECT_THAT(Refusal(), HasSubstr(top + "/a: other users may write to the directory"));
  // As in /tmp: others may add files, but not replace ours.
  ASSERT_EQ(chmod((top + "/a").c_str(), 01777), 0);
  EXPECT_EQ(Refusal(), "none");
  // In the Replica's own directory, others may not even add files.
  ASSERT_EQ(chmod((top + "/a").c_str(), 0755), 0);
  ASSERT_EQ(chmod(directory_.c_str(), 01777), 0);
  EXPECT_THAT(Refusal(), HasSubstr(directory_ + ": other users may write to the directory"));
  ASSERT_EQ(chmod(directory_.c_str(), 0755), 0);
  if (geteuid() == 0) {
    ASSERT_EQ(chown((top + "/a").c_str(), 12345, 0), 0);
    EXPECT_THAT(Refusal(), HasSubstr(top + "/a: the directory belongs to uid 12345"));
    ASSERT_EQ(chown((top + "/a").c_str(), 0, 0), 0);
    ASSERT_EQ(chmod((top + "/a").c_str(), 01777), 0);
    ASSERT_EQ(chown(directory_.c_str(), 12345, 0), 0);
    EXPECT_THAT(Refusal(), HasSubstr(directory_ + ": belongs to uid 12345"));
  }
  directory_ = top;
}

TEST_F(ReplicaTest, ALinkOnTheWayIsAsGoodAsWhatItLeadsToAndWhereItStands) {
  const std::string top = directory_;
  for (const char* each : {"/real/inner", "/open", "/safe"}) {
    std::filesystem::create_directories(top + each);
  }
  path_ = top + "/real/inner/replica";
  WriterWith(5).reset();
  std::filesystem::create_symlink("../real", top + "/safe/link");
  std::filesystem::create_symlink(top + "/safe/link/../real/inner", top + "/absolute");
  std::filesystem::create_symlink("../real", top + "/open/link");
  std::filesystem::create_symlink("loop", top + "/loop");
  path_ = top + "/safe/link/inner/replica";
  EXPECT_EQ(Refusal(), "none");
  path_ = top + "/absolute/replica";
  EXPECT_EQ(Refusal(), "none");
  path_ = top + "/open/link/inner/replica";
  EXPECT_EQ(Refusal(), "none");
  ASSERT_EQ(chmod((top + "/open").c_str(), 0777), 0);
  EXPECT_THAT(Refusal(), HasSubstr(top + "/open: other users may write to the directory"))
      << "whoever may replace the link chooses the file";
  path_ = top + "/open/../real/inner/replica";
  EXPECT_THAT(Refusal(), HasSubstr(top + "/open: other users may write to the directory"));
  path_ = top + "/loop/replica";
  EXPECT_THAT(Refusal(), HasSubstr("too many links"));
  path_ = top + "/real/inner/replica/replica";
  EXPECT_THAT(Refusal(), HasSubstr("is not a directory"));
  path_ = top + "/nowhere/replica";
  EXPECT_THAT(Refusal(), HasSubstr(top + "/nowhere: No such file"));
}

TEST_F(ReplicaTest, ARelativePathIsCheckedFromTheRootOnToo) {
  WriterWith(5).reset();
  const auto here = std::filesystem::current_path();
  std::filesystem::create_directories(directory_ + "/here");
  std::filesystem::current_path(directory_ + "/here");
  path_ = "../replica";
  EXPECT_EQ(Refusal(), "none");
  std::filesystem::current_path(directory_);
  path_ = "replica";
  EXPECT_EQ(Refusal(), "none");
  ASSERT_EQ(chmod(directory_.c_str(), 0777), 0);
  EXPECT_THAT(Refusal(), HasSubstr(directory_ + ": other users may write to"));
  std::filesystem::current_path(here);
}

TEST_F(ReplicaTest, AFileThatWasRemovedIsNoticedAndMadeAnew) {
  auto writer = WriterWith(2000);
  ASSERT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
  const auto mapped = Reader();
  ASSERT_FALSE(*writer->Work());
  ASSERT_EQ(writer->status().problem, "");
  std::filesystem::remove(path_);
  clock_.AdvanceMillis(200);
  ASSERT_TRUE(*writer->Work());
  EXPECT_THAT(writer->status().problem, HasSubstr("removed, replaced"));
  EXPECT_EQ(writer->status().losses, 1U);
  // A gate that has the old file mapped is served meanwhile.
  ASSERT_TRUE(writer->Apply(Families(2000, 2001), At(2001)).ok());
  EXPECT_TRUE(Holds(*mapped, 2000));
  EXPECT_EQ(mapped->CheckLease(5, clock_), Lease::kHolds);
  while (*writer->Work()) continue;
  EXPECT_EQ(writer->status().problem, "");
  EXPECT_EQ(mapped->CheckLease(5, clock_), Lease::kSuperseded);
  const auto reader = Reader();
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->CheckLease(5, clock_), Lease::kHolds);
  for (uint64_t i = 0; i <= 2000; ++i) ASSERT_TRUE(Holds(*reader, i)) << i;
}

// Gates refuse a file that other users may write to, and cannot open one that they may not read.
TEST_F(ReplicaTest, AFileOfAnotherModeOrOwnerIsNoticedAndMadeAnew) {
  auto writer = WriterWith(100);
  ASSERT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
  for (const mode_t mode : {0666, 0600, 0755}) {
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
    clock_.AdvanceMillis(200);
    ASSERT_TRUE(*writer->Work());
    EXPECT_THAT(writer->status().problem, HasSubstr("another owner or mode"));
    while (*writer->Work()) continue;
    EXPECT_EQ(writer->status().problem, "");
    const auto reader = Reader();
    ASSERT_TRUE(reader);
    EXPECT_TRUE(Holds(*reader, 1));
  }
  EXPECT_EQ(writer->status().losses, 3U);
}

TEST_F(ReplicaTest, AFileThatWasReplacedIsReplacedAgain) {
  auto writer = WriterWith(100);
  ASSERT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
  std::filesystem::copy_file(path_, path_ + ".copy");
  std::filesystem::rename(path_ + ".copy", path_);
  clock_.AdvanceMillis(200);
  while (*writer->Work()) continue;
  EXPECT_EQ(writer->status().problem, "");
  ASSERT_TRUE(writer->Apply(Families(100, 101), At(101)).ok());
  EXPECT_TRUE(Holds(*Reader(), 100));
}

// `cp older-copy replica`: the same file with other contents.
TEST_F(ReplicaTest, AFileThatWasWrittenOverIsGivenUpAndNeverUnderLease) {
  auto writer = WriterWith(100);
  std::filesystem::copy_file(path_, path_ + ".copy");
  ASSERT_TRUE(writer->Apply(Families(100, 101), At(101)).ok());
  ASSERT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
  const auto mapped = Reader();
  std::ofstream(path_, std::ios::in | std::ios::out | std::ios::binary)
      << std::ifstream(path_ + ".copy", std::ios::binary).rdbuf();
  EXPECT_FALSE(writer->SetLease(GrantFor(5, kSecond)));
  EXPECT_TRUE(writer->is_forsaken());
  EXPECT_NE(mapped->CheckLease(5, clock_), Lease::kHolds);
  EXPECT_THAT(writer->status().problem, HasSubstr("was written over"));
  EXPECT_EQ(writer->position(), LogPosition{});
  ASSERT_FALSE(*writer->Work());
  EXPECT_FALSE(writer->Apply(Families(101, 102), At(102)).ok());
  ASSERT_TRUE(writer->BeginSnapshot(LogId{1}, 10).ok());
  ASSERT_TRUE(writer->AddToSnapshot(Families(0, 102)).ok());
  ASSERT_TRUE(writer->EndSnapshot(At(102)).ok());
  EXPECT_EQ(writer->status().problem, "");
  ASSERT_TRUE(writer->SetLease(GrantFor(6, kSecond)));
  EXPECT_TRUE(Holds(*Reader(), 101));
  EXPECT_EQ(mapped->CheckLease(5, clock_), Lease::kSuperseded);
}

// `cp` of a large file: it is noticed while the file is short, and a gate has it mapped when it is
// complete again.
TEST_F(ReplicaTest, ACopyThatIsWrittenAfterTheFileWasGivenUpIsNeverUnderLeaseForLong) {
  MappedFile::SurviveCutFiles();
  auto writer = WriterWith(100);
  ASSERT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
  std::stringstream copy;
  copy << std::ifstream(path_, std::ios::binary).rdbuf();
  const auto mapped = Reader();
  std::filesystem::rename(path_, path_ + ".old");
  std::filesystem::create_hard_link(path_ + ".old", path_);
  std::filesystem::resize_file(path_, 0);
  clock_.AdvanceMillis(200);
  ASSERT_TRUE(writer->Work().ok());
  ASSERT_TRUE(writer->is_forsaken());
  ASSERT_TRUE(writer->BeginSnapshot(LogId{1}, 10).ok());
  ASSERT_TRUE(writer->EndSnapshot(At(1)).ok());
  std::ofstream(path_ + ".old", std::ios::binary) << copy.str();
  ASSERT_EQ(mapped->CheckLease(5, clock_), Lease::kHolds);
  clock_.AdvanceMillis(200);
  ASSERT_TRUE(writer->Work().ok());
  EXPECT_EQ(mapped->CheckLease(5, clock_), Lease::kSuperseded);
}

// Gates have the file mapped, with a lease that would still last.
TEST_F(ReplicaTest, AFileOfAnotherSizeOrWithAnotherHeaderIsGivenUpWithItsLease) {
  const auto change = [&](int how) {
    const auto size = std::filesystem::file_size(path_);
    if (how == 0) std::filesystem::resize_file(path_, size - 4096);
    if (how == 1) std::filesystem::resize_file(path_, size + 4096);
    if (how == 2) Overwrite(0, std::string(64, '\0'));
  };
  for (const int how : {0, 1, 2}) {
    std::filesystem::remove(path_);
    auto writer = WriterWith(100);
    ASSERT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
    const auto mapped = Reader();
    change(how);
    EXPECT_FALSE(writer->Apply(Families(100, 101), At(101)).ok()) << how;
    EXPECT_TRUE(writer->is_forsaken());
    EXPECT_EQ(mapped->CheckLease(5, clock_), Lease::kSuperseded) << how;
  }
}

// `cp -p replica copy; mv copy replica`: gates that start now map the copy, whose lease would still
// last.
TEST_F(ReplicaTest, ACopyThatWasMovedToTheNameLosesItsLeaseBeforeAnEntryIsApplied) {
  auto writer = WriterWith(100);
  ASSERT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
  std::filesystem::copy_file(path_, path_ + ".copy");
  std::filesystem::rename(path_ + ".copy", path_);
  const auto of_the_copy = Reader();
  ASSERT_EQ(of_the_copy->CheckLease(5, clock_), Lease::kHolds);
  ASSERT_TRUE(writer->Apply(Families(100, 101), At(101)).ok());
  EXPECT_EQ(of_the_copy->CheckLease(5, clock_), Lease::kSuperseded);
}

TEST_F(ReplicaTest, AFileThatHasLostEntriesIsNotUsedAgain) {
  const uint64_t table_bytes = 8 * WriterWith(100)->status().table_capacity;
  const uint64_t at = std::filesystem::file_size(path_) - (table_bytes + 4095) / 4096 * 4096;
  Overwrite(at, std::string(table_bytes, '\0'));
  EXPECT_EQ(Writer()->position(), LogPosition{});
}

TEST_F(ReplicaTest, AFileThatWasCutShortIsGivenUp) {
  auto writer = WriterWith(100);
  ASSERT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
  std::filesystem::resize_file(path_, 0);
  clock_.AdvanceMillis(200);
  ASSERT_FALSE(*writer->Work());
  EXPECT_THAT(writer->status().problem, HasSubstr("cut short"));
  EXPECT_EQ(writer->status().losses, 1U);
  EXPECT_FALSE(writer->SetLease(GrantFor(5, kSecond)));
  ASSERT_TRUE(writer->BeginSnapshot(LogId{1}, 10).ok());
  ASSERT_TRUE(writer->EndSnapshot(At(1)).ok());
  EXPECT_TRUE(writer->SetLease(GrantFor(6, kSecond)));
}

// Between two looks, what is written reaches no gate, and the process goes on.
TEST_F(ReplicaTest, WritingToAFileThatWasCutShortEndsNothing) {
  MappedFile::SurviveCutFiles();
  auto writer = WriterWith(100);
  ASSERT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
  std::filesystem::resize_file(path_, 0);
  EXPECT_EQ(writer->position(), LogPosition{});
  std::filesystem::resize_file(path_, 1 << 20);
  EXPECT_FALSE(writer->SetLease(GrantFor(5, kSecond)));
  EXPECT_TRUE(writer->is_forsaken());
}

TEST_F(ReplicaTest, ADirectoryThatGatesCannotEnterAnyMoreIsTold) {
  path_ = directory_ + "/below/replica";
  auto writer = WriterWith(1);
  ASSERT_EQ(chmod((directory_ + "/below").c_str(), 0700), 0);
  clock_.AdvanceMillis(200);
  ASSERT_FALSE(*writer->Work());
  EXPECT_THAT(writer->status().problem, HasSubstr("cannot open it"));
  ASSERT_EQ(chmod((directory_ + "/below").c_str(), 0755), 0);
  clock_.AdvanceMillis(200);
  ASSERT_FALSE(*writer->Work());
  EXPECT_EQ(writer->status().problem, "");
}

TEST_F(ReplicaTest, ADirectoryThatWasRemovedIsMadeAnewWithTheLock) {
  const std::string top = directory_;
  path_ = top + "/below/replica";
  auto writer = WriterWith(100);
  ASSERT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
  std::filesystem::remove_all(top + "/below");
  clock_.AdvanceMillis(200);
  while (*writer->Work()) continue;
  EXPECT_EQ(writer->status().problem, "");
  EXPECT_EQ(Reader()->CheckLease(5, clock_), Lease::kHolds);
  const auto second = ReplicaWriter::Open(Options());
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().cause, HasSubstr("another agent"));
}

TEST_F(ReplicaTest, WhoLostTheLockToAnotherGivesUpTheLease) {
  auto writer = WriterWith(100);
  ASSERT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
  const auto mapped = Reader();
  std::filesystem::remove(path_ + ".lock");
  auto other = Writer();
  clock_.AdvanceMillis(200);
  ASSERT_FALSE(*writer->Work());
  EXPECT_THAT(writer->status().problem, HasSubstr("another agent writes this Replica"));
  EXPECT_FALSE(writer->SetLease(GrantFor(6, kSecond)));
  other.reset();
  clock_.AdvanceMillis(200);
  while (*writer->Work()) continue;
  // The other writer has written the file.
  EXPECT_TRUE(writer->is_forsaken());
  ASSERT_TRUE(writer->BeginSnapshot(LogId{1}, 10).ok());
  ASSERT_TRUE(writer->EndSnapshot(At(1)).ok());
  EXPECT_EQ(writer->status().problem, "");
  EXPECT_TRUE(writer->SetLease(GrantFor(7, kSecond)));
  EXPECT_EQ(Reader()->CheckLease(7, clock_), Lease::kHolds);
}

TEST_F(ReplicaTest, ADirectoryThatOthersMayWriteNowIsAProblemInWords) {
  auto writer = WriterWith(100);
  ASSERT_EQ(chmod(directory_.c_str(), 0777), 0);
  clock_.AdvanceMillis(200);
  ASSERT_FALSE(*writer->Work());
  EXPECT_THAT(writer->status().problem, HasSubstr(directory_ + ": other users may write to"));
  ASSERT_EQ(chmod(directory_.c_str(), 0755), 0);
  clock_.AdvanceMillis(200);
  ASSERT_FALSE(*writer->Work());
  EXPECT_EQ(writer->status().problem, "");
}

// Whatever else happens to the file: the part after its header is compared piece by piece, one at a
// look.
TEST_F(ReplicaTest, WhatIsLostOrAddedBehindTheHeaderIsNoticedAndTheFileGivenUp) {
  const auto table = [this] {
    const uint64_t size = std::filesystem::file_size(path_);
    return std::pair{size - 4096, uint64_t{4096}};  // 64 words fit a page
  };
  const auto change = [&](int how) {
    const auto [at, size] = table();
    if (how == 0) Overwrite(static_cast<off_t>(at), std::string(size, '\0'));
    if (how == 1) Overwrite(static_cast<off_t>(at), std::string(size, '\1'));
    if (how == 2) Overwrite(4096, std::string(at - 4096, '\0'));  // every key, and where it is
    if (how == 3) {
      std::filesystem::resize_file(path_, at);
      std::filesystem::resize_file(path_, at + size);
    }
    if (how == 4) Overwrite(160, std::string(8, '\7'));  // the time of gates
    if (how == 5) Overwrite(168, std::string(8, '\0'));  // the count of keys
  };
  MappedFile::SurviveCutFiles();
  for (const int how : {0, 1, 2, 3, 4, 5}) {
    std::filesystem::remove(path_);
    auto writer = WriterWith(20);
    ASSERT_TRUE(
        writer->Apply(std::vector<Revocation>{{Kind::kKeyPublished, "iss k1", "jwk", 0}}, At(21))
            .ok());
    ASSERT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
    const auto mapped = Reader();
    clock_.AdvanceMillis(200);
    ASSERT_TRUE(writer->Work().ok());
    ASSERT_FALSE(writer->is_forsaken()) << how;
    change(how);
    clock_.AdvanceMillis(200);
    ASSERT_FALSE(*writer->Work());
    EXPECT_TRUE(writer->is_forsaken()) << how;
    EXPECT_EQ(mapped->CheckLease(5, clock_), Lease::kSuperseded) << how;
    EXPECT_THAT(writer->status().problem, HasSubstr("was written over")) << how;
    EXPECT_FALSE(writer->SetLease(GrantFor(5, kSecond)));
  }
}

// Larger than what is compared at one look.
TEST_F(ReplicaTest, TheLastPageOfALargeTableIsComparedAfterSomeLooks) {
  auto writer = WriterWith(300'000);
  ASSERT_TRUE(writer->SetLease(GrantFor(5, 100 * kSecond)));
  const auto size = std::filesystem::file_size(path_);
  for (const int change : {0, 1}) {
    if (change == 1) Overwrite(static_cast<off_t>(size - 2 * 4096), std::string(4096, '\0'));
    for (uint64_t looks = 0; looks <= size >> 22; ++looks) {
      clock_.AdvanceMillis(200);
      ASSERT_TRUE(writer->Work().ok());
    }
    EXPECT_EQ(writer->is_forsaken(), change == 1);
  }
}

// The larger file that takes over would have fewer entries, and look complete.
TEST_F(ReplicaTest, WhatWasLostIsNoticedWhenALargerFileIsMadeOfIt) {
  for (const bool keys : {false, true}) {
    std::filesystem::remove(path_);
    auto writer = WriterWith(30);
    ASSERT_TRUE(
        writer->Apply(std::vector<Revocation>{{Kind::kKeyPublished, "iss k1", "jwk", 0}}, At(31))
            .ok());
    ASSERT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
    const auto mapped = Reader();
    const auto at = static_cast<off_t>(std::filesystem::file_size(path_) - 4096);
    Overwrite(keys ? 4096 : at, std::string(keys ? at - 4096 : 4096, '\0'));
    EXPECT_FALSE(writer->Apply(Families(30, 60), At(60)).ok());
    EXPECT_TRUE(writer->is_forsaken());
    EXPECT_EQ(mapped->CheckLease(5, clock_), Lease::kSuperseded);
  }
}

// Nothing that a writer itself does may look like the work of another process.
TEST_F(ReplicaTest, WhatItWritesItselfIsNeverTakenForAnothers) {
  auto writer = WriterWith(10);
  uint64_t epoch = 1;
  uint64_t rebuilds = 0;
  for (uint64_t round = 0; round < 300; ++round) {
    const std::string n = std::to_string(round);
    keep_until_ = 1'700'000'000 + static_cast<int64_t>(round) * 60;
    std::vector<Revocation> batch = Families(10 * round, 10 * round + 20);
    batch.push_back({Kind::kKeyPublished, "iss" + std::to_string(round % 7) + " k" + n, "jwk", 0});
    if (round % 3 == 0) batch.push_back({Kind::kKeyWithdrawn, "iss0 k" + n, "", 0});
    if (round % 50 == 0) batch.push_back({Kind::kPool, "iss1", "", keep_until_});
    ASSERT_TRUE(writer->Apply(batch, At(100 + round)).ok());
    LeaseGrant grant = GrantFor(round % 20 == 0 ? ++epoch : epoch, kSecond);
    grant.forget_before = keep_until_ - 3600;
    ASSERT_TRUE(writer->SetLease(grant));
    if (round % 30 == 0) writer->EndLease();
    if (round % 100 == 50) {
      rebuilds += writer->status().rebuilds;
      writer.reset();
      writer = Writer();
      ASSERT_EQ(writer->position().sequence, 100 + round);
    }
    clock_.AdvanceMillis(200);
    while (*writer->Work()) continue;
    ASSERT_EQ(writer->status().problem, "") << round;
  }
  EXPECT_GT(rebuilds, 3U);
}

TEST_F(ReplicaTest, ADirectoryAboveThatGatesCannotEnterAnyMoreIsTold) {
  path_ = directory_ + "/below/replica";
  auto writer = WriterWith(1);
  EXPECT_FALSE(writer->status().is_for_owner_only);
  ASSERT_EQ(chmod(directory_.c_str(), 0700), 0);
  clock_.AdvanceMillis(200);
  ASSERT_FALSE(*writer->Work());
  EXPECT_THAT(writer->status().problem, HasSubstr("cannot open it"));
  ASSERT_EQ(chmod(directory_.c_str(), 0755), 0);
  clock_.AdvanceMillis(200);
  ASSERT_FALSE(*writer->Work());
  EXPECT_EQ(writer->status().problem, "");
}

TEST_F(ReplicaTest, AnotherDirectoryThatGatesCannotEnterIsTold) {
  path_ = directory_ + "/below/replica";
  auto writer = WriterWith(1);
  std::filesystem::rename(directory_ + "/below", directory_ + "/before");
  ASSERT_EQ(mkdir((directory_ + "/below").c_str(), 0700), 0);
  clock_.AdvanceMillis(200);
  while (*writer->Work()) continue;
  EXPECT_THAT(writer->status().problem, HasSubstr("cannot open it"));
}

TEST_F(ReplicaTest, ADirectoryThatOnlyItsOwnerMayEnterFromTheStartIsSaid) {
  ASSERT_EQ(chmod(directory_.c_str(), 0700), 0);
  const auto writer = WriterWith(1);
  EXPECT_EQ(writer->status().problem, "");
  EXPECT_TRUE(writer->status().is_for_owner_only);
}

TEST_F(ReplicaTest, AUmaskDoesNotKeepGatesOutOfTheDirectoryThatItMakes) {
  path_ = directory_ + "/below/replica";
  const mode_t before = umask(0077);
  const auto writer = WriterWith(1);
  umask(before);
  EXPECT_FALSE(writer->status().is_for_owner_only);
}

}  // namespace
}  // namespace sallyport::revocation
