// Connections: every open connection's deadline, the end of those that pass it, and who gives way
// when there are too many.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_set>

#include "base/clock.h"
#include "http1/memory.h"

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

    // From now on it is the client's turn, for that many seconds: the connection is cut then, at
    // most one sweep later, and may be cut before if it gives way to others.
    void AwaitClient(int64_t seconds);
    // It is the server's turn, or an Agent is fed: nobody cuts it.
    void ClearDeadline();
    // Between requests: may be cut by a stop.
    void SetIdle(bool idle) { idle_ = idle; }
    // From now on an Agent's: not waited for by a drain.
    void SetFeed() { feed_ = true; }
    // Ends both directions now; what is under way on the socket completes.
    void Cut() const;

    http1::Held& memory() { return memory_; }

   private:
    friend class Connections;
    Connections& all_;
    const int socket_;
    http1::Held memory_;
    std::atomic<int64_t> deadline_{INT64_MAX};  // of the clock's MonotonicNanos
    std::atomic<int64_t> since_{INT64_MAX};     // the client's turn began; INT64_MAX: it is not
    std::atomic<bool> idle_{false};
    std::atomic<bool> feed_{false};
    bool given_way_ = false;  // guarded by the mutex: it was cut, and is about to go
  };

  Connections(const base::Clock& clock, size_t limit, http1::RequestMemory& memory)
      : clock_(clock), limit_(limit), memory_(memory) {}

  // Makes room for one more where there are as many as may be: those whose clients have been waited
  // for the longest give way. False: there is none, or those that gave way are not gone yet.
  bool Admit();
  // Cuts of those that hold counted memory while their clients are waited for, for a second at
  // least, the ones that have done so the longest.
  void FreeMemory();

  size_t size() const;
  // Counted memory of all of them.
  size_t request_bytes() const { return memory_.used(); }
  // Those that are no Agent's.
  size_t callers() const;
  // Cuts those that are past their deadline.
  void Sweep();
  // Cuts the idle ones; from now on answers say "Connection: close".
  void BeginStop();
  bool stopping() const { return stopping_; }
  void CutAll();

  // So many may be there beyond the limit while they go.
  static constexpr size_t Leaving(size_t limit) { return std::min<size_t>(8 + limit / 64, 128); }

 private:
  // Cuts the `count` whose clients were waited for the longest of those with `is`. The mutex held.
  template <typename Is>
  void LetGiveWay(size_t count, Is is);

  const base::Clock& clock_;
  const size_t limit_;
  http1::RequestMemory& memory_;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::unordered_set<Entry*> entries_;  // guarded by mutex_
  size_t leaving_ = 0;                  // guarded by mutex_: entries that have given way
  int64_t next_freeing_ = 0;            // guarded by mutex_: of the clock's MonotonicNanos
};

}  // namespace sallyport::http
