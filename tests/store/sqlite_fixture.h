// SqliteTest: a store in SQLite, in a directory of its own.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "backend.h"
#include "store/sqlite/sqlite_store.h"

namespace sallyport::store {

class SqliteTest : public ::testing::Test {
 protected:
  std::string data() const { return directory_.path() + "/data"; }
  std::string database() const { return data() + "/sallyport.db"; }
  std::unique_ptr<Store> Open(const SqliteOptions& options = {}) {
    auto opened = OpenSqlite(data(), options);
    EXPECT_TRUE(opened.ok()) << opened.error().message << opened.error().cause;
    return opened.ok() ? std::move(*opened) : nullptr;
  }
  // The message for the administrator if the store cannot be opened.
  std::string Refusal() {
    auto opened = OpenSqlite(data());
    if (opened.ok()) return "opened";
    EXPECT_EQ(opened.error().code, "store_unusable");
    return opened.error().message;
  }
  void Overwrite(const std::string& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }
  void Sql(const std::string& sql) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(database().c_str(), &handle), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(handle);
  }

  TemporaryDirectory directory_;
};

inline base::Status PutOneRecord(Tx& tx) {
  return tx.Put("k", "v", {});
}

}  // namespace sallyport::store
