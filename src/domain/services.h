// What every rule of the domain may use, handed down from main: no globals.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "domain/credentials/session_numbers.h"
#include "domain/limits/ceilings.h"
#include "store/server_time.h"

namespace sallyport::store {
class Store;
}

namespace sallyport::domain {

class KeyRing;         // signing keys of the pools, parsed once
class PasswordHasher;  // Argon2id
class FamilyKeeper;    // last uses and expiry of token families
class GeoDatabase;     // where an IP address is
class HookRunner;      // calls the functions of pools' LambdaConfig
class PasswordLooks;   // passwords that are being looked at
class Throttle;        // quotas on calls
class Vault;           // seals what the store may not know

enum class IssuerStyle {
  kLocal,  // {public_url}/{pool id}
  kAws,    // https://cognito-idp.{region}.amazonaws.com/{pool id}
};

// For how long Cognito lets a JWK set be cached.
inline constexpr int64_t kJwksSeconds = 86'400;

struct Settings {
  std::string public_url = "http://127.0.0.1:9229";  // no slash at the end
  std::string region = "us-east-1";                  // of pools made by calls that carry no other
  std::string account_id = "000000000000";
  IssuerStyle issuer_style = IssuerStyle::kLocal;
  // Argon2id (RFC 9106); the defaults are OWASP's minimum.
  uint32_t argon2_memory_kib = 19'456;
  uint32_t argon2_iterations = 2;
  uint32_t argon2_parallelism = 1;
  // For tests: every confirmation code is this one. Empty: random.
  std::string fixed_code;
  // Where uploaded CSV files wait for their import job; empty: none can be uploaded.
  std::string import_directory;
  // How much callers without credentials can make the store keep.
  Ceilings ceilings;
  // How long a JWK set may be cached, as it is served (key_rotation.h).
  int64_t jwks_seconds = kJwksSeconds;
};

// Made complete, once, by the names of its members. What has no default outlives it.
struct Services {
  const Settings& settings;
  // What tokens and codes are made and judged by. What another party judges (signatures of
  // requests) is judged by the host's clock.
  store::ServerTime& clock;
  store::Store& store;
  KeyRing& keys;
  PasswordHasher& passwords;
  const Vault& vault;
  FamilyKeeper& families;
  PasswordLooks& password_looks;
  // True while nothing may be issued (the store was found restored from a backup). Cheap,
  // thread-safe.
  std::function<bool()> issuing_stopped;
  // A user import job has been started or stopped, or its pool is gone. Cheap, thread-safe; may be
  // empty.
  std::function<void()> imports_changed = {};
  Throttle* throttle = nullptr;  // nullptr: no quotas
  // nullptr: a call that needs a hook fails (CallHook).
  HookRunner* hooks = nullptr;
  const GeoDatabase* geo_database = nullptr;  // nullptr: sessions tell no place
  CeilingWatch* ceiling_watch = nullptr;      // nullptr: nobody is told that a ceiling was met
  // The numbers of SRP's sessions.
  std::shared_ptr<SessionNumbers> session_numbers = std::make_shared<SessionNumbers>();
};

}  // namespace sallyport::domain
