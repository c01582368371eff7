// ReaderPool: connections for reading, each lent to one thread at a time.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/sqlite/queries.h"

namespace sallyport::store {

// Thread-safe. Must outlive the connections that it has lent.
class ReaderPool {
 public:
  ReaderPool(std::string path, size_t greatest) : path_(std::move(path)), greatest_(greatest) {}

  class Lease {
   public:
    Lease(ReaderPool& pool, std::unique_ptr<ReadConnection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_) pool_->Return(std::move(connection_));
    }
    Queries* operator->() const { return &connection_->queries; }
    ReadConnection& connection() const { return *connection_; }

   private:
    ReaderPool* pool_;
    std::unique_ptr<ReadConnection> connection_;
  };

  // Waits while all are lent.
  base::Result<Lease> Take();

 private:
  void Return(std::unique_ptr<ReadConnection> connection);

  const std::string path_;
  const size_t greatest_;
  std::mutex mutex_;
  std::condition_variable returned_;
  // The one that was returned last is used first, since its cache is warm.
  std::vector<std::unique_ptr<ReadConnection>> idle_;
  size_t open_ = 0;
};

}  // namespace sallyport::store
