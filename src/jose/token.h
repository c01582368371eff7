// UnverifiedToken is a token as received; VerifiedToken is one whose contents may be believed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "jose/key.h"

namespace sallyport::jose {

// The claims on which decisions depend, with their types. Absent strings are empty. Times are Unix
// seconds. The texts belong to the VerifiedToken.
struct Claims {
  std::string_view iss, sub, aud, client_id, token_use, scope, origin_jti, event_id, jti, username;
  int64_t exp = 0;
  std::optional<int64_t> nbf;
  int64_t iat = 0;
  int64_t auth_time = 0;
  // The payload, decoded, for reading claims other than those above (see FindClaim).
  std::string_view json;
};

// The headers that UnverifiedToken::Parse has accepted most recently, with their `kid`. Tokens of
// one key have one header, which therefore need not be read again for each. Not thread-safe.
class SeenHeaders {
 public:
  // nullptr: none was accepted that is exactly `text`.
  const std::string* FindKid(std::string_view text) const;
  void Add(std::string_view text, std::string_view kid);

 private:
  // Longer ones are not remembered; Cognito's and Sallyport's are shorter.
  static constexpr size_t kGreatestSize = 512;
  struct Header {
    std::string text;  // as in the token: base64url
    std::string kid;
  };
  std::array<Header, 8> headers_;
  size_t next_ = 0;  // which one is replaced
};

// A compact JWS (RFC 7515, section 7.1) that was split into its parts; nothing in it may be
// believed. It refers to the text that was given to Parse, which must outlive it.
class UnverifiedToken {
 public:
  static constexpr size_t kMaxSize = 16 * 1024;
  static constexpr size_t kMaxSignature = 512;
  // Accepts only three non-empty, canonical base64url parts; a signature of at most 512 bytes; and
  // a header that is one JSON object (checked as strictly as the payload, see VerifiedToken) with
  // `alg` "RS256", a non-empty string `kid`, `typ` absent or "JWT", no `crit` and no `b64`. `jwk`,
  // `jku`, `x5u` and `x5c` are ignored. Errors have the code "invalid_token".
  // `seen`, if not null, saves reading a header that was accepted before.
  static base::Result<UnverifiedToken> Parse(std::string_view compact, SeenHeaders* seen = nullptr);

  // Which key the sender claims to have used. It may be used to look a key up, and for nothing
  // else. The text belongs to this object.
  std::string_view kid() const { return kid_; }

  // VerifiedToken::Verify is the only way from here to a VerifiedToken.
  friend class VerifiedToken;

 private:
  UnverifiedToken() = default;
  std::string_view signing_input_;
  // One block of memory for the three texts that follow.
  std::unique_ptr<char[]> memory_;
  std::string_view payload_;  // decoded
  std::span<const uint8_t> signature_;
  std::string_view kid_;
};

// A token whose signature was verified with a key that the caller chose, and whose claims are
// well-formed: one JSON object, no name twice in any object, valid UTF-8, no NUL, no nesting beyond
// 32, no number beyond double; where present, `exp`, `iat`, `nbf` and `auth_time` are integers from
// 0 to 2^63-1 and the other members of Claims are strings. Whether the claims are sufficient
// (issuer, expiry, use, scope, revocation) is for the caller to decide.
class VerifiedToken {
 public:
  // The cause of the error where the signature was not made by the key.
  static constexpr std::string_view kBadSignature = "signature: does not verify";

  // Errors have the code "invalid_token"; the cause says which check failed.
  static base::Result<VerifiedToken> Verify(UnverifiedToken token, const PublicKey& key);

  const Claims& claims() const { return claims_; }

 private:
  VerifiedToken() = default;
  std::unique_ptr<char[]> memory_;     // the payload
  std::unique_ptr<char[]> unescaped_;  // texts that the payload has with escapes; perhaps nullptr
  Claims claims_;
};

// The value of a top-level member of `json` (an object that passed the checks above) as text:
// strings without escapes, numbers and booleans as they are written, arrays and objects as compact
// JSON; nullopt where the member is null or absent.
std::optional<std::string> FindClaim(std::string_view json, std::string_view name);

// True where the space-separated `scope` (RFC 6749, section 3.3) has `wanted` as a whole word.
bool HasScope(std::string_view scope, std::string_view wanted);

}  // namespace sallyport::jose
