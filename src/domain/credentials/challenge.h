// ChallengeRecord: a challenge that waits for its answer. The client holds AWS's opaque `Session`
// for it.
//
// The record is "challenge/{SHA-256 of the session}": the session itself is not stored. A challenge
// can be answered once; the commit of the answer deletes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/tokens/family.h"
#include "store/forgetting.h"

namespace sallyport::store {
class Reader;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct Ceilings;
struct Services;

struct ChallengeRecord {
  std::string name;  // "NEW_PASSWORD_REQUIRED"
  std::string pool_id;
  std::string client_id;
  std::string sub;
  uint64_t password_version = 0;  // version of the password that led to the challenge
  int64_t expires_millis = 0;
  // The same moment by the watched time, at which the record may be deleted (ExpireAfter).
  int64_t ends_millis = 0;
  bool used = false;
  // The factors that this sign-in has proved so far. nullopt: they are within `sealed`, or an older
  // version wrote the record and they are not known.
  std::optional<std::vector<ProvedFactor>> factors{};
  // triggerSource for Pre Token Generation at the end of the sign-in; empty: the usual one, or it
  // is within `sealed`
  std::string token_source{};
  std::string sealed{};  // what else the answer will need, sealed by the Vault; mostly empty
  // It was given to somebody who has proved nothing yet, so it counts as a Leftover (ceilings.h).
  bool by_anybody = false;
};

// Index of the challenges that are not by_anybody, in the order of ExpirySort(when nobody can
// answer the challenge any more, by the watched time). Challenges that are by_anybody have the same
// order in their counted index.
inline constexpr std::string_view kChallengesByExpiry = "challenges-by-expiry";

// Sets the challenge to expire `millis` from now.
void ExpireAfter(ChallengeRecord& challenge, const Services& services, int64_t millis);

// A new random `Session`.
std::string RandomChallengeSession();
base::Status PutChallenge(store::Tx& tx, std::string_view session,
                          const ChallengeRecord& challenge);

// Called within the commit that writes a challenge which is by_anybody. Makes room for it, if
// necessary by deleting expired ones (whose answers are then refused with a less precise reason).
// TooManyRequestsException where there is no room.
base::Status MakeRoomForChallenge(store::Tx& tx, const Services& services);
// Deletes expired challenges while their ceiling is reached, at most `limit`, and gives how many.
base::Result<size_t> EvictChallenges(store::Tx& tx, const Ceilings& ceilings,
                                     store::WatchedTime now, size_t limit);

// The challenge of that name that was made for that client and is neither used nor expired.
// Otherwise NotAuthorizedException "Invalid session for the user.", "Invalid session for the user,
// session can only be used once." or "Invalid session for the user, session is expired."
base::Result<ChallengeRecord> GetChallenge(store::Reader& reader, const Services& services,
                                           std::string_view session, std::string_view name,
                                           std::string_view client_id);

}  // namespace sallyport::domain
