// UnverifiedToken and VerifiedToken: what was received, and what may be believed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "jose/key.h"

namespace sallyport::jose {

// The claims that Sallyport decides on, typed. Absent strings are empty. Times are Unix seconds.
struct Claims {
  std::string iss, sub, aud, client_id, token_use, scope, origin_jti, event_id, jti, username;
  int64_t exp = 0;
  std::optional<int64_t> nbf;
  int64_t iat = 0;
  int64_t auth_time = 0;
  // The payload, decoded: what claims beyond the ones above are read from (see FindClaim).
  std::string json;
};

// A compact JWS (RFC 7515 section 7.1) split into its parts, and nothing believed. It views the
// text given to Parse, which must outlive it.
class UnverifiedToken {
 public:
  static constexpr size_t kMaxSize = 16 * 1024;
  // Rejects anything but three non-empty canonical base64url parts, a signature of at most 512
  // bytes, and a header that is one JSON object (as strict as the payload, see VerifiedToken) with
  // `alg` "RS256", a non-empty string `kid`, `typ` absent or "JWT", no `crit`, no `b64`. `jwk`,
  // `jku`, `x5u` and `x5c` are ignored. Errors have code "invalid_token".
  static base::Result<UnverifiedToken> Parse(std::string_view compact);

  // What the sender claims to have signed with: good for looking up a key, for nothing else.
  const std::string& kid() const { return kid_; }

  // The one way to a VerifiedToken.
  friend class VerifiedToken;

 private:
  UnverifiedToken() = default;
  std::string kid_;
  std::string_view signing_input_;
  std::string payload_;  // decoded
  std::array<uint8_t, 512> signature_;
  size_t signature_size_ = 0;
};

// A token whose signature was checked with a key of the caller's choice, and whose claims are
// well-formed: one JSON object, no name twice in any object, valid UTF-8, no NUL, no nesting beyond
// 32, no number beyond double; `exp`, `iat`, `nbf` and `auth_time` integers of 0 to 2^63-1, and the
// other members of Claims strings, where present. Whether the claims suffice (issuer, expiry, use,
// scope, revocation) is the caller's to decide.
class VerifiedToken {
 public:
  // The cause of the error where the signature is not the key's.
  static constexpr std::string_view kBadSignature = "signature: does not verify";

  // Errors have code "invalid_token"; the cause says which check failed. Give the token by
  // std::move to save copying its payload.
  static base::Result<VerifiedToken> Verify(UnverifiedToken token, const PublicKey& key);

  const Claims& claims() const { return claims_; }

 private:
  VerifiedToken() = default;
  Claims claims_;
};

// The value of a top-level member of `json` (an object that passed the checks above), as text:
// strings unescaped, numbers and booleans as written, arrays and objects as compact JSON, null and
// absent as nullopt.
std::optional<std::string> FindClaim(std::string_view json, std::string_view name);

// True where the space-separated `scope` (RFC 6749 section 3.3) holds `wanted` as a whole word.
bool HasScope(std::string_view scope, std::string_view wanted);

}  // namespace sallyport::jose
