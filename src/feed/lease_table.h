// LeaseTable: who holds a lease, what each Agent has acknowledged, and what is therefore released.
// It is rules I1 to I4 of docs/revocation-feed.md as plain state, without socket, timer or thread.
// Time is an argument (nanoseconds, CLOCK_MONOTONIC; with several servers CLOCK_BOOTTIME).
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

// Added to each lease at the server, because clocks may run at slightly different speeds and
// granting takes some time.
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
    // What is applied to every Replica file of this Agent that may hold a lease.
    uint64_t acknowledged = 0;
    // The part of it that this connection's Replica is known to have. A new lease is based on this.
    uint64_t acknowledged_here = 0;
    int64_t expiry_nanos = INT64_MIN;
    uint64_t epoch = 0;
    bool connected = false;
    // The Agent asked for a lease while it was behind (I4). Until `joins_until` nothing is released
    // beyond `joins_at`, which was the head at that moment, or beyond what the Agent has
    // acknowledged meanwhile. It is not waited for again before `joins_again`.
    uint64_t joins_at = 0;
    int64_t joins_until = INT64_MIN;
    int64_t joins_again = INT64_MIN;
    // When all rows were looked at last, it was one of those for which `released` waits.
    bool holds_back = false;
  };

  // For a server that starts. `head` counts as released, so that no lease is based on less. But no
  // call is answered before `hold_until_nanos`, when all leases of the previous server have
  // expired. `new_epoch` gives a random number, never 0.
  LeaseTable(uint32_t ttl_millis, uint64_t head, int64_t hold_until_nanos,
             std::function<uint64_t()> new_epoch);

  // Tells that the log has grown.
  void Advance(uint64_t head, int64_t now_nanos);

  // Tells that other servers had taken this one for dead: every lease that it granted is over, and
  // the next one of each Agent is of a new epoch. No lease may be based on less than `holds_from`.
  void EndLeases(uint64_t holds_from);
  // Whether an Agent may hold a lease.
  bool HasLeases(int64_t now_nanos) const;

  // Tells that a connection of the Agent has begun, which replaces an earlier one. Its Replica is
  // proved to have the log up to `verified`; 0: nothing, so a snapshot follows.
  void Connect(const InstanceId& agent, uint64_t verified, int64_t now_nanos);
  // Tells that the connection has ended. The lease remains until it expires.
  void Disconnect(const InstanceId& agent, int64_t now_nanos);

  // Precondition of the next two functions: the Agent is connected. An acknowledgement includes
  // everything before it. False: others still hold back what this one did, or held back more, so
  // that Settle would change nothing because of it.
  bool Acknowledge(const InstanceId& agent, uint64_t sequence);
  // Granted: the lease is recorded, and only now may the grant be sent. Refused because the Agent
  // is behind: new entries then wait for it, for at most TTL/2, so that it can catch up.
  std::variant<Granted, Refused> Renew(const InstanceId& agent, int64_t now_nanos);

  // Moves `released` as far as I1 allows. Called after each of the functions above, and at the time
  // of NextEvent. Cheap where nothing has happened meanwhile that could move it: with a thousand
  // Agents there are a thousand acknowledgements of each entry, and only the last one does.
  void Settle(int64_t now_nanos);

  uint64_t head() const { return head_; }
  uint64_t released() const { return released_; }
  // Whether a call that waits for `sequence` may be answered: that is released, and no lease of an
  // earlier server can still be valid.
  bool Answerable(uint64_t sequence, int64_t now_nanos) const {
    return sequence <= released_ && now_nanos >= hold_until_;
  }
  // When the passing of time may release more: the first end of a lease, of a wait for an Agent
  // that joins, or of the hold. Nullopt: never. It may be too early by what was acknowledged or
  // renewed since the rows were looked at last.
  std::optional<int64_t> NextEvent(int64_t now_nanos) const;

  const std::map<InstanceId, Row>& rows() const { return rows_; }

 private:
  static bool Live(const Row& row, int64_t now_nanos) { return now_nanos < row.expiry_nanos; }
  static bool Joining(const Row& row, int64_t now_nanos) {
    return row.connected && now_nanos < row.joins_until;
  }
  // What may be released while an Agent joins: when it asks again, it is not behind this.
  static uint64_t Passes(const Row& row) { return std::max(row.joins_at, row.acknowledged_here); }
  void Join(Row& row, int64_t now_nanos);
  void NoteChange() {
    changed_ = true;
    next_event_.reset();
  }
  // How far the row lets `released` move; at most the head.
  uint64_t Allows(const Row& row, int64_t now_nanos) const;
  void Age(int64_t now_nanos);

  const int64_t ttl_nanos_;
  const int64_t lease_nanos_;  // TTL plus margin
  const int64_t hold_until_;
  const std::function<uint64_t()> new_epoch_;
  uint64_t head_;
  uint64_t released_;

  // A head and when it was reached, if that is less than TTL/2 ago. `aged_` is the newest one that
  // is older.
  struct Mark {
    uint64_t head;
    int64_t at_nanos;
  };
  std::deque<Mark> marks_;
  uint64_t aged_;

  std::map<InstanceId, Row> rows_;
  // What is known of the rows since all of them were looked at: something may have changed by which
  // `released` moves; how many hold it back still; and when the first lease or wait ends.
  bool changed_ = true;
  size_t holding_back_ = 0;
  int64_t unchanged_until_ = INT64_MIN;
  // The last answer of NextEvent; nullopt: to be found anew.
  mutable std::optional<std::optional<int64_t>> next_event_;
};

}  // namespace sallyport::feed
