// Follower: the rules of the feed for an Agent (docs/revocation-feed.md, "The Agent"), without a
// socket. It is given frames and gives frames; what it has accepted is in the Replica.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "revocation/frame.h"
#include "revocation/replica_writer.h"

namespace sallyport::agent {

// The longest TTL that a server may ask for. It limits for how long a mistaken grant could be
// valid.
inline constexpr uint32_t kGreatestTtlMillis = 300'000;

struct FollowerCounters {
  uint64_t grants = 0;
  uint64_t refusals = 0;  // NoGrant
  uint64_t applied = 0;   // entries, including those of snapshots
  uint64_t snapshots = 0;
};

// Not thread-safe.
class Follower {
 public:
  // `writer` and `clock` must outlive it.
  Follower(revocation::ReplicaWriter& writer, const base::Clock& clock, std::string name);

  // Tells that the next connection uses another key. The server then sees another Agent, which must
  // not continue as the same instance. The lease remains until it expires, and the server waits for
  // that before it answers revocations.
  void UseAnotherKey();
  // A connection is open: gives its first frame. Forgets what was asked on an earlier connection.
  revocation::Frame Connected();
  // The connection has ended. The lease remains valid until it expires.
  void Disconnected();

  // Applies one frame and gives the frames to send. After an error the connection must be closed:
  // the server has broken the rules or said goodbye, or the Replica cannot take what it sent.
  base::Result<std::vector<revocation::Frame>> Receive(const revocation::Frame& frame);

  // Asks for a lease that is counted from this moment. Nullopt while there is no file that could
  // hold one.
  std::optional<revocation::Frame> AskForLease();
  // How long to wait before asking again.
  int64_t MillisUntilNextAsk() const;

  // After so many milliseconds without any frame the server is considered dead.
  int64_t SilenceMillis() const;

  // The Replica has everything that the server had when it said so, so a lease may be asked for.
  bool following() const { return stage_ == Stage::kFollowing; }
  bool HoldsLease() const;
  const FollowerCounters& counters() const { return counters_; }
  // Why no lease was given the last time; empty if one was given.
  const std::string& refusal() const { return refusal_; }

 private:
  enum class Stage { kDisconnected, kGreeting, kBeforeSnapshot, kInSnapshot, kFollowing };
  using Frames = base::Result<std::vector<revocation::Frame>>;
  struct Asked {
    uint64_t nonce;
    int64_t at;  // BootNanos: t0
  };

  Frames On(const revocation::Welcome& welcome);
  Frames On(const revocation::SnapshotBegin& begin);
  Frames On(const revocation::SnapshotPage& page);
  Frames On(const revocation::SnapshotEnd& end);
  Frames On(const revocation::Entries& entries);
  Frames On(const revocation::Grant& grant);
  Frames On(const revocation::NoGrant& none);
  Frames On(const revocation::Goodbye& goodbye);
  // For frames that only an Agent sends: it is an error to receive one.
  template <typename Foreign>
  Frames On(const Foreign& foreign);

  base::Status Apply(const revocation::Entries& entries);
  // Applies the entries, and only then returns their acknowledgement (acknowledge.cc).
  Frames ApplyAndAcknowledge(const revocation::Entries& entries);
  // When `nonce` was used to ask; forgets it, and all that were used before it.
  std::optional<int64_t> TakeAsked(uint64_t nonce);

  revocation::ReplicaWriter& writer_;
  const base::Clock& clock_;
  const std::string name_;
  revocation::InstanceId instance_{};
  Stage stage_ = Stage::kDisconnected;
  uint32_t ttl_millis_ = 2000;
  revocation::LogId log_{};
  revocation::LogPosition snapshot_position_;
  uint64_t received_ = 0;  // sequence number of the last Entries on this connection
  uint64_t next_nonce_;
  std::deque<Asked> asked_;
  FollowerCounters counters_;
  std::string refusal_;
};

}  // namespace sallyport::agent
