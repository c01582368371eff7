// Snapshot: reads of one state of the database, which the first read determines.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"
#include "store_postgres/pool.h"
#include "store_postgres/queries.h"

namespace sallyport::store::postgres {

// For the thread that made it.
class PostgresSnapshot final : public Reader {
 public:
  // `store` identifies the store for ThreadReads.
  PostgresSnapshot(const void* store, Pool& pool, Pool::Lease lease,
                   std::chrono::milliseconds budget);
  ~PostgresSnapshot() override;

  base::Result<std::optional<std::string>> Get(std::string_view key) override;
  base::Result<std::vector<ListItem>> List(std::string_view index, std::string_view prefix,
                                           const std::optional<ListPosition>& after,
                                           size_t limit) override;
  base::Result<IndexCount> CountOf(std::string_view index) override;

 private:
  void Begin(Pool::Lease lease);
  // The first read may find that the connection has died meanwhile: no state is chosen yet.
  template <typename T, typename Function>
  base::Result<T> Read(const Function& read);
  base::Status ReadExpected();

  const void* store_;
  Pool& pool_;
  std::optional<Pool::Lease> lease_;
  const std::chrono::milliseconds budget_;
  bool has_read_ = false;
};

}  // namespace sallyport::store::postgres
