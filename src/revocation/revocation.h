// Revocation: one fact that the RevocationLog records, and its position there.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace sallyport::revocation {

// These numbers are part of the wire format and the disk format.
enum class Kind : uint8_t {
  kFamily = 1,        // subject: origin_jti of every token that descends from one sign-in
  kEvent = 2,         // subject: event_id, where the client has EnableTokenRevocation=false
  kJti = 3,           // subject: jti of one token
  kClient = 4,        // subject: client id
  kPool = 5,          // subject: issuer
  kKeyPublished = 6,  // subject: issuer, one space, kid; detail: the public JWK
  kKeyWithdrawn = 7,  // subject: issuer, one space, kid
};

struct Revocation {
  Kind kind{};
  std::string subject;
  std::string detail;
  // Unix seconds after which every token that this entry revokes has expired at every gate. kNever
  // for a published key.
  int64_t keep_until = 0;
  bool operator==(const Revocation&) const = default;
};

inline constexpr int64_t kNever = INT64_MAX;
// By how much a gate may be set to tolerate clock differences on `exp` and `nbf`. Every keep_until
// includes it.
inline constexpr int64_t kGreatestLeewaySeconds = 300;
inline constexpr int64_t kRetentionSlackSeconds = 600;
// The longest validity that Cognito allows for access and ID tokens.
inline constexpr int64_t kGreatestTokenLifetimeSeconds = 86'400;

using LogHash = std::array<uint8_t, 32>;

// Sequence numbers begin at 1; 0 with an all-zero hash is the empty log.
struct LogPosition {
  uint64_t sequence = 0;
  LogHash hash{};
  bool operator==(const LogPosition&) const = default;
};

struct LogEntry {
  LogPosition position;
  Revocation revocation;
};

// SHA-256 over the hash before it and the fields of the entry; docs/revocation-feed.md has the
// layout.
LogHash NextHash(const LogHash& before, uint64_t sequence, const Revocation& revocation);

}  // namespace sallyport::revocation
