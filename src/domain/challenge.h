// ChallengeSession: the opaque `Session` between a challenge and its answer.
//
// Record "challenge/{SHA-256 of the session}": only the hash is kept. It is used once, by the
// commit that answers it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sallyport::store {
class Reader;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct Challenge {
  std::string name;  // "NEW_PASSWORD_REQUIRED"
  std::string pool_id;
  std::string client_id;
  std::string sub;
  uint64_t password_version = 0;  // of the password that led to it
  int64_t expires_millis = 0;
  bool used = false;
  std::string sealed{};  // by the Vault: what else its answer needs to know; mostly empty
};

// Index of all challenges: sort FamilyExpirySort(when the record serves nobody any more).
inline constexpr std::string_view kChallengesByExpiry = "challenges-by-expiry";

// A new random Session.
std::string MakeSession();
base::Status PutChallenge(store::Tx& tx, std::string_view session, const Challenge& challenge);

// The unused, unexpired challenge of that name, made for that client. NotAuthorizedException
// "Invalid session for the user.", "Invalid session for the user, session can only be used once."
// or "Invalid session for the user, session is expired."
base::Result<Challenge> GetChallenge(store::Reader& reader, std::string_view session,
                                     std::string_view name, std::string_view client_id,
                                     int64_t now_millis);

// Within a commit: notes that `id` is used, for something that carries its own content and is good
// until `expires_millis`. NotAuthorizedException "Invalid session for the user, session can only be
// used once." where it was used before.
base::Status UseOnce(store::Tx& tx, std::string_view id, int64_t expires_millis);

}  // namespace sallyport::domain
