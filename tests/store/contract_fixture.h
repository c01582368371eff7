// What the contract of every store is tested with: one test body, run against each backend.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backend.h"

namespace sallyport::store {

inline revocation::Revocation Family(const std::string& subject,
                                     int64_t keep_until = 2'000'000'000) {
  return {revocation::Kind::kFamily, subject, "", keep_until};
}

class StoreContract : public ::testing::TestWithParam<BackendFactory> {
 protected:
  void SetUp() override {
    backend_ = GetParam().make();
    Reopen();
  }
  void Reopen() {
    store_.reset();
    auto opened = backend_->Open();
    ASSERT_TRUE(opened.ok()) << opened.error().message << " " << opened.error().cause;
    store_ = std::move(*opened);
  }
  // The outcome of a change whose commit succeeded.
  base::Status Change(const std::function<base::Status(LogTx&)>& fn) {
    auto committed = store_->UpdateLog(fn);
    EXPECT_TRUE(committed.ok());
    return committed->outcome;
  }
  void Put(const std::string& key, const std::string& value,
           const std::vector<IndexRow>& rows = {}) {
    ASSERT_TRUE(Change([&](LogTx& tx) { return tx.Put(key, value, rows); }).ok());
  }
  void Append(const revocation::Revocation& revocation) {
    ASSERT_TRUE(Change([&](LogTx& tx) { return tx.Append(revocation); }).ok());
  }
  std::optional<std::string> Get(const std::string& key) {
    auto got = store_->Get(key);
    EXPECT_TRUE(got.ok());
    return *got;
  }
  std::vector<revocation::LogEntry> Log() {
    auto log = store_->ReadLog(0, 10'000);
    EXPECT_TRUE(log.ok());
    return std::move(*log);
  }
  std::vector<std::string> Keys(const std::string& index, const std::string& prefix = "",
                                const std::optional<ListPosition>& after = {},
                                size_t limit = 1000) {
    auto listed = store_->List(index, prefix, after, limit);
    EXPECT_TRUE(listed.ok());
    std::vector<std::string> keys;
    for (const ListItem& item : *listed) keys.push_back(item.key);
    return keys;
  }

  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Store> store_;
};

}  // namespace sallyport::store
