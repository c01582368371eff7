// ChallengeRecord: a challenge that waits for its answer, under AWS's opaque `Session`.
//
// Record "challenge/{SHA-256 of the session}": only the hash is kept. It is used once, by the
// commit that answers it.
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
  uint64_t password_version = 0;  // of the password that led to it
  int64_t expires_millis = 0;
  // The same by the watched time, by which the record is deleted (ExpireAfter).
  int64_t ends_millis = 0;
  bool used = false;
  // Of the sign-in so far. nullopt: sealed, or of an older version's, of which they are not known.
  std::optional<std::vector<ProvedFactor>> factors{};
  std::string token_source{};  // of Pre Token Generation in the end; empty: the usual, or sealed
  std::string sealed{};        // by the Vault: what else its answer needs to know; mostly empty
  // It was given to somebody who has proved nothing yet: a Leftover (ceilings.h).
  bool by_anybody = false;
};

// Index of the challenges that are not by_anybody; the others have that sort in the counted index.
// Sort ExpirySort(when the record serves nobody any more, by the watched time).
inline constexpr std::string_view kChallengesByExpiry = "challenges-by-expiry";

// From now on the challenge may be answered for so long.
void ExpireAfter(ChallengeRecord& challenge, const Services& services, int64_t millis);

// A new random `Session`.
std::string RandomChallengeSession();
base::Status PutChallenge(store::Tx& tx, std::string_view session,
                          const ChallengeRecord& challenge);

// Within the commit that makes one by_anybody: room for it, if need be in the place of expired ones
// (of which nothing is lost but why they are refused). TooManyRequestsException.
base::Status MakeRoomForChallenge(store::Tx& tx, const Services& services);
// How many of the expired ones were deleted because the ceiling is reached; at most `limit`.
base::Result<size_t> EvictChallenges(store::Tx& tx, const Ceilings& ceilings,
                                     store::WatchedTime now, size_t limit);

// The unused, unexpired challenge of that name, made for that client. NotAuthorizedException
// "Invalid session for the user.", "Invalid session for the user, session can only be used once."
// or "Invalid session for the user, session is expired."
base::Result<ChallengeRecord> GetChallenge(store::Reader& reader, const Services& services,
                                           std::string_view session, std::string_view name,
                                           std::string_view client_id);

}  // namespace sallyport::domain
