// Key rotation: how a pool gets its next signing key. A key passes through three stages:
//
// - NEXT: it is published to the gates and in the JWK set, and signs nothing. It begins to sign
//   when every gate under a lease has it, and when every cached JWK set that lacks it has expired.
// - SIGNING: it signs all of the pool's tokens.
// - RETIRING: it signs no more, and tokens that it has signed are still accepted. It is withdrawn
//   when the last of them has expired.
//
// Each step is one commit that reads the records again, so that a rotation continues after a crash
// from wherever it was. docs/decisions/0032 explains the times.
#pragma once

#include <cstddef>
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
  // When the next stage, or the end of the key, begins, as far as it can be told; nullopt for
  // kSigning.
  std::optional<int64_t> until_millis;
};
// The pool's keys, the one that signs first. ResourceNotFoundException.
base::Result<std::vector<TokenKeyStatus>> ListKeyStatus(const Services& services,
                                                        std::string_view pool_id);

// Publishes the pool's next key. Takes as long as SigningKey::Generate. ResourceNotFoundException;
// ResourceConflictException where a rotation is under way, or the pool has too many keys.
base::Status BeginRotation(const Services& services, std::string_view pool_id);

// Replaces all keys at once, after a compromise: one commit withdraws every key of the pool, in
// whatever stage, and gives the pool a new one that signs. The answer waits for the Release.
base::Result<store::Release> ReplaceTokenKeysNow(const Services& services,
                                                 std::string_view pool_id);

// Called within a commit: does the same with `key`, under its issuer.
base::Status ReplaceTokenKeys(store::LogTx& tx, const Services& services, const TokenKey& key);

// How many keys, of all pools together, wait to sign or to be withdrawn.
struct RotatingKeys {
  size_t next = 0;
  size_t retiring = 0;
};
base::Result<RotatingKeys> CountRotatingKeys(store::Reader& reader);

// ---- Upkeep: these may be called as often as one likes.

// True once all gates have what the Release names; false where that is not known.
using AwaitGates = std::function<bool(const store::Release&)>;

// Lets each next key whose time has come sign from now on, once `await` says that the gates have
// it.
base::Status LetNextKeysSign(const Services& services, const AwaitGates& await);
// Withdraws each retiring key whose last token has expired.
base::Status WithdrawRetiredKeys(const Services& services);
// Begins the rotation of pools whose key has signed for `days` days, a few of them each time. A
// failure for one pool is logged and does not hinder the others.
base::Status BeginDueRotations(const Services& services, uint32_t days);

// ---- Start

// Called before the first JWK set is served: stores for how long a JWK set may be cached
// (Settings::jwks_seconds). A next key then also waits for the end of JWK sets that were served
// with a longer time before.
base::Status NoteJwksLifetime(const Services& services);

}  // namespace sallyport::domain
