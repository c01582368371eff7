// LeaseTable: who holds a lease, what each Agent has acknowledged, and what is therefore released.
// Rules I1 to I4 of docs/revocation-feed.md, as plain state: no socket, no timer, no thread;
// the time is an argument (nanoseconds, CLOCK_MONOTONIC).
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <variant>

#include "revocation/frame.h"

namespace sallyport::feed {

using revocation::InstanceId;

// Added to each lease at the server: clocks may be slewed by percents, and a grant takes its time.
constexpr int64_t MarginMillis(int64_t ttl_millis) {
  return ttl_millis / 4 + 50;
}

class LeaseTable {
 public:
  struct Granted {
    uint64_t epoch = 0;
  };
  struct Refused {
    std::string_view reason;
  };
  struct Row {
    // Applied to every Replica file of this Agent that may hold a lease.
    uint64_t acknowledged = 0;
    // Of that, what this connection's Replica is known to hold: what a new lease would stand on.
    uint64_t acknowledged_here = 0;
    int64_t expiry_nanos = INT64_MIN;
    uint64_t epoch = 0;
    bool connected = false;
    // It asked for a lease and was behind (I4). Until `joins_until` nothing is released beyond
    // `joins_at`, which was the head, or beyond what it has acknowledged meanwhile. Before
    // `joins_again` it is not waited for once more.
    uint64_t joins_at = 0;
    int64_t joins_until = INT64_MIN;
    int64_t joins_again = INT64_MIN;
  };

  // A server that starts: `head` counts as released, so that no lease stands on less; but nothing
  // is answered before `hold_until_nanos`, when all leases of the server before have lapsed.
  // `new_epoch` gives a random number, never 0.
  LeaseTable(uint32_t ttl_millis, uint64_t head, int64_t hold_until_nanos,
             std::function<uint64_t()> new_epoch);

  // The log has grown.
  void Advance(uint64_t head, int64_t now_nanos);

  // A connection of the Agent begins, the only one from now on. Its Replica is proven to hold the
  // log up to `verified`; 0: nothing, a snapshot follows.
  void Connect(const InstanceId& agent, uint64_t verified, int64_t now_nanos);
  // The lease stays until it expires.
  void Disconnect(const InstanceId& agent, int64_t now_nanos);

  // Precondition of the next two: connected. Acknowledgements are cumulative.
  void Acknowledge(const InstanceId& agent, uint64_t sequence);
  // Granted: the lease is recorded, and only now may the grant be written. Refused because it is
  // behind: what comes from now on waits for it, TTL/2 at most, so that it can catch up.
  std::variant<Granted, Refused> Renew(const InstanceId& agent, int64_t now_nanos);

  // Moves `released` as far as I1 lets it. Called after each of the above, and when the time of
  // NextEvent has come.
  void Settle(int64_t now_nanos);

  uint64_t head() const { return head_; }
  uint64_t released() const { return released_; }
  // A call that waits for `sequence` may be answered: it is released, and no lease that an earlier
  // server granted can be alive.
  bool Answerable(uint64_t sequence, int64_t now_nanos) const {
    return sequence <= released_ && now_nanos >= hold_until_;
  }
  // When time alone may release more: the first end of a lease, of a wait for one that joins, or of
  // the hold. Nullopt: never.
  std::optional<int64_t> NextEvent(int64_t now_nanos) const;

  const std::map<InstanceId, Row>& rows() const { return rows_; }

 private:
  static bool Live(const Row& row, int64_t now_nanos) { return now_nanos < row.expiry_nanos; }
  static bool Joining(const Row& row, int64_t now_nanos) {
    return row.connected && now_nanos < row.joins_until;
  }
  // What one that joins lets pass: it is not behind that when it asks again.
  static uint64_t Passes(const Row& row) { return std::max(row.joins_at, row.acknowledged_here); }
  void Join(Row& row, int64_t now_nanos) const;
  void Age(int64_t now_nanos);

  const int64_t ttl_nanos_;
  const int64_t lease_nanos_;  // TTL and margin
  const int64_t hold_until_;
  const std::function<uint64_t()> new_epoch_;
  uint64_t head_;
  uint64_t released_;

  // What the head became, and when; younger than TTL/2. `aged_` is the newest that is not.
  struct Mark {
    uint64_t head;
    int64_t at_nanos;
  };
  std::deque<Mark> marks_;
  uint64_t aged_;

  std::map<InstanceId, Row> rows_;
};

}  // namespace sallyport::feed
