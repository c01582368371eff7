// Copies of a store: which file is a backup, whether it is complete, and what replaces a database.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "lineage_fixture.h"

namespace sallyport::store {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

TEST_F(LineageTest, ACopyIsOneStateCarriesItsMarkAndLeavesTheStoreToItsServer) {
  auto store = Open();
  ASSERT_TRUE(store->Update([](Tx& tx) { return tx.Put("k", "v", {}); }).ok());
  Append(*store);
  auto file = StoreFile::OpenIn(data());
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->Get("k").value(), "v");
  ASSERT_TRUE(store->Update([](Tx& tx) { return tx.Put("k", "later", {}); }).ok());
  ASSERT_TRUE(file->CopyTo(copy(), "it is a backup").ok());
  EXPECT_FALSE(fs::exists(copy() + "-wal"));
  EXPECT_FALSE(fs::exists(copy() + "-journal"));
  struct stat status {};
  ASSERT_EQ(stat(copy().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  auto backup = StoreFile::Open(copy());
  ASSERT_TRUE(backup.ok());
  EXPECT_EQ(backup->Get("k").value(), "v");
  EXPECT_EQ(backup->Get(kRestoredRecord).value(), "it is a backup");
  EXPECT_EQ(backup->store_id(), store->lineage().store);
  EXPECT_EQ(store->Get(kRestoredRecord).value(), std::nullopt);
  EXPECT_EQ(store->Get("k").value(), "later");
  // It overwrites nothing.
  EXPECT_FALSE(file->CopyTo(copy(), "again").ok());
  EXPECT_FALSE(MoveToNewName(copy(), DatabasePath(data())).ok());
}

TEST_F(LineageTest, AReplacedDatabaseKeepsItsBytesWithItsWal) {
  auto store = Open();
  ASSERT_TRUE(store->Update([](Tx& tx) { return tx.Put("k", "old", {}); }).ok());
  ASSERT_TRUE(StoreFile::OpenIn(data())->CopyTo(copy(), "it is a backup").ok());
  ASSERT_TRUE(store->Update([](Tx& tx) { return tx.Put("k", "new", {}); }).ok());
  // As a killed server leaves it: the commit is only in the WAL.
  const std::string database = DatabasePath(data());
  fs::copy_file(database, directory_.path() + "/db");
  fs::copy_file(database + "-wal", directory_.path() + "/wal");
  store.reset();
  fs::rename(directory_.path() + "/db", database);
  fs::rename(directory_.path() + "/wal", database + "-wal");

  fs::rename(copy(), ReplacementPath(data()));
  ASSERT_TRUE(ReplaceDatabase(data(), ReplacementPath(data()), ".kept").ok());
  EXPECT_FALSE(fs::exists(database + "-wal"));
  EXPECT_EQ(StoreFile::OpenIn(data())->Get("k").value(), "old");
  auto kept = StoreFile::Open(database + ".kept");
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(kept->Get("k").value(), "new");
}

TEST_F(LineageTest, ARestoreThatIsCutOffIsNoFreshStore) {
  Open().reset();
  ASSERT_TRUE(StoreFile::OpenIn(data())->CopyTo(ReplacementPath(data()), "it is a backup").ok());
  fs::remove(DatabasePath(data()));
  EXPECT_THAT(Refusal(), HasSubstr("there was a store in this directory"));
  fs::remove(witness());
  EXPECT_THAT(Refusal(), HasSubstr("run sallyport restore again"));
}

// As `sallyport restore` sees it.
std::string WordsAgainst(const std::string& path, bool any_copy = false) {
  auto file = StoreFile::Open(path);
  if (!file) return file.error().message;
  const auto whole = file->CheckWhole(any_copy);
  return whole.ok() ? "whole" : whole.error().message;
}

std::string BytesOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void PutBytes(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

void Sqlite(const std::string& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(handle);
}

TEST_F(LineageTest, EveryChangedByteOfABackupIsNoticed) {
  auto store = Open();
  Append(*store);
  ASSERT_TRUE(StoreFile::OpenIn(data())->BackUpTo(copy(), "it is a backup").ok());
  EXPECT_EQ(WordsAgainst(copy()), "whole");
  const std::string bytes = BytesOf(copy());
  for (size_t at = 0; at < bytes.size(); at += at + 200 < bytes.size() ? 61 : 1) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    PutBytes(copy(), changed);
    ASSERT_THAT(WordsAgainst(copy()), HasSubstr("the backup is damaged")) << at;
  }
  for (const size_t less : {size_t{1}, size_t{47}, size_t{48}, size_t{49}, size_t{4096}}) {
    PutBytes(copy(), bytes.substr(0, bytes.size() - less));
    EXPECT_NE(WordsAgainst(copy()), "whole") << less;
  }
  for (const size_t more : {size_t{1}, size_t{48}, size_t{4096}, size_t{5000}}) {
    PutBytes(copy(), bytes + std::string(more, 'x'));
    EXPECT_THAT(WordsAgainst(copy()), HasSubstr("something was appended")) << more;
  }
  PutBytes(copy(), bytes);
  EXPECT_EQ(WordsAgainst(copy()), "whole");
  // Another process writes to it, with a WAL beside it.
  PutBytes(copy() + "-wal", "");
  EXPECT_THAT(WordsAgainst(copy()), HasSubstr("-wal beside it"));
}

TEST_F(LineageTest, ABackupIsReadAndCopiedBySqliteToo) {
  Append(*Open());
  ASSERT_TRUE(StoreFile::OpenIn(data())->BackUpTo(copy(), "it is a backup").ok());
  const std::string other = directory_.path() + "/other";
  const std::string before = BytesOf(copy());
  Sqlite(copy(),
         "SELECT count(*) FROM records; PRAGMA integrity_check; VACUUM INTO '" + other + "'");
  EXPECT_EQ(BytesOf(copy()), before);
  // A copy that has lost the checksum: nobody can tell whether it was cut off.
  EXPECT_THAT(WordsAgainst(other), HasSubstr("--unmarked"));
  EXPECT_EQ(WordsAgainst(other, true), "whole");
  EXPECT_EQ(StoreFile::Open(other)->Get(kRestoredRecord).value(), "it is a backup");
}

// Backups of versions that wrote no checksum, and plain copies.
TEST_F(LineageTest, ACopyWithoutAChecksumIsLookedAtByItsPages) {
  Append(*Open());
  ASSERT_TRUE(StoreFile::OpenIn(data())->CopyTo(copy(), "it is a backup").ok());
  const std::string bytes = BytesOf(copy());
  EXPECT_EQ(WordsAgainst(copy()), "whole");
  PutBytes(copy(), bytes.substr(0, bytes.size() - 1));
  EXPECT_THAT(WordsAgainst(copy()), HasSubstr("it was cut off"));
  PutBytes(copy(), bytes + std::string(5000, 'x'));
  EXPECT_THAT(WordsAgainst(copy()), HasSubstr("something was appended"));
  PutBytes(copy(), bytes);
  // SQLite's quick_check would not find this.
  Sqlite(copy(),
         "PRAGMA writable_schema=1; "
         "UPDATE sqlite_schema SET sql='CREATE INDEX log_by_keep_until ON log(sequence)' "
         "WHERE name='log_by_keep_until'");
  EXPECT_THAT(WordsAgainst(copy()), HasSubstr("damaged"));
}

TEST_F(LineageTest, ARestoredBackupSaysNothingOfAChecksum) {
  auto store = Open();
  Append(*store);
  ASSERT_TRUE(StoreFile::OpenIn(data())->BackUpTo(copy(), "it is a backup").ok());
  store.reset();
  auto backup = StoreFile::Open(copy());
  EXPECT_NE(backup->Get(kChecksumRecord).value(), std::nullopt);
  ASSERT_TRUE(backup->CopyTo(ReplacementPath(data()), "it is a backup").ok());
  EXPECT_EQ(StoreFile::Open(ReplacementPath(data()))->Get(kChecksumRecord).value(), std::nullopt);
  // When it is put in place by hand, it loses the record with the mark, and the checksum, before
  // anything else is written.
  fs::copy_file(copy(), DatabasePath(data()), fs::copy_options::overwrite_existing);
  store = Open();
  EXPECT_TRUE(store->is_restored());
  ASSERT_TRUE(store->BeginHistory().ok());
  EXPECT_EQ(store->Get(kChecksumRecord).value(), std::nullopt);
  store.reset();
  EXPECT_EQ(WordsAgainst(DatabasePath(data())), "whole");
}

TEST_F(LineageTest, WhatIsNoStoreIsNoBackup) {
  std::ofstream(copy()) << std::string(8192, 'x');
  EXPECT_FALSE(StoreFile::Open(copy()).ok());
  std::ofstream(copy(), std::ios::trunc) << "";
  EXPECT_FALSE(StoreFile::Open(copy()).ok());
  EXPECT_FALSE(StoreFile::Open(directory_.path()).ok());
  EXPECT_FALSE(StoreFile::OpenIn(directory_.path()).ok());
}

}  // namespace
}  // namespace sallyport::store
