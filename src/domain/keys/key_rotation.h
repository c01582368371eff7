// Key rotation: a pool's next signing key, from its publication to the end of the one before it.
//
//   NEXT      Published to the gates and in the JWK set; signs nothing. It begins to sign when
//   every
//             gate under a lease has it, and every JWK set without it has expired in every cache.
//   SIGNING   Signs all of the pool's tokens.
//   RETIRING  Signs nothing more, and what it signed is taken. It is withdrawn when the last of
//   that
//             has expired.
//
// Each step is one commit that looks at the records again, so that a rotation goes on after a crash
// from wherever it was. Why the times are what they are: docs/decisions/0032.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/keys/key_ring.h"
#include "domain/services.h"
#include "store/release.h"

namespace sallyport::domain {

// ---- Commands

struct TokenKeyStatus {
  std::string kid;
  KeyStage stage = KeyStage::kSigning;
  int64_t published_millis = 0;
  int64_t since_millis = 0;  // of the stage
  // When the next stage, or the key's end, begins, as far as can be told; nullopt: kSigning.
  std::optional<int64_t> until_millis;
};
// The one that signs first. ResourceNotFoundException.
base::Result<std::vector<TokenKeyStatus>> ListKeyStatus(const Services& services,
                                                        std::string_view pool_id);

// Publishes the pool's next key. Takes as long as SigningKey::Generate. ResourceNotFoundException;
// ResourceConflictException where a rotation is under way, or there are too many keys.
base::Status BeginRotation(const Services& services, std::string_view pool_id);

// At once, after a compromise: withdraws every key that the pool has, whatever its stage, and
// gives it a new one, which signs: one commit, whose Release the answer waits for.
base::Result<store::Release> ReplaceTokenKeysNow(const Services& services,
                                                 std::string_view pool_id);

// Within a commit: the same with `key`, under its issuer.
base::Status ReplaceTokenKeys(store::LogTx& tx, const Services& services, const TokenKey& key);

// ---- Upkeep, each as often as one likes

// True once all gates have what the Release names; false where that is not known.
using AwaitGates = std::function<bool(const store::Release&)>;

// Each next key whose time has come signs from now on, once `await` says that gates have it.
base::Status LetNextKeysSign(const Services& services, const AwaitGates& await);
// Withdraws each retiring key whose last token has expired.
base::Status WithdrawRetiredKeys(const Services& services);
// Begins the rotation of pools whose key has signed for `days`, some of them each time. What fails
// for one pool is logged, and keeps no other from it.
base::Status BeginDueRotations(const Services& services, uint32_t days);

// ---- Start

// Before the first JWK set is served: writes down for how long one is said to serve
// (Settings::jwks_seconds), so that a next key also waits for the end of those which were said to
// serve longer.
base::Status NoteJwksLifetime(const Services& services);

}  // namespace sallyport::domain
