// Follower: the rules of the feed for an Agent (docs/revocation-feed.md, "The Agent"), without a
// socket. It is given frames and gives frames; what it has accepted is in the Replica.
//
// An Agent of several servers has two of them, which write one Replica: both apply what comes, and
// acknowledge it to their servers. Leases are taken from the first alone. The second asks for them
// too, because an answer proves that its server could give the next one.
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
  uint64_t grants = 0;    // also those of the second, which are not used
  uint64_t refusals = 0;  // NoGrant
  uint64_t applied = 0;   // entries, including those of snapshots
  uint64_t snapshots = 0;
};

// Not thread-safe.
class Follower {
 public:
  // `writer` and `clock` must outlive it.
  Follower(revocation::ReplicaWriter& writer, const base::Clock& clock, std::string name);

  // Tells that the next connection uses another key, or that the Replica's file was lost. The
  // server then sees another instance. The lease remains until it expires, and the server waits for
  // that before it answers revocations.
  void BecomeAnother();
  // Whether its leases are the ones that count. At the beginning they are.
  void SetFirst(bool first);
  bool is_first() const { return first_; }
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
  // For how long a lease has been asked for in vain; 0: it is not.
  int64_t WaitingMillis() const;
  // Since the last lease was given; a large number where there was none on this connection.
  int64_t MillisSinceGrant() const;
  // How long to wait before asking again.
  int64_t MillisUntilNextAsk() const;

  // After so many milliseconds without any frame the server is considered dead.
  int64_t SilenceMillis() const;

  // The Replica has everything that the server had when it said so, so a lease may be asked for.
  bool following() const { return stage_ == Stage::kFollowing; }
  // A snapshot is to come, or is coming.
  bool rebuilding() const {
    return stage_ == Stage::kBeforeSnapshot || stage_ == Stage::kInSnapshot;
  }
  uint32_t ttl_millis() const { return ttl_millis_; }
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

  void NoteGrant();
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
  bool first_ = true;
  uint32_t ttl_millis_ = 2000;
  revocation::LogId log_{};
  revocation::LogPosition snapshot_position_;
  uint64_t received_ = 0;  // sequence number of the last Entries on this connection
  uint64_t next_nonce_;
  std::deque<Asked> asked_;
  int64_t waiting_since_ = 0;     // BootNanos of the first request since the last lease; 0: none
  int64_t granted_at_ = 0;        // BootNanos; 0: not on this connection
  int64_t refused_in_a_row_ = 0;  // requests for a lease
  FollowerCounters counters_;
  std::string refusal_;
};

}  // namespace sallyport::agent
