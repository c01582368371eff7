// Room to revoke on a disk that is full to its last byte. This needs a tmpfs of the test's own,
// which only root may mount; what does not need one is simulated.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "backend.h"
#include "disk_faults.h"
#include "store/sqlite/sqlite_store.h"

namespace sallyport::store {
namespace {

namespace fs = std::filesystem;
constexpr uint64_t kMib = 1024 * 1024;
constexpr uint64_t kReserve = 6 * kMib;

// Small enough that both kinds of checkpoint are needed again and again.
SqliteOptions Options() {
  SqliteOptions options;
  options.checkpoint_pages = 50;
  options.restart_pages = 100;
  options.reserve_bytes = kReserve;
  return options;
}

base::Status PutOne(Tx& tx) {
  return tx.Put("k", "v", {});
}

// A revocation and its cause.
base::Result<Committed> Revoke(Store& store, int number) {
  const std::string subject = "family-" + std::to_string(number);
  return store.UpdateRevoking([&](LogTx& tx) -> base::Status {
    SALLYPORT_TRY(tx.Put(subject, std::string(200, 'r'), {{"users", subject}}));
    return tx.Append({revocation::Kind::kFamily, subject, "", revocation::kNever});
  });
}

// Of Written or Committed.
template <typename T>
bool Done(const base::Result<T>& committed) {
  return committed.ok() && committed->outcome.ok();
}

template <typename T>
bool RefusedForSpace(const base::Result<T>& committed) {
  if (!committed) return IsDiskFull(committed.error());
  return !committed->outcome && IsDiskFull(committed->outcome.error());
}

class FullDiskTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (mount("tmpfs", disk_.path().c_str(), "tmpfs", 0, "size=24m,mode=700") != 0) {
      GTEST_SKIP() << "no tmpfs can be mounted here: " << std::strerror(errno);
    }
    mounted_ = true;
  }
  void TearDown() override {
    store_.reset();
    if (mounted_) umount2(disk_.path().c_str(), MNT_DETACH);
  }

  std::string data() const { return disk_.path() + "/data"; }
  void Open(const SqliteOptions& options = Options()) {
    auto opened = OpenSqlite(data(), options);
    ASSERT_TRUE(opened.ok()) << opened.error().message << opened.error().cause;
    store_ = std::move(*opened);
  }
  uint64_t Free() const {
    struct statvfs status {};
    EXPECT_EQ(statvfs(disk_.path().c_str(), &status), 0);
    return status.f_bfree * status.f_frsize;
  }
  // To the last byte.
  void Fill() {
    std::ofstream fill(disk_.path() + "/fill", std::ios::app);
    const std::string bytes(4096, 'f');
    while (fill.write(bytes.data(), 4096).flush()) {
    }
    ASSERT_LT(Free(), 4096U);
  }
  void MakeSpace() { fs::remove(disk_.path() + "/fill"); }
  bool WaitFor(bool only_revocations) {
    for (int i = 0; i < 500; ++i) {
      if (store_->GetSpace().only_revocations == only_revocations) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
  }

  TemporaryDirectory disk_;
  bool mounted_ = false;
  std::unique_ptr<Store> store_;
};

TEST_F(FullDiskTest, RevocationsCommitAndEverythingElseIsRefusedUntilThereIsSpaceAgain) {
  Open();
  ASSERT_TRUE(Done(store_->Update(PutOne)));
  EXPECT_EQ(store_->GetSpace().reserve, kReserve);
  Fill();
  ASSERT_TRUE(WaitFor(true));
  const auto refused = store_->Update([](Tx& tx) { return tx.Put("k", "w", {}); });
  EXPECT_TRUE(RefusedForSpace(refused));
  EXPECT_TRUE(RefusedForSpace(store_->UpdateLog([](LogTx& tx) {
    return tx.Append({revocation::Kind::kFamily, "evicted", "", revocation::kNever});
  })));
  constexpr int kRevocations = 2000;
  for (int i = 0; i < kRevocations; ++i) ASSERT_TRUE(Done(Revoke(*store_, i))) << i;
  EXPECT_EQ(store_->Head().sequence, uint64_t{kRevocations});
  EXPECT_LT(store_->GetSpace().reserve, kReserve);
  EXPECT_EQ(store_->Get("k").value(), "v");
  MakeSpace();
  ASSERT_TRUE(WaitFor(false));
  EXPECT_EQ(store_->GetSpace().reserve, kReserve);
  EXPECT_TRUE(Done(store_->Update([](Tx& tx) { return tx.Put("k", "w", {}); })));
  store_.reset();
  Open();
  EXPECT_EQ(store_->Head().sequence, uint64_t{kRevocations});
  EXPECT_EQ(store_->Get("k").value(), "w");
}

TEST_F(FullDiskTest, WhatOnlyReadsIsNoWrite) {
  Open();
  ASSERT_TRUE(Done(store_->Update(PutOne)));
  Fill();
  ASSERT_TRUE(WaitFor(true));
  EXPECT_TRUE(store_->Barrier().ok());
  EXPECT_TRUE(Done(store_->Update([](Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const auto value, tx.Get("k"));
    EXPECT_EQ(value, "v");
    return {};
  })));
}

TEST_F(FullDiskTest, ARefusedWriteThatAChangeIgnoresIsNoSuccess) {
  Open();
  Fill();
  ASSERT_TRUE(WaitFor(true));
  EXPECT_TRUE(RefusedForSpace(store_->Update([](Tx& tx) -> base::Status {
    (void)tx.Put("k", "v", {});
    return {};
  })));
}

// The disk is filled faster than the server looks at it.
TEST_F(FullDiskTest, ABatchThatFindsTheDiskFullRefusesTheOrdinaryAndKeepsTheRevoking) {
  Open();
  std::vector<std::thread> threads;
  std::atomic<bool> stop{false};
  std::atomic<int> refused{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; !stop; ++i) {
        const std::string key = std::to_string(t) + "/" + std::to_string(i);
        const auto put =
            store_->Update([&](Tx& tx) { return tx.Put(key, std::string(20'000, 'x'), {}); });
        if (Done(put)) continue;
        EXPECT_TRUE(RefusedForSpace(put));
        ++refused;
      }
    });
  }
  int revoked = 0;
  while (refused < 100 && revoked < 100'000) {
    ASSERT_TRUE(Done(Revoke(*store_, revoked)));
    ++revoked;
  }
  stop = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(store_->Head().sequence, static_cast<uint64_t>(revoked));
}

TEST_F(FullDiskTest, AStoreThatWasKilledOpensOnTheFullDiskAndRevokes) {
  const SqliteOptions options = Options();
  for (int round = 0; round < 3; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      auto store = OpenSqlite(data(), options);
      if (!store.ok()) _exit(3);
      if (round == 0 && !Done((*store)->Update(PutOne))) _exit(4);
      std::ofstream fill(disk_.path() + "/fill", std::ios::app);
      const std::string bytes(4096, 'f');
      while (fill.write(bytes.data(), 4096).flush()) {
      }
      for (int i = 0; i < 200; ++i) {
        if (!Done(Revoke(**store, round * 200 + i))) _exit(5);
      }
      kill(getpid(), SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
  }
  ASSERT_LT(Free(), kMib);
  Open(options);
  EXPECT_TRUE(store_->GetSpace().only_revocations);
  EXPECT_EQ(store_->Head().sequence, 600U);
  EXPECT_EQ(store_->Get("k").value(), "v");
  EXPECT_TRUE(Done(Revoke(*store_, 1000)));
  EXPECT_TRUE(RefusedForSpace(store_->Update(PutOne)));
  MakeSpace();
  ASSERT_TRUE(WaitFor(false));
  EXPECT_TRUE(Done(store_->Update(PutOne)));
}

TEST_F(FullDiskTest, AReserveThatIsUsedUpFailsTheRevocationInWordsAndNothingIsLost) {
  SqliteOptions options = Options();
  options.reserve_bytes = kMib;
  Open(options);
  Fill();
  int revoked = 0;
  base::Result<Committed> last = Revoke(*store_, revoked);
  while (Done(last) && revoked < 100'000) last = Revoke(*store_, ++revoked);
  EXPECT_TRUE(RefusedForSpace(last));
  EXPECT_EQ(store_->GetSpace().reserve, 0U);
  EXPECT_EQ(store_->Head().sequence, static_cast<uint64_t>(revoked));
  MakeSpace();
  ASSERT_TRUE(WaitFor(false));
  EXPECT_TRUE(Done(Revoke(*store_, revoked)));
}

TEST_F(FullDiskTest, AReserveFoundTooShortOrTooLongGetsItsSize) {
  Open();
  store_.reset();
  fs::resize_file(data() + "/reserve", 4096);
  Open();
  EXPECT_EQ(store_->GetSpace().reserve, kReserve);
  EXPECT_FALSE(store_->GetSpace().only_revocations);
  store_.reset();
  // A hole in a file reserves nothing.
  fs::resize_file(data() + "/reserve", 0);
  fs::resize_file(data() + "/reserve", kReserve);
  Open();
  struct stat status {};
  ASSERT_EQ(stat((data() + "/reserve").c_str(), &status), 0);
  EXPECT_GE(static_cast<uint64_t>(status.st_blocks) * 512, kReserve);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  store_.reset();
  SqliteOptions smaller = Options();
  smaller.reserve_bytes = 2 * kMib;
  Open(smaller);
  EXPECT_EQ(fs::file_size(data() + "/reserve"), 2 * kMib);
}

// This is what sallyport recover does, which has no setting for the reserve's size.
TEST_F(FullDiskTest, WithoutASizeTheReserveIsUsedAsItIsFound) {
  Open();
  store_.reset();
  SqliteOptions options = Options();
  options.reserve_bytes = std::nullopt;
  Open(options);
  EXPECT_EQ(fs::file_size(data() + "/reserve"), kReserve);
  Fill();
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(Done(Revoke(*store_, i))) << i;
  EXPECT_LT(fs::file_size(data() + "/reserve"), kReserve);
}

class FailingDiskTest : public ::testing::Test {
 protected:
  ~FailingDiskTest() override { Faults().Clear(); }
  std::unique_ptr<Store> Open(const SqliteOptions& options) {
    auto opened = OpenSqlite(directory_.path() + "/data", options);
    EXPECT_TRUE(opened.ok()) << opened.error().message << opened.error().cause;
    return opened.ok() ? std::move(*opened) : nullptr;
  }
  TemporaryDirectory directory_;
};

TEST_F(FailingDiskTest, AQuotaThatIsUsedUpIsAFullDisk) {
  auto store = Open(Options());
  Faults().failing_writes = 1;
  Faults().write_errno = EDQUOT;
  EXPECT_TRUE(Done(Revoke(*store, 1)));
  EXPECT_EQ(store->GetSpace().reserve, kReserve - kMib);
  Faults().write_errno = 0;
  Faults().failing_writes = 1;
  Faults().write_errno = EDQUOT;
  EXPECT_TRUE(RefusedForSpace(store->Update(PutOne)));
}

// The WAL's index grows once for some 4,096 pages.
TEST_F(FailingDiskTest, AWalIndexThatCannotGrowIsAFullDiskAndEndsNothing) {
  SqliteOptions options = Options();
  options.checkpoint_pages = 1'000'000;
  options.restart_pages = 1'000'000;
  auto store = Open(options);
  Faults().only_of = "-shm";
  Faults().failing_writes = 2;
  Faults().write_errno = ENOSPC;
  const std::string large(4'000'000, 'x');
  auto least_reserve = store->GetSpace().reserve;
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(Done(store->UpdateRevoking([&](LogTx& tx) -> base::Status {
      SALLYPORT_TRY(
          tx.Append({revocation::Kind::kJti, "j" + std::to_string(i), "", revocation::kNever}));
      return tx.Put("large" + std::to_string(i), large, {});
    }))) << i;
    least_reserve = std::min(least_reserve, store->GetSpace().reserve);
  }
  EXPECT_LE(Faults().failing_writes, 0) << "the index never had to grow";
  // It is filled again soon, since the disk has space.
  EXPECT_LT(least_reserve, kReserve);
  EXPECT_EQ(store->Head().sequence, 6U);
  store.reset();
  Faults().Clear();
  store = Open(options);
  EXPECT_EQ(store->Head().sequence, 6U);
  EXPECT_EQ(store->Get("large5").value(), large);
}

// Another process takes the space that the reserve gives back before SQLite can use it.
TEST_F(FailingDiskTest, AStartThatFindsNoSpaceTriesAgainWithMoreOfTheReserve) {
  Open(Options()).reset();
  SqliteOptions options = Options();
  options.reserve_bytes = std::nullopt;
  for (const char* of : {"-shm", "-wal"}) {
    Faults().only_of = of;
    Faults().failing_writes = 5;
    Faults().write_errno = ENOSPC;
    auto store = Open(options);
    ASSERT_NE(store, nullptr) << of;
    EXPECT_TRUE(Done(Revoke(*store, 1)));
    EXPECT_LE(Faults().failing_writes, 0);
    store.reset();
    Faults().Clear();
    // The disk has space: what was given back without use is taken again.
    EXPECT_EQ(fs::file_size(directory_.path() + "/data/reserve"), kReserve);
  }
}

TEST_F(FailingDiskTest, AStartWithoutAnySpaceSaysSoAndNotThatTheDatabaseIsDamaged) {
  Open(Options()).reset();
  Faults().only_of = "-shm";
  Faults().write_errno = ENOSPC;
  const auto refused = OpenSqlite(directory_.path() + "/data", Options());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "store_unusable");
  EXPECT_NE(refused.error().message.find("the disk is full"), std::string::npos);
  EXPECT_EQ(refused.error().message.find("damaged"), std::string::npos);
  Faults().Clear();
  EXPECT_NE(Open(Options()), nullptr);
}

TEST_F(FailingDiskTest, AFailedFsyncOfACheckpointEndsTheProcess) {
  const pid_t child = fork();
  if (child == 0) {
    SqliteOptions options;
    options.checkpoint_pages = 20;
    options.restart_pages = 40;
    auto store = OpenSqlite(directory_.path() + "/data", options);
    if (!store.ok()) _exit(3);
    Faults().only_of = "sallyport.db";
    Faults().fail_syncs = true;
    for (int i = 0; i < 1000; ++i) {
      if (!Done(Revoke(**store, i))) _exit(4);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    _exit(5);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 74);
}

}  // namespace
}  // namespace sallyport::store
