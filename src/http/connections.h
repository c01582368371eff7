// Connections: all open connections with their deadlines. It closes those that exceed a deadline,
// and decides which are closed when there are too many.
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

// Thread-safe. One periodic sweep checks all deadlines, so that requests need no timers.
class Connections {
 public:
  // The state of one connection. It must exist from before the first read until after the last one,
  // while the socket is open.
  class Entry {
   public:
    Entry(Connections& all, int socket);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    // The server now waits for the client, for at most that many seconds. The connection is closed
    // after that, at most one sweep later, or earlier to make room for others.
    void AwaitClient(int64_t seconds);
    // The server is working, or an Agent is being fed: the connection is not closed.
    void ClearDeadline();
    // Between two requests, when the server may close the connection to stop.
    void SetIdle(bool idle) { idle_ = idle; }
    // The connection belongs to an Agent from now on: a drain does not wait for it.
    void SetFeed() { feed_ = true; }
    // Ends both directions at once, upon which operations under way on the socket complete.
    void Cut() const;

    http1::Held& memory() { return memory_; }

   private:
    friend class Connections;
    Connections& all_;
    const int socket_;
    http1::Held memory_;
    std::atomic<int64_t> deadline_{INT64_MAX};  // of the clock's MonotonicNanos
    // Since when the server waits for the client; INT64_MAX: it does not.
    std::atomic<int64_t> since_{INT64_MAX};
    std::atomic<bool> idle_{false};
    std::atomic<bool> feed_{false};
    // Guarded by the mutex: it was closed to make room, and will soon be gone.
    bool given_way_ = false;
  };

  Connections(const base::Clock& clock, size_t limit, http1::RequestMemory& memory)
      : clock_(clock), limit_(limit), memory_(memory) {}

  // Makes room for one more connection where the limit is reached, by closing those whose clients
  // have been waited for the longest. False: there is none to close, or those that were closed are
  // not gone yet.
  bool Admit();
  // Closes connections that hold counted memory and whose clients have been waited for at least a
  // second, the longest first.
  void FreeMemory();

  size_t size() const;
  // The counted memory of all connections.
  size_t request_bytes() const { return memory_.used(); }
  // The number of connections that are not an Agent's.
  size_t callers() const;
  // Closes connections that have exceeded their deadline.
  void Sweep();
  // Closes idle connections; from now on answers say "Connection: close".
  void BeginStop();
  bool stopping() const { return stopping_; }
  void CutAll();

  // How many connections that are closing may exist beyond the limit.
  static constexpr size_t Leaving(size_t limit) { return std::min<size_t>(8 + limit / 64, 128); }

 private:
  // Closes, of the connections for which `is` is true, the `count` whose clients have been waited
  // for the longest, or as many as there are. Returns how many. The caller holds the mutex.
  template <typename Is>
  size_t LetGiveWay(size_t count, Is is);

  const base::Clock& clock_;
  const size_t limit_;
  http1::RequestMemory& memory_;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::unordered_set<Entry*> entries_;  // guarded by mutex_
  size_t leaving_ = 0;                  // guarded by mutex_: entries that were closed to make room
  int64_t next_freeing_ = 0;            // guarded by mutex_: of the clock's MonotonicNanos
};

}  // namespace sallyport::http
