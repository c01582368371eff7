#include "store_postgres/pool.h"

#include <algorithm>
#include <utility>

#include "store_postgres/names.h"

namespace sallyport::store::postgres {
namespace {

using std::chrono::milliseconds;

// The least time after which a host that gives no answer counts as silent.
constexpr milliseconds kLeastShare(400);

// The time for the next one, if so many are left to try: one that gives no answer must leave time
// for the others.
milliseconds Share(Deadline deadline, size_t many) {
  const auto left = std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(
                                                  deadline - std::chrono::steady_clock::now()));
  return std::max(left / static_cast<int64_t>(many), std::min(left, kLeastShare));
}

}  // namespace

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

Outcome<std::unique_ptr<Connection>> Pool::OpenAt(const ConnectWords& words, Deadline deadline,
                                                  std::chrono::milliseconds statement_time) {
  auto opened = Connection::Open(words, deadline, statement_time.count(), shared_);
  if (opened) opened_.fetch_add(1, std::memory_order_relaxed);
  return opened;
}

Outcome<std::unique_ptr<Connection>> Pool::OpenHost(size_t host, Deadline deadline,
                                                    std::chrono::milliseconds statement_time) {
  const std::vector<ConnectWords> addresses =
      ForEachAddress(hosts_[host], tries_.fetch_add(1), LookUpName);
  Failure failure{Failure::Kind::kAway, "no address was tried"};
  for (size_t i = 0; i < addresses.size(); ++i) {
    auto opened =
        OpenAt(addresses[i], After(Share(deadline, addresses.size() - i)), statement_time);
    if (opened) return opened;
    failure = std::move(opened).error();
  }
  return failure;
}

Outcome<std::unique_ptr<Connection>> Pool::OpenFirst(size_t first, Deadline deadline,
                                                     std::chrono::milliseconds statement_time,
                                                     size_t& host) {
  Failure failure{Failure::Kind::kAway, "no host was tried"};
  host = first;
  for (size_t i = 0; i < hosts_.size() && std::chrono::steady_clock::now() < deadline; ++i) {
    host = (first + i) % hosts_.size();
    auto opened = OpenHost(host, After(Share(deadline, hosts_.size() - i)), statement_time);
    if (opened) return opened;
    failure = std::move(opened).error();
  }
  return failure;
}

Outcome<std::unique_ptr<Connection>> Pool::Open(Deadline deadline,
                                                std::chrono::milliseconds statement_time) {
  while (true) {
    const std::optional<ConnectWords> followed = Followed();
    size_t host = 0;
    auto opened = followed ? OpenAt(*followed, deadline, statement_time)
                           : OpenFirst(answered_, deadline, statement_time, host);
    if (opened && !followed) answered_ = host;
    if (!opened || (*opened)->usable()) return opened;
    if (std::chrono::steady_clock::now() >= deadline) {
      return Failure{Failure::Kind::kAway, "the database has moved to another host"};
    }
  }
}

Outcome<std::unique_ptr<Connection>> Pool::OpenAnew(Deadline deadline) {
  const size_t first = next_.value_or(answered_);
  auto opened = OpenFirst(first, deadline, std::chrono::milliseconds(statement_millis_), found_);
  next_ = (found_ + 1) % hosts_.size();
  // Each begins with another one, so that none is always the last, for which little time is left.
  if (!opened && next_ == first) next_ = (first + 1) % hosts_.size();
  return opened;
}

void Pool::Follow(Connection& found) {
  {
    const std::lock_guard lock(mutex_);
    followed_ = At(hosts_[found_], found.address());
  }
  found.ReplaceOthers();
  DropIdle();
}

std::optional<ConnectWords> Pool::Followed() const {
  const std::lock_guard lock(mutex_);
  return followed_;
}

void Pool::AddFigures(DatabaseFigures& figures) const {
  figures.round_trips = shared_.round_trips.load(std::memory_order_relaxed);
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
