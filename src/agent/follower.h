// Follower: the Agent's rules of the feed (docs/revocation-feed.md, "The Agent"), without a socket.
// Frames in, frames out; what is believed is in the Replica.
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

// No server may ask for a longer one: it bounds how long a mistaken grant could last.
inline constexpr uint32_t kGreatestTtlMillis = 300'000;

struct FollowerCounters {
  uint64_t grants = 0;
  uint64_t refusals = 0;  // NoGrant
  uint64_t applied = 0;   // entries, snapshots included
  uint64_t snapshots = 0;
};

// Not thread-safe.
class Follower {
 public:
  // `writer` and `clock` outlive it.
  Follower(revocation::ReplicaWriter& writer, const base::Clock& clock, std::string name);

  // The next connection is made with another key: to the server it is another Agent's, which cannot
  // go on as the instance that it was. The lease stays until its expiry, and what is revoked until
  // then waits for that.
  void UseAnotherKey();
  // A connection is open: its first frame. Forgets what was asked on an earlier one.
  revocation::Frame Connected();
  // A connection is gone. The lease stays: it is the server's word until its expiry.
  void Disconnected();

  // Applies one frame; returns what is to be sent. An error means that the connection must be
  // closed: the server broke the rules, said goodbye, or the Replica cannot take what it sent.
  base::Result<std::vector<revocation::Frame>> Receive(const revocation::Frame& frame);

  // Asks for a lease from this moment on. Nullopt while there is nothing that could hold one.
  std::optional<revocation::Frame> AskForLease();
  // How long to wait before asking again.
  int64_t MillisUntilNextAsk() const;

  // Milliseconds without any frame after which the server is taken for dead.
  int64_t SilenceMillis() const;

  // The Replica holds all that the server had when it said so: a lease may be asked for.
  bool following() const { return stage_ == Stage::kFollowing; }
  bool HoldsLease() const;
  const FollowerCounters& counters() const { return counters_; }
  // Why no lease was given last; empty if one was.
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
  // The Agent's own frames, sent back to it.
  template <typename Foreign>
  Frames On(const Foreign& foreign);

  base::Status Apply(const revocation::Entries& entries);
  // Applies the entries, and only then gives the acknowledgement of them (acknowledge.cc).
  Frames ApplyAndAcknowledge(const revocation::Entries& entries);
  // The moment at which `nonce` was asked; forgets it and all before it.
  std::optional<int64_t> TakeAsked(uint64_t nonce);

  revocation::ReplicaWriter& writer_;
  const base::Clock& clock_;
  const std::string name_;
  revocation::InstanceId instance_{};
  Stage stage_ = Stage::kDisconnected;
  uint32_t ttl_millis_ = 2000;
  revocation::LogId log_{};
  revocation::LogPosition snapshot_position_;
  uint64_t received_ = 0;  // sequence of the last Entries of this connection
  uint64_t next_nonce_;
  std::deque<Asked> asked_;
  FollowerCounters counters_;
  std::string refusal_;
};

}  // namespace sallyport::agent
