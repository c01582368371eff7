// KeyRing: the RSA keys that sign a pool's tokens.
//
// Record "key/{kid}": the private key (PKCS#8), its pool and its public JWK. A pool has at least
// one key; the newest signs. A key is published to the gates and withdrawn from them by the commit
// that adds or removes its record.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/services.h"
#include "jose/key.h"

namespace sallyport::store {
class Reader;
class Store;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct TokenKey {
  std::string pool_id;
  std::string kid;  // base64 of 32 random bytes: 43 characters and "=", as AWS's
  int64_t created_millis = 0;
  std::string jwk;  // public half: a member of the JWK set
  jose::SigningKey signing;
};

std::string TokenKeyKey(std::string_view kid);

// A new key that is in no store yet. Takes as long as SigningKey::Generate: prepare step,
// Lane::kHash.
base::Result<std::shared_ptr<const TokenKey>> MakeTokenKey(std::string_view pool_id,
                                                           const base::Clock& clock);

// Within a commit: stores `key` and publishes it under `issuer`.
base::Status AddTokenKey(store::Tx& tx, const TokenKey& key, std::string_view issuer);
// Within a commit: withdraws every key of the pool from `issuer` and deletes it.
base::Status RemoveTokenKeys(store::Tx& tx, std::string_view pool_id, std::string_view issuer);

// Thread-safe. Each call reads the store, so that a removed key is never used; a parsed key is
// kept, for each thread, while its record's bytes stay the same.
class KeyRing {
 public:
  explicit KeyRing(store::Store& store) : store_(store) {}

  // The key that signs the pool's tokens. ResourceNotFoundException where the pool has none.
  base::Result<std::shared_ptr<const TokenKey>> Current(std::string_view pool_id);
  // The same, read by `reader`.
  static base::Result<std::shared_ptr<const TokenKey>> Current(store::Reader& reader,
                                                               std::string_view pool_id);
  // The key of that kid; null where there is none.
  base::Result<std::shared_ptr<const TokenKey>> Find(std::string_view kid);
  // The pool's JWK set: {"keys":[...]}. ResourceNotFoundException where the pool has no key.
  base::Result<std::string> Jwks(std::string_view pool_id);

 private:
  store::Store& store_;
};

// At start: every pool whose keys were last published under another issuer than the settings give
// (public URL or issuer style changed) is withdrawn there and published anew, one commit each.
base::Status ReconcileIssuers(const Services& services);

}  // namespace sallyport::domain
