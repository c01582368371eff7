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
  // `hosts`: at least one.
  Pool(std::vector<ConnectWords> hosts, size_t greatest, int64_t statement_millis)
      : hosts_(std::move(hosts)), greatest_(greatest), statement_millis_(statement_millis) {}

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
  // For the server's beats, which find out where the database is: of the hosts, whichever answers
  // and accepts writes, and another one than the last time, if there is another such one. From then
  // on all connections lead to that host. Those from before, wherever they lead, are not used any
  // more: a database that has been replaced may still answer, and what it says is out of date.
  Outcome<std::unique_ptr<Connection>> OpenAnew(Deadline deadline);
  // Changes with each OpenAnew.
  uint64_t generation() const { return shared_.generation.load(std::memory_order_acquire); }
  // Closes the connections that nobody uses, because they have ended when the database was
  // restarted.
  void DropIdle();

  void AddFigures(DatabaseFigures& figures) const;

 private:
  void Return(std::unique_ptr<Connection> connection);
  Outcome<std::unique_ptr<Connection>> OpenAt(size_t host, Deadline deadline,
                                              std::chrono::milliseconds statement_time);
  // The first that answers, from `first` on. `host` becomes its place.
  Outcome<std::unique_ptr<Connection>> OpenFirst(size_t first, Deadline deadline,
                                                 std::chrono::milliseconds statement_time,
                                                 size_t& host);

  const std::vector<ConnectWords> hosts_;
  const size_t greatest_;
  const int64_t statement_millis_;
  Shared shared_;
  std::atomic<uint64_t> opened_{0};
  // Which of the hosts the database is at; kNotKnown until the first OpenAnew.
  static constexpr size_t kNotKnown = SIZE_MAX;
  std::atomic<size_t> host_{kNotKnown};
  mutable std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;  // guarded by mutex_; the last one is the warmest
  size_t open_ = 0;                                // guarded by mutex_
  uint64_t waited_ = 0;                            // guarded by mutex_
  uint64_t turned_away_ = 0;                       // guarded by mutex_
};

}  // namespace sallyport::store::postgres
