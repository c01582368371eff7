// The frames of the RevocationFeed. All integers are little-endian. docs/revocation-feed.md
// specifies them.
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
// The version of the feed that older agents speak. It has no marks, and its grants have no
// `forget_before`.
inline constexpr uint16_t kOldFeedVersion = 1;
// The version of whoever holds no lease and asks for each decision. It has Ask and its answers, and
// neither acknowledgements nor leases; otherwise it is kFeedVersion.
inline constexpr uint16_t kAskingVersion = 3;
inline constexpr std::string_view kFeedPath = "/_sallyport/feed/v1";

using InstanceId = std::array<uint8_t, 16>;
// Identifies one history. A new store has a new id, and so has one that was recovered.
using LogId = std::array<uint8_t, 16>;
// A server's proof that it sent a certain position of a certain log to a certain Agent; zero: no
// proof. Only a server can make or check it.
using PositionMark = std::array<uint8_t, 32>;

// ---- Agent to server

// The first frame of a connection. Its first three bytes, the type and the version, are the same in
// every version of the feed.
struct Hello {
  uint16_t version = kFeedVersion;
  InstanceId instance{};     // random for each Agent process; leases are recorded by it
  LogId log{};               // the log of the Agent's Replica; zero: it has none
  LogPosition position;      // what the Replica has applied
  PositionMark mark{};       // for (log, position); zero: no server has marked this position
  bool holds_lease = false;  // the Replica holds a lease that has not expired; never in version 3
  std::string name;          // for display: the name of the Agent or of its host
  bool operator==(const Hello&) const = default;
};
// Everything up to `sequence` is applied to every Replica file that may hold a lease. This includes
// everything that was acknowledged before.
struct Ack {
  uint64_t sequence = 0;
  bool operator==(const Ack&) const = default;
};
// Asks for a lease, counted from the moment that the Agent remembers under `nonce`.
struct Renew {
  uint64_t nonce = 0;
  bool operator==(const Renew&) const = default;
};
// Asks for a position that includes every revocation that was answered before the server received
// this. The answer is AskedPosition or NoPosition.
struct Ask {
  uint64_t nonce = 0;
  bool operator==(const Ask&) const = default;
};

// ---- Server to Agent

enum class Resume : uint8_t { kTail = 1, kSnapshot = 2 };
struct Welcome {
  Resume resume{};
  LogId log{};
  uint32_t ttl_millis = 0;
  bool operator==(const Welcome&) const = default;
};
// A snapshot: SnapshotBegin, any number of SnapshotPages, SnapshotEnd. It is followed by the
// entries after `position`.
struct SnapshotBegin {
  LogPosition position;
  uint64_t entries = 0;  // an estimate, for choosing a size; the pages decide
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
// New entries: those after the last position that was sent, up to and including `position`. Entries
// that have expired meanwhile may be missing.
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
  int64_t wall_millis = 0;  // the server's clock at the grant
  // Entries whose keep_until is before this may be forgotten, Unix seconds. kForgetNothing: nothing
  // may be.
  int64_t forget_before = kForgetNothing;
  bool operator==(const Grant&) const = default;
};
// No lease is granted now; the Agent asks again later.
struct NoGrant {
  uint64_t nonce = 0;
  std::string reason;
  bool operator==(const NoGrant&) const = default;
};
// The answer to an Ask: what was sent on this connection before it, up to `sequence`, includes
// every revocation that was answered before the Ask arrived. It is good for decisions on requests
// that were received before the Ask was sent, and for no others.
struct AskedPosition {
  uint64_t nonce = 0;
  uint64_t sequence = 0;
  int64_t wall_millis = 0;                 // the server's clock
  int64_t forget_before = kForgetNothing;  // as in Grant
  bool operator==(const AskedPosition&) const = default;
};
// No position can be given now; whoever asked denies, or asks again.
struct NoPosition {
  uint64_t nonce = 0;
  std::string reason;
  bool operator==(const NoPosition&) const = default;
};
// The server ends the connection and says why. This frame is the same in every version of the feed.
struct Goodbye {
  std::string reason;
  bool operator==(const Goodbye&) const = default;
};

using Frame = std::variant<Hello, Ack, Renew, Welcome, SnapshotBegin, SnapshotPage, SnapshotEnd,
                           Entries, Grant, NoGrant, Goodbye, Ask, AskedPosition, NoPosition>;

// Limits that a decoder checks before it allocates memory.
inline constexpr size_t kMaxFrameBytes = 4 * 1024 * 1024;
inline constexpr size_t kMaxSubjectBytes = 1024;
inline constexpr size_t kMaxDetailBytes = 4096;

// The longest name of an Agent, and the longest reason; Encode truncates longer ones.
inline constexpr size_t kMaxTextBytes = 1024;

// The size of `revocation` within a SnapshotPage or Entries frame, for filling a frame.
size_t EncodedSize(const Revocation& revocation);
// The most that the other fields of those two frames can need.
inline constexpr size_t kFrameOverheadBytes = 128;

// Precondition: each subject has 1 to kMaxSubjectBytes bytes, each detail at most kMaxDetailBytes,
// and the frame at most kMaxFrameBytes, because Decode would refuse anything else. `version`, here
// and below, is one of the three above; fields that version 1 does not have are left out. The frame
// must be one of that version.
std::string Encode(const Frame& frame, uint16_t version = kFeedVersion);
// `bytes` must be exactly one frame of that version; otherwise the error (code "invalid_frame")
// says what is wrong. Fields that an older version does not have get their defaults.
base::Result<Frame> Decode(std::string_view bytes, uint16_t version = kFeedVersion);
// The version in the Hello with which `bytes` begin, whatever follows; nullopt: they do not begin
// with one.
std::optional<uint16_t> HelloVersion(std::string_view bytes);

}  // namespace sallyport::revocation
