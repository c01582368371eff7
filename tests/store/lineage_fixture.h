// What several tests begin with: a store, the file `lineage` beside it, and what happens to both.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "backend.h"
#include "store/sqlite/database.h"
#include "store/sqlite/lineage_keeper.h"
#include "store/sqlite/room.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/store_file.h"
#include "store/sqlite/wal_file.h"
#include "store/sqlite/witness_file.h"

namespace sallyport::store {

class LineageTest : public ::testing::Test {
 protected:
  std::string data() const { return directory_.path() + "/data"; }
  std::string witness() const { return WitnessPath(data()); }
  std::unique_ptr<Store> Open(const SqliteOptions& options = {}) {
    auto opened = OpenSqlite(data(), options);
    EXPECT_TRUE(opened.ok()) << opened.error().message << opened.error().cause;
    return opened.ok() ? std::move(*opened) : nullptr;
  }
  std::string Refusal() {
    auto opened = OpenSqlite(data());
    return opened.ok() ? "opened" : opened.error().message;
  }
  static void Append(Store& store) {
    ASSERT_TRUE(store
                    .UpdateLog([](LogTx& tx) {
                      return tx.Append({revocation::Kind::kJti, "j", "", revocation::kNever});
                    })
                    .ok());
  }
  // The database file of a store that is not open.
  void KeepCopy() {
    std::filesystem::copy_file(DatabasePath(data()), copy(),
                               std::filesystem::copy_options::overwrite_existing);
  }
  void PutCopyBack() {
    std::filesystem::remove(DatabasePath(data()) + "-wal");
    std::filesystem::remove(DatabasePath(data()) + "-shm");
    std::filesystem::copy_file(copy(), DatabasePath(data()),
                               std::filesystem::copy_options::overwrite_existing);
  }
  std::string copy() const { return directory_.path() + "/copy"; }
  std::string wal() const { return WalPath(DatabasePath(data())); }
  // What another process does to the database.
  void Foreign(const char* sql) {
    auto database = Database::OpenWith(DatabasePath(data()), "?mode=rw", 64);
    ASSERT_TRUE(database.ok());
    ASSERT_TRUE(database->Execute("PRAGMA query_only=0").ok());
    ASSERT_TRUE(database->Execute(sql).ok());
  }
  static void Write(Store& store, std::string_view value) {
    ASSERT_TRUE(store.Update([&](Tx& tx) { return tx.Put("k", value, {}); }).ok());
  }
  // A copy of a WAL that contains only the page of one record, as is mostly so in a large store:
  // applied to newer pages it shows neither an older generation nor an older head.
  void KeepWal(Store& store) {
    Write(store, "first");
    Foreign("PRAGMA wal_checkpoint(RESTART)");
    Write(store, "older");
    std::filesystem::copy_file(wal(), copy());
    Write(store, "newer");
  }
  void PutWalBack() {
    std::filesystem::copy_file(copy(), wal(), std::filesystem::copy_options::overwrite_existing);
  }
  // Ends the store, and leaves its directory as a kill at this moment would: nothing more is
  // written.
  void Kill(std::unique_ptr<Store> store) {
    for (const auto& [from, to] : Parts()) {
      std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
    }
    store.reset();
    for (const auto& [from, to] : Parts()) {
      std::filesystem::copy_file(to, from, std::filesystem::copy_options::overwrite_existing);
    }
  }
  // Waits until the file says how far the WAL is, which is written after a commit of the log.
  void AppendAndAwaitWitness(Store& store) {
    Append(store);
    for (int i = 0; i < 500 && Seen().head != store.Head(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ASSERT_EQ(Seen().head, store.Head());
  }
  // What a server that was killed leaves behind, and where a test keeps it.
  std::vector<std::pair<std::string, std::string>> Parts() const {
    const std::string database = DatabasePath(data());
    return {{database, copy() + ".db"},
            {database + "-wal", copy() + ".db-wal"},
            {witness(), copy() + ".lineage"}};
  }
  Witness Seen() {
    auto file = WitnessFile::Open(data());
    EXPECT_TRUE(file.ok() && file->seen());
    return file->seen().value_or(Witness{});
  }
  void Damage(const std::string& path, std::streamoff at) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(at);
    file << "damage";
  }

  TemporaryDirectory directory_;
};

}  // namespace sallyport::store
