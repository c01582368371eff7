// The Replica as a file: which one a writer resumes, which ones writers and readers refuse, and
// what is left of it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/random.h"
#include "replica_fixture.h"

namespace sallyport::revocation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(ReplicaTest, ANewWriterTakesTheLeaseOutAndResumes) {
  auto writer = WriterWith(50);
  ASSERT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
  // As after kill -9: nothing that the destructor does happens.
  const pid_t child = fork();
  if (child == 0) {
    writer.release();
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  const auto reader = Reader();
  writer.reset();
  Overwrite(offsetof(ReplicaHeader, expiry), [&] {
    const int64_t expiry = clock_.BootNanos() + kSecond;
    return std::string(reinterpret_cast<const char*>(&expiry), 8);
  }());
  ASSERT_EQ(reader->CheckLease(5, clock_), Lease::kHolds);
  const auto second = Writer();
  EXPECT_EQ(reader->CheckLease(5, clock_), Lease::kLapsed);
  EXPECT_EQ(second->log(), log_);
  EXPECT_EQ(second->position(), At(50));
  EXPECT_EQ(second->status().entries, 50U);
  ASSERT_TRUE(second->Apply(Families(50, 51), At(51)).ok());
  EXPECT_TRUE(Holds(*reader, 50));
}

TEST_F(ReplicaTest, AWriterThatGoesEndsItsLease) {
  auto writer = WriterWith(1);
  ASSERT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
  const auto reader = Reader();
  writer.reset();
  EXPECT_EQ(reader->CheckLease(5, clock_), Lease::kLapsed);
}

TEST_F(ReplicaTest, ASecondWriterIsRefused) {
  auto writer = WriterWith(1);
  const auto second = ReplicaWriter::Open(Options());
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().cause, HasSubstr("another agent"));
}

TEST_F(ReplicaTest, AWriterStartsAnewWhereTheFileCannotBeTrusted) {
  WriterWith(50).reset();
  Overwrite(offsetof(ReplicaHeader, boot_id), "another boot id ");
  const auto writer = Writer();
  EXPECT_EQ(writer->log(), LogId{});
  EXPECT_EQ(writer->position(), LogPosition{});
  EXPECT_FALSE(writer->SetLease(GrantFor(1, kSecond)));
  ASSERT_TRUE(writer->BeginSnapshot(log_, 0).ok());
  ASSERT_TRUE(writer->EndSnapshot(At(9)).ok());
  EXPECT_EQ(Refusal(), "none");
}

TEST_F(ReplicaTest, AWriterSurvivesAnyGarbageInTheFile) {
  WriterWith(50).reset();
  const auto size = std::filesystem::file_size(path_);
  for (int round = 0; round < 300; ++round) {
    std::string garbage(1 + base::RandomU64() % 64, '\0');
    base::RandomBytes({reinterpret_cast<uint8_t*>(garbage.data()), garbage.size()});
    // Mostly the header, except for the fields that would make everything else be refused.
    const uint64_t range = round % 3 == 0 ? size - garbage.size() : 300;
    Overwrite(static_cast<off_t>(80 + base::RandomU64() % (range - 80)), garbage);
    auto writer = Writer();
    if (writer->log() == LogId{}) {
      ASSERT_TRUE(writer->BeginSnapshot(log_, 50).ok());
      ASSERT_TRUE(writer->AddToSnapshot(Families(0, 50)).ok());
      ASSERT_TRUE(writer->EndSnapshot(At(50)).ok());
    }
  }
}

TEST_F(ReplicaTest, AWriterRefusesADirectoryThatOthersMayWrite) {
  ASSERT_EQ(chmod(directory_.c_str(), 0777), 0);
  const auto writer = ReplicaWriter::Open(Options());
  ASSERT_FALSE(writer.ok());
  EXPECT_THAT(writer.error().cause, HasSubstr("other users may write to the directory"));
}

TEST_F(ReplicaTest, AReaderSaysWhyItRefuses) {
  EXPECT_THAT(Refusal(), HasSubstr("No such file"));
  std::ofstream(path_).close();
  EXPECT_THAT(Refusal(), HasSubstr("empty"));
  std::ofstream(path_) << "short";
  EXPECT_THAT(Refusal(), HasSubstr("shorter than a header"));
  std::ofstream(path_) << std::string(10'000, 'x');
  EXPECT_THAT(Refusal(), HasSubstr("wrong magic"));
  std::filesystem::remove(path_);
  std::filesystem::create_symlink("/etc/passwd", path_);
  EXPECT_THAT(Refusal(), HasSubstr("symbolic links"));
  std::filesystem::remove(path_);
  ASSERT_EQ(mkfifo(path_.c_str(), 0644), 0);
  EXPECT_THAT(Refusal(), HasSubstr("not a regular file"));
}

TEST_F(ReplicaTest, AReaderRefusesWhatWasNotWrittenForThisHostAndUser) {
  WriterWith(5).reset();
  ASSERT_EQ(Refusal(), "none");
  const auto broken = [&](off_t offset, const std::string& bytes) {
    std::filesystem::copy_file(path_, path_ + ".good");
    Overwrite(offset, bytes);
    const std::string refusal = Refusal();
    std::filesystem::rename(path_ + ".good", path_);
    return refusal;
  };
  EXPECT_THAT(broken(8, std::string("\x02\0\0\0", 4)), HasSubstr("format is 2"));
  EXPECT_THAT(broken(12, std::string("\xff\0\0\0", 4)), HasSubstr("uid 255"));
  EXPECT_THAT(broken(16, std::string(8, '\x01')), HasSubstr("its size"));
  EXPECT_THAT(broken(24, std::string(16, 'b')), HasSubstr("boot"));
  EXPECT_THAT(broken(40, std::string(8, 't')), HasSubstr("time namespace"));
  EXPECT_THAT(broken(80, std::string(8, '\xff')), HasSubstr("capacities"));
  EXPECT_THAT(broken(88, std::string(8, '\0')), HasSubstr("capacities"));
  EXPECT_THAT(broken(88, std::string("\x41", 1)), HasSubstr("none")) << "within the same page";
  EXPECT_THAT(broken(89, std::string("\x7f", 1)), HasSubstr("its size"));
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) - 4096);
  EXPECT_THAT(Refusal(), HasSubstr("its size"));
}

TEST_F(ReplicaTest, AReaderRefusesForeignOwnersAndOpenModes) {
  WriterWith(5).reset();
  ASSERT_EQ(chmod(path_.c_str(), 0666), 0);
  EXPECT_THAT(Refusal(), HasSubstr("other users may write to the file"));
  ASSERT_EQ(chmod(path_.c_str(), 0644), 0);
  ASSERT_EQ(chmod(directory_.c_str(), 0777), 0);
  EXPECT_THAT(Refusal(), HasSubstr("other users may write to the directory"));
  ASSERT_EQ(chmod(directory_.c_str(), 0755), 0);
  if (geteuid() != 0) GTEST_SKIP() << "the rest changes owners";
  ASSERT_EQ(chown(path_.c_str(), 12345, 0), 0);
  EXPECT_THAT(Refusal(), HasSubstr("belongs to uid 12345"));
  ASSERT_EQ(chown(path_.c_str(), 0, 0), 0);
  ASSERT_EQ(chown(directory_.c_str(), 12345, 0), 0);
  EXPECT_THAT(Refusal(), HasSubstr("belongs to uid 12345"));
}

TEST_F(ReplicaTest, NoSpaceForASnapshotIsAnErrorAndNoLease) {
  if (mount("tmpfs", directory_.c_str(), "tmpfs", 0, "size=1m,mode=755") != 0) {
    GTEST_SKIP() << "mounting a small file system needs root";
  }
  auto writer = WriterWith(5);
  EXPECT_TRUE(writer->SetLease(GrantFor(5, kSecond)));
  {
    const auto reader = Reader();
    EXPECT_FALSE(writer->BeginSnapshot(log_, 100'000).ok());
    EXPECT_EQ(reader->CheckLease(5, clock_), Lease::kLapsed);
    EXPECT_THAT(Files(), ElementsAre("replica", "replica.lock"));
    // One that turns out to be larger than the server said.
    EXPECT_TRUE(writer->BeginSnapshot(log_, 1).ok());
    base::Status added;
    for (uint64_t i = 0; added.ok() && i < 200'000; i += 1000) {
      added = writer->AddToSnapshot(Families(i, i + 1000));
    }
    EXPECT_THAT(added.error().cause, HasSubstr("no space"));
    EXPECT_THAT(Files(), ElementsAre("replica", "replica.lock"));
    struct statvfs space {};
    ASSERT_EQ(statvfs(directory_.c_str(), &space), 0);
    EXPECT_GT(space.f_bavail, space.f_blocks / 2) << "nor is there an unnamed rest";
  }
  // The old file is used as long as it can be; then nothing more is accepted, and so nothing
  // acknowledged.
  EXPECT_TRUE(writer->Apply(Families(5, 6), At(6)).ok());
  base::Status applied;
  uint64_t next = 6;
  while (applied.ok() && next < 200'000) {
    applied = writer->Apply(Families(next, next + 100), At(next + 100));
    if (applied.ok()) next += 100;
  }
  EXPECT_FALSE(applied.ok());
  EXPECT_THAT(applied.error().cause, HasSubstr("no space"));
  EXPECT_EQ(writer->position(), At(next));
  writer.reset();
  EXPECT_EQ(umount(directory_.c_str()), 0);
}

TEST_F(ReplicaTest, AKilledWriterLeavesNothingOfASnapshotBehind) {
  WriterWith(5).reset();
  const pid_t child = fork();
  if (child == 0) {
    auto writer = ReplicaWriter::Open(Options());
    if (!writer || !(*writer)->BeginSnapshot(log_, 10'000)) _exit(1);
    if (!(*writer)->AddToSnapshot(Families(0, 5000))) _exit(1);
    raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_THAT(Files(), ElementsAre("replica", "replica.lock"));
  EXPECT_EQ(Writer()->position(), At(5));
}

}  // namespace
}  // namespace sallyport::revocation
