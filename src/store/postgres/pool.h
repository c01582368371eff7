// Pool: connections lent to one caller at a time, never more than its ceiling.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
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
  // For the server's beats alone, which find out where the database is: of the hosts, whichever
  // answers and accepts writes, and another one than the last time, if there is another such one.
  // Other connections go on leading where they lead: a database that has been replaced may still
  // answer, so only Follow says that this host has the last word.
  Outcome<std::unique_ptr<Connection>> OpenAnew(Deadline deadline);
  // `found` is of the last OpenAnew, and has confirmed a commit since. From now on all connections
  // lead to the same address. Those from before, wherever they lead, are not used any more, because
  // what they read may be out of date.
  void Follow(Connection& found);
  size_t hosts() const { return hosts_.size(); }
  // Closes the connections that nobody uses, because they have ended when the database was
  // restarted.
  void DropIdle();

  void AddFigures(DatabaseFigures& figures) const;

 private:
  void Return(std::unique_ptr<Connection> connection);
  Outcome<std::unique_ptr<Connection>> OpenAt(const ConnectWords& words, Deadline deadline,
                                              std::chrono::milliseconds statement_time);
  // The first of a host's addresses that answers.
  Outcome<std::unique_ptr<Connection>> OpenHost(size_t host, Deadline deadline,
                                                std::chrono::milliseconds statement_time);
  // The first host that answers, from `first` on. `host` becomes the place of the one tried last.
  Outcome<std::unique_ptr<Connection>> OpenFirst(size_t first, Deadline deadline,
                                                 std::chrono::milliseconds statement_time,
                                                 size_t& host);
  std::optional<ConnectWords> Followed() const;

  const std::vector<ConnectWords> hosts_;
  const size_t greatest_;
  const int64_t statement_millis_;
  Shared shared_;
  std::atomic<uint64_t> opened_{0};
  // The host that answered last while nothing was followed.
  std::atomic<size_t> answered_{0};
  // How often hosts were tried, so that each time begins with another of a name's addresses.
  std::atomic<size_t> tries_{0};
  // Of OpenAnew: the host that it has found, and the one with which it begins the next time.
  size_t found_ = 0;
  std::optional<size_t> next_;
  mutable std::mutex mutex_;
  std::optional<ConnectWords> followed_;  // guarded by mutex_; nullopt until the first Follow
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;  // guarded by mutex_; the last one is the warmest
  size_t open_ = 0;                                // guarded by mutex_
  uint64_t waited_ = 0;                            // guarded by mutex_
  uint64_t turned_away_ = 0;                       // guarded by mutex_
};

}  // namespace sallyport::store::postgres
