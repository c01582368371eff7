#include "agent/follower.h"

#include <algorithm>
#include <atomic>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"

namespace sallyport::agent {
namespace {

using revocation::Frame;

// Without a lease gates deny everything, so waiting has to be short. But a thousand Agents that ask
// without a pause would keep a server from what they wait for.
constexpr int64_t kAskAgainMillis = 50;
constexpr int64_t kMostDoublings = 2;
constexpr int64_t kLeastSilenceMillis = 5'000;
// How many renewals may be under way at the same time; older ones are given up.
constexpr size_t kGreatestAsked = 16;

base::Error Broken(std::string cause) {
  return {"feed_broken", "the server sent something that the feed's protocol does not allow",
          std::move(cause)};
}

}  // namespace

Follower::Follower(revocation::ReplicaWriter& writer, const base::Clock& clock, std::string name)
    : writer_(writer), clock_(clock), name_(std::move(name)), next_nonce_(base::RandomU64()) {
  base::RandomBytes(instance_);
}

void Follower::BecomeAnother() {
  base::RandomBytes(instance_);
}

void Follower::SetFirst(bool first) {
  first_ = first;
  waiting_since_ = 0;
}

Frame Follower::Connected() {
  stage_ = Stage::kGreeting;
  asked_.clear();
  refused_in_a_row_ = 0;
  waiting_since_ = granted_at_ = 0;
  revocation::Hello hello;
  // A gate may still be using the lease in the file that others have written to. What that file
  // lacks must be released only after that lease has ended. The server knows when that is by the
  // instance, for which nobody acknowledges any more.
  if (writer_.is_forsaken()) base::RandomBytes(instance_);
  hello.instance = instance_;
  hello.log = writer_.log();
  hello.position = writer_.position();
  received_ = hello.position.sequence;
  hello.mark = writer_.mark();
  hello.holds_lease = HoldsLease();
  hello.name = name_;
  return hello;
}

void Follower::Disconnected() {
  if (rebuilding()) writer_.AbandonSnapshot();
  stage_ = Stage::kDisconnected;
  asked_.clear();
  waiting_since_ = granted_at_ = 0;
}

Follower::Frames Follower::Receive(const Frame& frame) {
  return std::visit([this](const auto& alternative) { return On(alternative); }, frame);
}

template <typename Foreign>
Follower::Frames Follower::On(const Foreign&) {
  return Broken("the server sent a frame that only agents may send");
}

Follower::Frames Follower::On(const revocation::Welcome& welcome) {
  if (stage_ != Stage::kGreeting) return Broken("a second welcome");
  if (welcome.ttl_millis > kGreatestTtlMillis)
    return Broken("the TTL is greater than the protocol allows");
  ttl_millis_ = welcome.ttl_millis;
  log_ = welcome.log;
  if (welcome.resume == revocation::Resume::kSnapshot) {
    // The file in which the other connection's lease is has all that its server sent.
    if (!first_) {
      return base::Error{"feed_second", "another server does not have this agent's position yet",
                         ""};
    }
    // The Replica does not have what the server has, so it can no longer be the basis of a lease.
    writer_.EndLease();
    stage_ = Stage::kBeforeSnapshot;
    return std::vector<Frame>{};
  }
  if (log_ == revocation::LogId{} || log_ != writer_.log())
    return Broken("the tail belongs to another log");
  // The position in the Hello counts: meanwhile the other connection may have brought more, but
  // this server has sent nothing of that yet.
  stage_ = Stage::kFollowing;
  return std::vector<Frame>{revocation::Ack{received_}};
}

// ---- Snapshot

Follower::Frames Follower::On(const revocation::SnapshotBegin& begin) {
  if (stage_ != Stage::kBeforeSnapshot) return Broken("a snapshot where none may be sent");
  SALLYPORT_TRY(writer_.BeginSnapshot(log_, begin.entries));
  snapshot_position_ = begin.position;
  stage_ = Stage::kInSnapshot;
  return std::vector<Frame>{};
}

Follower::Frames Follower::On(const revocation::SnapshotPage& page) {
  if (stage_ != Stage::kInSnapshot) return Broken("a page of a snapshot where none may be sent");
  SALLYPORT_TRY(writer_.AddToSnapshot(page.revocations));
  counters_.applied += page.revocations.size();
  return std::vector<Frame>{};
}

Follower::Frames Follower::On(const revocation::SnapshotEnd& end) {
  if (stage_ != Stage::kInSnapshot) return Broken("the end of a snapshot where none may be sent");
  SALLYPORT_TRY(writer_.EndSnapshot(snapshot_position_, end.mark));
  std::atomic_thread_fence(std::memory_order_seq_cst);
  received_ = snapshot_position_.sequence;
  stage_ = Stage::kFollowing;
  ++counters_.snapshots;
  base::LogInfo("snapshot loaded",
                {{"sequence", received_}, {"entries", writer_.status().entries}});
  return std::vector<Frame>{revocation::Ack{received_}};
}

// ---- Tail

base::Status Follower::Apply(const revocation::Entries& entries) {
  SALLYPORT_TRY(writer_.Apply(entries.revocations, entries.position, entries.mark));
  counters_.applied += entries.revocations.size();
  return {};
}

Follower::Frames Follower::On(const revocation::Entries& entries) {
  if (stage_ != Stage::kFollowing) return Broken("entries where none may be sent");
  if (entries.position.sequence <= received_)
    return Broken("entries that go back to an earlier position");
  received_ = entries.position.sequence;
  // The other connection was faster; what it has applied is in the file.
  if (received_ <= writer_.position().sequence && log_ == writer_.log()) {
    return std::vector<Frame>{revocation::Ack{received_}};
  }
  return ApplyAndAcknowledge(entries);
}

// ---- Lease

std::optional<Frame> Follower::AskForLease() {
  if (!following()) return std::nullopt;
  if (asked_.size() == kGreatestAsked) asked_.pop_front();
  asked_.push_back({next_nonce_++, clock_.BootNanos()});
  if (waiting_since_ == 0) waiting_since_ = asked_.back().at;
  return revocation::Renew{asked_.back().nonce};
}

std::optional<int64_t> Follower::TakeAsked(uint64_t nonce) {
  const auto asked = std::find_if(asked_.begin(), asked_.end(),
                                  [nonce](const Asked& a) { return a.nonce == nonce; });
  if (asked == asked_.end()) return std::nullopt;
  const int64_t at = asked->at;
  asked_.erase(asked_.begin(), asked + 1);
  return at;
}

Follower::Frames Follower::On(const revocation::Grant& grant) {
  if (grant.ttl_millis > kGreatestTtlMillis)
    return Broken("the TTL is greater than the protocol allows");
  // What is dropped according to this grant would have to be expired at every gate.
  if (grant.forget_before > grant.wall_millis / 1000) {
    return Broken(
        "the time before which entries may be forgotten is later than the server's own time");
  }
  const auto asked_at = TakeAsked(grant.nonce);
  if (!asked_at || !following()) return std::vector<Frame>{};
  if (!first_) {
    NoteGrant();
    return std::vector<Frame>{};
  }
  revocation::LeaseGrant lease;
  lease.epoch = grant.epoch;
  lease.ttl = int64_t{grant.ttl_millis} * base::kNanosPerMilli;
  lease.expiry = *asked_at + lease.ttl;
  // Measured from the moment of asking and not of the answer: the resulting clock is never behind
  // the server's, so no token is valid for longer.
  lease.wall_offset = grant.wall_millis - *asked_at / base::kNanosPerMilli;
  lease.forget_before = grant.forget_before;
  if (!writer_.SetLease(lease)) {
    // The next connection begins with a snapshot.
    if (writer_.is_forsaken())
      return base::Error{"replica_unusable", "the Replica's file is gone", ""};
    return std::vector<Frame>{};
  }
  NoteGrant();
  return std::vector<Frame>{};
}

void Follower::NoteGrant() {
  ++counters_.grants;
  refused_in_a_row_ = 0;
  refusal_.clear();
  waiting_since_ = 0;
  granted_at_ = clock_.BootNanos();
}

int64_t Follower::WaitingMillis() const {
  if (waiting_since_ == 0) return 0;
  return (clock_.BootNanos() - waiting_since_) / base::kNanosPerMilli;
}

int64_t Follower::MillisSinceGrant() const {
  if (granted_at_ == 0) return INT64_MAX;
  return (clock_.BootNanos() - granted_at_) / base::kNanosPerMilli;
}

Follower::Frames Follower::On(const revocation::NoGrant& none) {
  (void)TakeAsked(none.nonce);
  ++counters_.refusals;
  ++refused_in_a_row_;
  if (refusal_ != none.reason) {
    base::LogWarning("the server grants no lease", {{"reason", none.reason}});
  }
  refusal_ = none.reason;
  return std::vector<Frame>{};
}

Follower::Frames Follower::On(const revocation::Goodbye& goodbye) {
  return base::Error{"feed_goodbye", "the server has closed the feed", goodbye.reason};
}

bool Follower::HoldsLease() const {
  return clock_.BootNanos() < writer_.status().expiry;
}

int64_t Follower::MillisUntilNextAsk() const {
  const int64_t quarter = std::max<int64_t>(ttl_millis_ / 4, 1);
  // Only to know that the server is there.
  if (!first_) return 2 * quarter;
  if (HoldsLease()) return quarter;
  return std::min(quarter,
                  kAskAgainMillis << std::clamp<int64_t>(refused_in_a_row_ - 1, 0, kMostDoublings));
}

int64_t Follower::SilenceMillis() const {
  return std::max<int64_t>(int64_t{2} * ttl_millis_, kLeastSilenceMillis);
}

}  // namespace sallyport::agent
