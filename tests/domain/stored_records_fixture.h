// StoredRecords: records that lie in the store as they are in existing ones.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>

#include "fixture.h"

namespace sallyport::domain {

class StoredRecords : public DomainTest {
 protected:
  void Store(std::string_view key, std::string_view bytes) {
    ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return tx.Put(key, bytes, {}); })));
  }
  std::string Stored(std::string_view key) {
    return store_->Get(key).value().value_or("there is none");
  }
  // The record's bytes once `rewrite` has read and written it.
  std::string Rewritten(std::string_view key, std::string_view bytes,
                        const std::function<base::Status(store::Tx&)>& rewrite) {
    Store(key, bytes);
    EXPECT_TRUE(Succeeded(Commit(rewrite)));
    return Stored(key);
  }
  store::ListItem Only(std::string_view index) {
    const auto items = store_->List(index, "", std::nullopt, 2).value();
    EXPECT_EQ(items.size(), 1u) << index;
    return items.empty() ? store::ListItem() : items.front();
  }
};

}  // namespace sallyport::domain
