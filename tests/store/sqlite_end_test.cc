// What is left of a store whose process was killed or whose disk failed, and what is left on the
// disk.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "backend.h"
#include "disk_faults.h"
#include "sqlite_fixture.h"

namespace sallyport::store {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

// Runs `body` in a child whose acknowledgements come back through a pipe.
class Child {
 public:
  explicit Child(const std::function<void(int pipe)>& body) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    pid_ = fork();
    if (pid_ == 0) {
      close(ends[0]);
      body(ends[1]);
      _exit(0);
    }
    close(ends[1]);
    read_ = ends[0];
  }
  ~Child() { close(read_); }
  void Kill() { kill(pid_, SIGKILL); }
  int Wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    return status;
  }
  std::vector<uint32_t> Acknowledged() {
    std::vector<uint32_t> numbers;
    uint32_t number = 0;
    while (read(read_, &number, sizeof number) == sizeof number) numbers.push_back(number);
    return numbers;
  }

 private:
  pid_t pid_ = 0;
  int read_ = -1;
};

TEST_F(SqliteTest, AFirstStartThatIsKilledAtAnyMomentIsNoEmptiedStore) {
  SqliteOptions options;
  options.reserve_bytes = 1024 * 1024;
  int killed_before_the_end = 0;
  for (int moment = 0; moment < 120; ++moment) {
    fs::remove_all(data());
    Child child([&](int pipe) {
      auto store = OpenSqlite(data(), options);
      const uint32_t opened = store.ok() ? 1 : 0;
      (void)!write(pipe, &opened, sizeof opened);
      pause();
    });
    std::this_thread::sleep_for(std::chrono::microseconds(250 * moment));
    child.Kill();
    child.Wait();
    if (child.Acknowledged().empty()) ++killed_before_the_end;
    auto store = Open(options);
    ASSERT_NE(store, nullptr) << moment;
    EXPECT_FALSE(store->is_restored()) << moment;
    EXPECT_FALSE(fs::exists(data() + "/first-start"));
  }
  EXPECT_GT(killed_before_the_end, 10);
}

TEST_F(SqliteTest, WhatWasAcknowledgedSurvivesKillNine) {
  uint32_t total = 0;
  for (int round = 0; round < 5; ++round) {
    Child child([&](int pipe) {
      SqliteOptions options;
      options.checkpoint_pages = 20;
      options.restart_pages = 60;
      auto store = OpenSqlite(data(), options);
      if (!store.ok()) _exit(3);
      std::vector<std::thread> threads;
      for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
          for (uint32_t i = 0; true; ++i) {
            const uint32_t number = (uint32_t(round) << 28) | (uint32_t(t) << 24) | i;
            auto committed = (*store)->UpdateRevoking([&](LogTx& tx) -> base::Status {
              SALLYPORT_TRY(tx.Append(
                  {revocation::Kind::kJti, std::to_string(number), "", revocation::kNever}));
              return tx.Put(std::to_string(number), "v", {});
            });
            if (!committed.ok() || !committed->outcome.ok()) _exit(4);
            if (write(pipe, &number, sizeof number) != sizeof number) _exit(5);
          }
        });
      }
      for (auto& thread : threads) thread.join();
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    child.Kill();
    const auto acknowledged = child.Acknowledged();
    const int status = child.Wait();
    ASSERT_TRUE(WIFSIGNALED(status));
    auto store = Open();
    ASSERT_NE(store, nullptr);
    for (uint32_t number : acknowledged) {
      ASSERT_EQ(store->Get(std::to_string(number)).value(), "v");
    }
    total += acknowledged.size();
    // The log is complete: there is no gap, each hash follows from the one before, and the size is
    // known.
    revocation::LogPosition position;
    uint64_t rows = 0;
    while (true) {
      const auto page = store->ReadLog(position.sequence, 1000).value();
      if (page.empty()) break;
      for (const auto& entry : page) {
        ASSERT_EQ(entry.position.sequence, position.sequence + 1);
        ASSERT_EQ(entry.position.hash,
                  revocation::NextHash(position.hash, entry.position.sequence, entry.revocation));
        position = entry.position;
        ++rows;
      }
    }
    EXPECT_GE(rows, total);
    EXPECT_EQ(store->Head(), position);
    EXPECT_EQ(store->LogSize(), rows);
  }
  EXPECT_GT(total, 0u);
}

TEST_F(SqliteTest, AFailedFsyncEndsTheProcessAndAcknowledgesNothing) {
  Child child([&](int pipe) {
    auto store = OpenSqlite(data());
    if (!store.ok() || !(*store)->Update(PutOneRecord).ok()) _exit(3);
    uint32_t number = 1;
    if (write(pipe, &number, sizeof number) != sizeof number) _exit(5);
    Faults().fail_syncs = true;
    (void)(*store)->Update([](Tx& tx) { return tx.Put("k", "lost", {}); });
    number = 2;
    if (write(pipe, &number, sizeof number) != sizeof number) _exit(5);
  });
  EXPECT_THAT(child.Acknowledged(), ::testing::ElementsAre(1u));
  const int status = child.Wait();
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 74);
  EXPECT_NE(Open(), nullptr);
}

TEST_F(SqliteTest, AFailedWriteEndsTheProcessAndAcknowledgesNothing) {
  Child child([&](int pipe) {
    auto store = OpenSqlite(data());
    if (!store.ok() || !(*store)->Update(PutOneRecord).ok()) _exit(3);
    Faults().write_errno = EIO;
    (void)(*store)->Update([](Tx& tx) { return tx.Put("k", "lost", {}); });
    const uint32_t number = 2;
    if (write(pipe, &number, sizeof number) != sizeof number) _exit(5);
  });
  EXPECT_TRUE(child.Acknowledged().empty());
  const int status = child.Wait();
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 74);
  EXPECT_EQ(Open()->Get("k").value(), "v");
}

TEST_F(SqliteTest, AFullDiskFailsTheCommitAndServesAgainWhenThereIsRoom) {
  auto store = Open();
  ASSERT_TRUE(store->Update(PutOneRecord).ok());
  const auto append = [](LogTx& tx) -> base::Status {
    SALLYPORT_TRY(tx.Append({revocation::Kind::kJti, "j", "", revocation::kNever}));
    return tx.Put("k", std::string(50'000, 'x'), {});
  };
  Faults().write_errno = ENOSPC;
  EXPECT_FALSE(store->UpdateLog(append).ok());
  EXPECT_EQ(store->Get("k").value(), "v");
  EXPECT_EQ(store->Head().sequence, 0u);
  Faults().write_errno = 0;
  ASSERT_TRUE(store->UpdateLog(append).ok());
  EXPECT_EQ(store->Head().sequence, 1u);
  store.reset();
  store = Open();
  EXPECT_EQ(store->Head().sequence, 1u);
  EXPECT_EQ(store->Get("k").value()->size(), 50'000u);
}

TEST_F(SqliteTest, ScrubLeavesNothingOfWhatWasOverwrittenOrDeletedInAnyFile) {
  const std::string secret = "-this-is-to-be-forgotten-";
  const auto held = [&] {
    for (const auto& file : fs::directory_iterator(data())) {
      std::ostringstream bytes;
      bytes << std::ifstream(file.path(), std::ios::binary).rdbuf();
      if (bytes.str().find(secret) != std::string::npos) return true;
    }
    return false;
  };
  auto store = Open();
  for (int i = 0; i < 200; ++i) {
    const auto put = [&](Tx& tx) {
      return tx.Put("k" + std::to_string(i), std::string(static_cast<size_t>(i) * 20, 'x') + secret,
                    {});
    };
    ASSERT_TRUE(store->Update(put).ok());
  }
  store.reset();
  store = Open();
  for (int i = 0; i < 200; ++i) {
    const auto take = [&](Tx& tx) {
      const std::string key = "k" + std::to_string(i);
      return i % 2 == 0 ? tx.Delete(key) : tx.Put(key, "sealed", {});
    };
    ASSERT_TRUE(store->Update(take).ok());
  }
  ASSERT_TRUE(held());
  ASSERT_TRUE(store->Scrub().ok());
  EXPECT_FALSE(held());
  EXPECT_EQ(fs::file_size(database() + "-wal"), 0u);
}

TEST_F(SqliteTest, AFullDiskPutsScrubOffAndTheStoreGoesOn) {
  auto store = Open();
  ASSERT_TRUE(store->Update(PutOneRecord).ok());
  Faults().write_errno = ENOSPC;
  const auto scrubbed = store->Scrub();
  Faults().write_errno = 0;
  ASSERT_FALSE(scrubbed.ok());
  EXPECT_EQ(scrubbed.error().code, kScrubLater);
  EXPECT_EQ(store->Get("k").value(), "v");
  ASSERT_TRUE(store->Update(PutOneRecord).ok());
  ASSERT_TRUE(store->Scrub().ok());
  EXPECT_EQ(store->Get("k").value(), "v");
}

}  // namespace
}  // namespace sallyport::store
