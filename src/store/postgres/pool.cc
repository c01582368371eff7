#include "store_postgres/pool.h"

#include <utility>

namespace sallyport::store::postgres {

Outcome<Pool::Lease> Pool::Take(Deadline deadline) {
  {
    std::unique_lock lock(mutex_);
    const auto available = [&] { return !idle_.empty() || open_ < greatest_; };
    if (!available()) ++waited_;
    if (!returned_.wait_until(lock, deadline, available)) {
      ++turned_away_;
      return Failure{Failure::Kind::kAway, "all connections of the pool are in use"};
    }
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(connection));
    }
    ++open_;
  }
  auto opened = Open(deadline);
  if (opened) return Lease(*this, std::move(*opened));
  {
    const std::lock_guard lock(mutex_);
    --open_;
  }
  returned_.notify_one();
  return std::move(opened).error();
}

Outcome<std::unique_ptr<Connection>> Pool::Open(Deadline deadline,
                                                std::chrono::milliseconds statement_time) {
  auto opened = Connection::Open(words_, deadline, statement_time.count(), round_trips_);
  if (opened) opened_.fetch_add(1, std::memory_order_relaxed);
  return opened;
}

void Pool::AddFigures(DatabaseFigures& figures) const {
  figures.round_trips = round_trips_.load(std::memory_order_relaxed);
  figures.opened = opened_.load(std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  figures.waited = waited_;
  figures.turned_away = turned_away_;
  figures.connections = open_;
  figures.in_use = open_ - idle_.size();
  figures.ceiling = greatest_;
}

void Pool::DropIdle() {
  std::vector<std::unique_ptr<Connection>> dropped;
  {
    const std::lock_guard lock(mutex_);
    dropped.swap(idle_);
    open_ -= dropped.size();
  }
  returned_.notify_all();
}

void Pool::Return(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    // A connection in the middle of a transaction that was not ended is not lent to anybody else.
    if (connection->usable() && connection->idle()) {
      idle_.push_back(std::move(connection));
    } else {
      --open_;
    }
  }
  returned_.notify_one();
}

}  // namespace sallyport::store::postgres
