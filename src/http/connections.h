// Connections: every open connection's deadline, and the end of those that pass it.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <unordered_set>

#include "base/clock.h"

namespace sallyport::http {

// Thread-safe. One coarse sweep serves all connections, so that a request arms no timer of its own.
class Connections {
 public:
  // What one connection is doing. Made before its first read, gone before its socket is closed.
  class Entry {
   public:
    Entry(Connections& all, int socket);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    // The connection is cut, at most one sweep later, unless the deadline is moved by then.
    void SetDeadline(int64_t seconds_from_now);
    void ClearDeadline() { deadline_ = INT64_MAX; }
    // Between requests: may be cut by a stop.
    void SetIdle(bool idle) { idle_ = idle; }
    // From now on an Agent's: not waited for by a drain.
    void SetFeed() { feed_ = true; }
    // Ends both directions now; what is under way on the socket completes.
    void Cut() const;

   private:
    friend class Connections;
    Connections& all_;
    const int socket_;
    std::atomic<int64_t> deadline_{INT64_MAX};  // of the clock's MonotonicNanos
    std::atomic<bool> idle_{false};
    std::atomic<bool> feed_{false};
  };

  Connections(const base::Clock& clock, size_t limit) : clock_(clock), limit_(limit) {}

  bool full() const { return size() >= limit_; }
  size_t size() const;
  // Those that are no Agent's.
  size_t callers() const;
  // Cuts those that are past their deadline.
  void Sweep();
  // Cuts the idle ones; from now on answers say "Connection: close".
  void BeginStop();
  bool stopping() const { return stopping_; }
  void CutAll();

 private:
  const base::Clock& clock_;
  const size_t limit_;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::unordered_set<Entry*> entries_;
};

}  // namespace sallyport::http
