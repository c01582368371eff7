// The frames of the RevocationFeed, little-endian. Specified in docs/revocation-feed.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "revocation/revocation.h"

namespace sallyport::revocation {

inline constexpr uint16_t kFeedVersion = 2;
// What agents of before version 2 speak: no marks, and a grant without `forget_before`.
inline constexpr uint16_t kOldFeedVersion = 1;
inline constexpr std::string_view kFeedPath = "/_sallyport/feed/v1";

using InstanceId = std::array<uint8_t, 16>;
// Names one history. A new store, and a recovered one, has a new id.
using LogId = std::array<uint8_t, 16>;
// A server's proof that it gave one Agent one place of one log; zero: none. Only a server can make
// or check it.
using PositionMark = std::array<uint8_t, 32>;

// ---- Agent to server

// First frame of a connection. Its first three bytes, the type and the version, are the same in
// every version of the feed.
struct Hello {
  uint16_t version = kFeedVersion;
  InstanceId instance{};     // random per Agent process; what leases are keyed by
  LogId log{};               // of the Replica at hand; zero: none
  LogPosition position;      // what the Replica at hand has applied
  PositionMark mark{};       // of (log, position); zero: a position that no server has marked
  bool holds_lease = false;  // the Replica at hand holds a lease that has not lapsed
  std::string name;          // for people: the Agent's name, or its host's
  bool operator==(const Hello&) const = default;
};
// Everything up to `sequence` is applied to every Replica file that may hold a lease. Cumulative.
struct Ack {
  uint64_t sequence = 0;
  bool operator==(const Ack&) const = default;
};
// Asks for a lease from the moment that the Agent remembers under `nonce`.
struct Renew {
  uint64_t nonce = 0;
  bool operator==(const Renew&) const = default;
};

// ---- Server to Agent

enum class Resume : uint8_t { kTail = 1, kSnapshot = 2 };
struct Welcome {
  Resume resume{};
  LogId log{};
  uint32_t ttl_millis = 0;
  bool operator==(const Welcome&) const = default;
};
// Snapshot: SnapshotBegin, any number of SnapshotPages, SnapshotEnd; then the tail from `position`
// on.
struct SnapshotBegin {
  LogPosition position;
  uint64_t entries = 0;  // an estimate for sizing; the pages are the truth
  bool operator==(const SnapshotBegin&) const = default;
};
struct SnapshotPage {
  std::vector<Revocation> revocations;
  bool operator==(const SnapshotPage&) const = default;
};
struct SnapshotEnd {
  PositionMark mark{};  // of the snapshot's position
  bool operator==(const SnapshotEnd&) const = default;
};
// The tail: entries after the last position sent, up to and including `position`. Entries that have
// expired since may be absent.
struct Entries {
  LogPosition position;
  std::vector<Revocation> revocations;
  PositionMark mark{};  // of `position`
  bool operator==(const Entries&) const = default;
};
inline constexpr int64_t kForgetNothing = INT64_MIN;
struct Grant {
  uint64_t nonce = 0;
  uint64_t epoch = 0;  // never 0
  uint32_t ttl_millis = 0;
  int64_t wall_millis = 0;  // the server's clock when it granted
  // Entries whose keep_until lies before this may be forgotten, Unix seconds. kForgetNothing: none.
  int64_t forget_before = kForgetNothing;
  bool operator==(const Grant&) const = default;
};
// No lease now; the Agent asks again.
struct NoGrant {
  uint64_t nonce = 0;
  std::string reason;
  bool operator==(const NoGrant&) const = default;
};
// The server ends the connection and says why. The same bytes in every version of the feed.
struct Goodbye {
  std::string reason;
  bool operator==(const Goodbye&) const = default;
};

using Frame = std::variant<Hello, Ack, Renew, Welcome, SnapshotBegin, SnapshotPage, SnapshotEnd,
                           Entries, Grant, NoGrant, Goodbye>;

// Bounds that a decoder enforces before it allocates.
inline constexpr size_t kMaxFrameBytes = 4 * 1024 * 1024;
inline constexpr size_t kMaxSubjectBytes = 1024;
inline constexpr size_t kMaxDetailBytes = 4096;

// Longest name of an Agent and longest reason; Encode cuts what is longer.
inline constexpr size_t kMaxTextBytes = 1024;

// What `revocation` takes within a SnapshotPage or Entries frame. A sender fills a frame by this.
size_t EncodedSize(const Revocation& revocation);
// Room that the other fields of those two frames need at most.
inline constexpr size_t kFrameOverheadBytes = 128;

// Precondition: each subject is 1 to kMaxSubjectBytes long, each detail at most kMaxDetailBytes,
// and the whole at most kMaxFrameBytes: what Decode would refuse is not sent. `version` is
// kFeedVersion or kOldFeedVersion, here and below; what an older version has no place for is left
// out.
std::string Encode(const Frame& frame, uint16_t version = kFeedVersion);
// The whole of `bytes` is one frame of that version, or the error (code "invalid_frame") says what
// is wrong. What an older version has no place for has its default.
base::Result<Frame> Decode(std::string_view bytes, uint16_t version = kFeedVersion);
// The version of the Hello that `bytes` begin like, whatever follows; nullopt: they are no Hello.
std::optional<uint16_t> HelloVersion(std::string_view bytes);

}  // namespace sallyport::revocation
