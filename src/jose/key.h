// RSA keys: SigningKey is the server's private key, PublicKey is for whoever verifies; and both as
// JWK text.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace sallyport::jose {

// An RSA public key for RS256 (RFC 7518, section 3.3). The algorithm is fixed by the key, and
// nothing in a token's header selects it. It must have 2048 to 4096 bits and an odd public exponent
// of at least 3, and its modulus must not be of the ROCA family (CVE-2017-15361). Errors have the
// code "invalid_key".
class PublicKey {
 public:
  // Both are big-endian, as the members n and e of a JWK are after decoding (RFC 7518, section
  // 6.3.1).
  static base::Result<PublicKey> FromModulus(std::span<const uint8_t> n,
                                             std::span<const uint8_t> e);
  // Reads one JWK object (RFC 7517): kty RSA; use, if present, "sig"; alg, if present, "RS256";
  // key_ops, if present, ["verify"]; no members of a private key. Other members are ignored.
  // Anything else is an error. *kid, if not null, receives the member "kid" (empty if absent).
  static base::Result<PublicKey> FromJwk(std::string_view json, std::string* kid);

  PublicKey(PublicKey&&) noexcept;
  PublicKey& operator=(PublicKey&&) noexcept;
  ~PublicKey();

  // Verifies an RSASSA-PKCS1-v1_5 signature with SHA-256 over `message`. Not thread-safe, since it
  // reuses its contexts: use one PublicKey for each thread.
  bool Verify(std::string_view message, std::span<const uint8_t> signature) const;

  // The length of a signature in bytes: 256 for a key of 2048 bits.
  size_t signature_size() const;
  std::span<const uint8_t> n() const;
  std::span<const uint8_t> e() const;
  // {"alg":"RS256","e":...,"kid":...,"kty":"RSA","n":...,"use":"sig"}: a member of a JWK set, as
  // Cognito serves it.
  std::string ToJwk(std::string_view kid) const;

 private:
  struct State;
  explicit PublicKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// An RSA private key. Thread-safe: several threads may sign at once.
class SigningKey {
 public:
  // 2048 bits, e = 65537. Takes tens to hundreds of milliseconds, so it must not run on a thread
  // that others wait for.
  static base::Result<SigningKey> Generate();
  // PKCS#8 DER, as ToPkcs8 makes it.
  static base::Result<SigningKey> FromPkcs8(std::span<const uint8_t> der);

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  base::Secret ToPkcs8() const;
  PublicKey ToPublic() const;

  // Makes a compact JWS. The header is exactly {"kid":kid,"alg":"RS256"}, with "typ" before them
  // where `type` is not empty, and the payload is used as it is given (JSON text).
  base::Result<std::string> SignJwt(std::string_view kid, std::string_view payload,
                                    std::string_view type = {}) const;

 private:
  struct State;
  explicit SigningKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sallyport::jose
