// Steps 1 to 3 of "A decision" (docs/replica-format.md): what the Replica says about a token, and
// the lease under which it says so.
#pragma once

#include <cstdint>
#include <optional>

#include "authorizer/replica.h"
#include "authorizer/token.h"
#include "base/clock.h"
#include "revocation/replica_reader.h"

namespace sallyport::authorizer {

// What a lookup has found, and the time of its step 3.
struct Sight {
  revocation::Lease lease = revocation::Lease::kLapsed;
  bool key_live = false;
  bool revoked = false;
  int64_t wall_seconds = 0;
};

// Does all three steps. Without a usable Replica, the lease counts as ended. Computes `revocations`
// for the file that is mapped, if they belong to another one.
Sight LookLive(const Replica& replica, const Token& token, RevocationHashes& revocations,
               const base::Clock& clock);

// A clock that keeps returning its first reading.
class OneReading final : public base::Clock {
 public:
  explicit OneReading(const base::Clock& clock) : clock_(clock) {}
  int64_t BootNanos() const override {
    if (!boot_nanos_) boot_nanos_ = clock_.BootNanos();
    return *boot_nanos_;
  }
  int64_t WallMillis() const override { return clock_.WallMillis(); }
  int64_t MonotonicNanos() const override { return clock_.MonotonicNanos(); }

 private:
  const base::Clock& clock_;
  mutable std::optional<int64_t> boot_nanos_;
};

// Step 2: is the token revoked, and is its key live? For this function and the next one, `reader`
// must be the replica's, and `revocations` must belong to its file.
inline void LookUp(const Replica& replica, const revocation::ReplicaReader& reader,
                   const Token& token, const RevocationHashes& revocations, Sight& sight) {
  for (const uint64_t hash : revocations.hashes) sight.revoked |= reader.Contains(hash);
  sight.key_live = replica.IsLive(token.key());
}

// Step 3: the lease and the time. The host's wall clock is not trusted; the server's time came with
// the lease.
inline void ReadLease(const revocation::ReplicaReader& reader, uint64_t epoch,
                      const base::Clock& clock, Sight& sight) {
  const OneReading now(clock);
  sight.lease = reader.CheckLease(epoch, now);
  const int64_t wall_millis = reader.WallMillis(now);
  if (wall_millis <= 0) sight.lease = revocation::Lease::kLapsed;
  sight.wall_seconds = wall_millis / 1000;
}

}  // namespace sallyport::authorizer
