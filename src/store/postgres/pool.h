// Pool: connections lent to one caller at a time, never more than its ceiling.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "store/database_figures.h"
#include "store_postgres/connection.h"

namespace sallyport::store::postgres {

// Thread-safe. Must outlive what it lends.
class Pool {
 public:
  Pool(ConnectWords words, size_t greatest, int64_t statement_millis)
      : words_(std::move(words)), greatest_(greatest), statement_millis_(statement_millis) {}

  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_) pool_->Return(std::move(connection_));
    }
    Connection* operator->() const { return connection_.get(); }
    Connection& operator*() const { return *connection_; }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  // Waits while all are lent, at most until the deadline.
  Outcome<Lease> Take(Deadline deadline);
  // Opens a connection that does not belong to the pool, for one owner alone.
  Outcome<std::unique_ptr<Connection>> Open(Deadline deadline) {
    return Open(deadline, std::chrono::milliseconds(statement_millis_));
  }
  // The same. The database ends a statement that takes longer than `statement_time`.
  Outcome<std::unique_ptr<Connection>> Open(Deadline deadline,
                                            std::chrono::milliseconds statement_time);
  // Closes the connections that nobody uses, because they have ended when the database was
  // restarted.
  void DropIdle();

  void AddFigures(DatabaseFigures& figures) const;

 private:
  void Return(std::unique_ptr<Connection> connection);

  const ConnectWords words_;
  const size_t greatest_;
  const int64_t statement_millis_;
  std::atomic<uint64_t> round_trips_{0};
  std::atomic<uint64_t> opened_{0};
  mutable std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;  // guarded by mutex_; the last one is the warmest
  size_t open_ = 0;                                // guarded by mutex_
  uint64_t waited_ = 0;                            // guarded by mutex_
  uint64_t turned_away_ = 0;                       // guarded by mutex_
};

}  // namespace sallyport::store::postgres
