// Services: everything that the rules of the domain may use. `main` passes it down; there are no
// globals.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "domain/credentials/session_numbers.h"
#include "domain/keys/rotation_counts.h"
#include "domain/limits/ceilings.h"
#include "store/server_time.h"

namespace sallyport::store {
class Store;
}

namespace sallyport::domain {

class KeyRing;         // signing keys of the pools, parsed once
class PasswordHasher;  // Argon2id
class FamilyKeeper;    // writes last uses of token families, and deletes expired ones
class GeoDatabase;     // finds the place of an IP address
class HookRunner;      // calls the functions that pools name in LambdaConfig
class PasswordLooks;   // reserves looks at passwords
class Throttle;        // quotas on calls
class Vault;           // encrypts what the store must not reveal

enum class IssuerStyle {
  kLocal,  // {public_url}/{pool id}
  kAws,    // https://cognito-idp.{region}.amazonaws.com/{pool id}
};

// For how long Cognito lets clients cache a JWK set.
inline constexpr int64_t kJwksSeconds = 86'400;

struct Settings {
  std::string public_url = "http://127.0.0.1:9229";  // without a slash at the end
  std::string region = "us-east-1";  // of pools that are created by calls without a region
  std::string account_id = "000000000000";
  IssuerStyle issuer_style = IssuerStyle::kLocal;
  // Argon2id (RFC 9106); the defaults are OWASP's minimum.
  uint32_t argon2_memory_kib = 19'456;
  uint32_t argon2_iterations = 2;
  uint32_t argon2_parallelism = 1;
  // For tests: every confirmation code is this one. Empty: codes are random.
  std::string fixed_code;
  // The directory in which uploaded CSV files wait for their import job; empty: files cannot be
  // uploaded.
  std::string import_directory;
  // How much callers without credentials can make the server store.
  Ceilings ceilings;
  // For how long clients are told that they may cache a JWK set (key_rotation.h).
  int64_t jwks_seconds = kJwksSeconds;
};

// Built once, with the names of its members. Members without a default are references to objects
// that outlive it.
struct Services {
  const Settings& settings;
  // The time by which tokens and codes are made and judged. What another party dates, as the
  // signature of a request, is judged by the host's clock instead.
  store::ServerTime& clock;
  store::Store& store;
  KeyRing& keys;
  PasswordHasher& passwords;
  const Vault& vault;
  FamilyKeeper& families;
  PasswordLooks& password_looks;
  // True while nothing may be issued, because the store was found to be restored from a backup.
  // Cheap, thread-safe.
  std::function<bool()> issuing_stopped;
  // Called when a user import job was started or stopped, or its pool was removed. Cheap,
  // thread-safe; may be empty.
  std::function<void()> imports_changed = {};
  Throttle* throttle = nullptr;  // nullptr: there are no quotas
  // nullptr: calls that need a hook fail (CallHook).
  HookRunner* hooks = nullptr;
  const GeoDatabase* geo_database = nullptr;  // nullptr: sessions are shown without a place
  CeilingWatch* ceiling_watch = nullptr;      // nullptr: nobody is told that a ceiling was reached
  // Numbers the SRP sessions of this run.
  std::shared_ptr<SessionNumbers> session_numbers = std::make_shared<SessionNumbers>();
  std::shared_ptr<RotationCounts> rotation_counts = std::make_shared<RotationCounts>();
};

}  // namespace sallyport::domain
