// What only the SQLite backend promises: its directory, its groups of commits, and its end when the
// disk fails.
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
#include "store/sqlite/recent_log.h"
#include "store/sqlite/sqlite_store.h"

namespace sallyport::store {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

mode_t ModeOf(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777;
}

TEST_F(SqliteTest, FilesAreTheOwnersAlone) {
  const mode_t before = umask(0);
  auto store = Open();
  ASSERT_TRUE(store->Update(PutOneRecord).ok());
  umask(before);
  EXPECT_EQ(ModeOf(data()), 0700u);
  for (const auto& file : fs::directory_iterator(data())) {
    EXPECT_EQ(ModeOf(file.path().string()), 0600u) << file.path();
  }
}

TEST_F(SqliteTest, KnowsItsStateWhileNoCommitIsUnderWayAndNoTwoStoresShareOne) {
  auto store = Open();
  ASSERT_TRUE(store->Update(PutOneRecord).ok());
  const uint64_t state = store->State();
  EXPECT_NE(state, 0u);
  auto snapshot = *store->Snapshot();
  ASSERT_TRUE(snapshot->Get("k").ok());
  EXPECT_EQ(snapshot->State(), state);
  snapshot.reset();
  uint64_t within = 1;
  ASSERT_TRUE(store
                  ->Update([&](Tx& tx) {
                    within = store->State();
                    return PutOneRecord(tx);
                  })
                  .ok());
  EXPECT_EQ(within, 0u) << "a commit that is under way may be visible already";
  store.reset();
  EXPECT_NE(Open()->State(), state);
}

TEST_F(SqliteTest, ADatabaseThatOthersMayWriteIsTheOwnersAloneAgain) {
  Open().reset();
  ASSERT_EQ(chmod(database().c_str(), 0666), 0);
  ASSERT_EQ(chmod((data() + "/lineage").c_str(), 0666), 0);
  auto store = Open();
  for (const auto& file : fs::directory_iterator(data())) {
    EXPECT_EQ(ModeOf(file.path().string()), 0600u) << file.path();
  }
}

TEST_F(SqliteTest, ASecondServerIsKeptOutUntilTheFirstIsGone) {
  auto store = Open();
  EXPECT_THAT(Refusal(), HasSubstr("another server is using it"));
  store.reset();
  EXPECT_NE(Open(), nullptr);
}

TEST_F(SqliteTest, ADirectoryThatOthersMayWriteIsRefused) {
  fs::create_directory(data());
  ASSERT_EQ(chmod(data().c_str(), 0770), 0);
  EXPECT_THAT(Refusal(), HasSubstr("other users may write"));
}

TEST_F(SqliteTest, ASecondServerIsKeptOutThoughTheLockFileWasDeleted) {
  auto store = Open();
  ASSERT_TRUE(fs::remove(data() + "/lock"));
  EXPECT_THAT(Refusal(), HasSubstr("another server is using it"));
  store.reset();
  EXPECT_NE(Open(), nullptr);
}

TEST_F(SqliteTest, AFileInPlaceOfTheDirectoryIsRefused) {
  Overwrite(data(), "x");
  EXPECT_THAT(Refusal(), HasSubstr("not a directory"));
}

TEST_F(SqliteTest, AFileThatIsNoDatabaseIsRefused) {
  Open().reset();
  Overwrite(database(), std::string(8192, 'x'));
  EXPECT_THAT(Refusal(), HasSubstr("damaged, foreign or unreadable"));
}

TEST_F(SqliteTest, ATruncatedDatabaseIsRefused) {
  Open().reset();
  fs::resize_file(database(), 4096 * 3);
  EXPECT_THAT(Refusal(), HasSubstr("damaged"));
}

TEST_F(SqliteTest, AnotherProgramsDatabaseIsRefused) {
  fs::create_directory(data());
  fs::permissions(data(), fs::perms::owner_all);
  Sql("CREATE TABLE notes(text)");
  EXPECT_THAT(Refusal(), HasSubstr("does not belong to Sallyport"));
}

TEST_F(SqliteTest, ANewerDatabaseIsRefused) {
  Open().reset();
  Sql("PRAGMA user_version=99");
  EXPECT_THAT(Refusal(), HasSubstr("newer Sallyport"));
}

TEST(RecentLog, GivesWhatFollowsOrSaysThatItDoesNotReachBackSoFar) {
  const auto entry = [](uint64_t sequence) {
    return revocation::LogEntry{{sequence, {}}, {revocation::Kind::kFamily, "f", "", 0}};
  };
  RecentLog log;
  EXPECT_FALSE(log.After(0, 10));
  log.Add({entry(5), entry(6)});
  log.Add({entry(7)});
  EXPECT_FALSE(log.After(3, 10)) << "4 is missing";
  EXPECT_EQ(log.After(4, 10)->size(), 3U);
  EXPECT_EQ(log.After(4, 2)->back().position.sequence, 6U);
  EXPECT_EQ(log.After(6, 10)->front().position.sequence, 7U);
  EXPECT_TRUE(log.After(7, 10)->empty());
  EXPECT_TRUE(log.After(99, 10)->empty());
  for (uint64_t i = 8; i < 8 + RecentLog::kMost; ++i) log.Add({entry(i)});
  EXPECT_FALSE(log.After(6, 10));
  EXPECT_EQ(log.After(7, 10)->front().position.sequence, 8U);
  log.Clear();
  EXPECT_FALSE(log.After(7, 10));
}

TEST_F(SqliteTest, WhatARolledBackChangeAppendedIsInNoLog) {
  const auto append = [](LogTx& tx, const char* subject) {
    return tx.Append({revocation::Kind::kFamily, subject, "", revocation::kNever});
  };
  auto store = Open();
  ASSERT_TRUE(store->UpdateRevoking([&](LogTx& tx) { return append(tx, "a"); }).ok());
  const auto failed = store->UpdateRevoking([&](LogTx& tx) -> base::Status {
    SALLYPORT_TRY(append(tx, "b"));
    return base::InternalError("no");
  });
  ASSERT_TRUE(failed.ok() && !failed->outcome);
  ASSERT_TRUE(store->UpdateRevoking([&](LogTx& tx) { return append(tx, "c"); }).ok());
  const auto log = store->ReadLog(0, 10);
  ASSERT_TRUE(log.ok());
  ASSERT_EQ(log->size(), 2U);
  EXPECT_EQ((*log)[1].revocation.subject, "c");
  EXPECT_EQ((*log)[1].position.sequence, store->Head().sequence);
  EXPECT_EQ((*log)[1].position.hash, store->Head().hash);
}

TEST_F(SqliteTest, AnEmptiedOrDeletedDatabaseIsNoFreshStore) {
  Open().reset();
  Overwrite(database(), "");
  EXPECT_THAT(Refusal(), HasSubstr("there was a store in this directory"));
  fs::remove(database());
  EXPECT_THAT(Refusal(), HasSubstr("there was a store in this directory"));
  EXPECT_FALSE(fs::exists(database()));
  // SQLite makes a database without a table of an empty file.
  Sql("PRAGMA journal_mode=WAL");
  EXPECT_THAT(Refusal(), HasSubstr("there was a store in this directory"));
}

TEST_F(SqliteTest, AnEmptiedDatabaseWithALogOfItsCommitsIsNoFreshStore) {
  fs::create_directory(data());
  fs::permissions(data(), fs::perms::owner_all);
  Overwrite(database(), "");
  Overwrite(database() + "-wal", "commits");
  EXPECT_THAT(Refusal(), HasSubstr("there was a store in this directory"));
  EXPECT_TRUE(fs::exists(database() + "-wal"));
}

// As a store of an earlier version is left, which has no witness.
TEST_F(SqliteTest, WithoutItsWitnessAnEmptiedDatabaseIsNoFreshStoreEither) {
  SqliteOptions options;
  options.reserve_bytes = 1024 * 1024;
  Open(options).reset();
  fs::remove(data() + "/lineage");
  Overwrite(database(), "");
  EXPECT_THAT(Refusal(), HasSubstr("there was a store in this directory"));
  // The files are removed one after the other, until none is left that shows that there was a
  // store.
  for (const char* left : {"sallyport.db", "reserve"}) {
    EXPECT_THAT(Refusal(), HasSubstr(left));
    EXPECT_TRUE(fs::remove(data() + "/" + left));
    EXPECT_THAT(Refusal(), HasSubstr("there was a store in this directory"));
  }
  EXPECT_THAT(Refusal(), HasSubstr("also remove these files: lock"));
  fs::remove(data() + "/lock");
  EXPECT_NE(Open(), nullptr);
}

TEST_F(SqliteTest, WhatAnAdministratorPutsThereBeforeTheFirstStartIsNoStore) {
  fs::create_directory(data());
  fs::permissions(data(), fs::perms::owner_all);
  for (const char* name : {"encryption-key", "credentials", "agent-token", "tls.pem"}) {
    Overwrite(data() + "/" + name, "x");
  }
  EXPECT_NE(Open(), nullptr);
  EXPECT_FALSE(fs::exists(data() + "/first-start"));
}

TEST_F(SqliteTest, ConcurrentChangesShareAnFsync) {
  auto store = Open();
  constexpr int kThreads = 16;
  constexpr int kEach = 40;
  const uint64_t before = Faults().syncs;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        auto committed =
            store->Update([&](Tx& tx) { return tx.Put(std::to_string(t), std::to_string(i), {}); });
        ASSERT_TRUE(committed.ok());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const uint64_t syncs = Faults().syncs - before;
  EXPECT_GT(syncs, 0u);
  EXPECT_LT(syncs, kThreads * kEach / 2);
}

TEST_F(SqliteTest, EachAcknowledgedChangeWasSynced) {
  auto store = Open();
  for (int i = 0; i < 10; ++i) {
    const uint64_t before = Faults().syncs;
    ASSERT_TRUE(store->Update([&](Tx& tx) { return tx.Put("k", std::to_string(i), {}); }).ok());
    EXPECT_GT(Faults().syncs, before);
  }
}

TEST_F(SqliteTest, TheWalStaysBoundedWhileReadersAndWritersGoOn) {
  SqliteOptions options;
  options.checkpoint_pages = 100;
  options.restart_pages = 400;
  auto store = Open(options);
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&] {
      while (!done) ASSERT_TRUE(store->List("i", "", std::nullopt, 20).ok());
    });
  }
  uintmax_t greatest = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string key = std::to_string(i % 200);
    ASSERT_TRUE(store
                    ->Update([&](Tx& tx) {
                      return tx.Put(key, std::string(3000, 'v'), {{"i", std::to_string(i)}});
                    })
                    .ok());
    greatest = std::max(greatest, fs::file_size(database() + "-wal"));
  }
  done = true;
  for (auto& reader : readers) reader.join();
  // Some 4 pages each, 6000 in all.
  EXPECT_LT(greatest, 3000u * 4096u);
}

}  // namespace
}  // namespace sallyport::store
