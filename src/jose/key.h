// RSA keys: SigningKey (the server's private half), PublicKey (the verifier's half), JWK text for
// both worlds.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace sallyport::jose {

// An RSA public key for RS256 (RFC 7518 section 3.3). The key pins the algorithm: nothing in a
// token's header selects it. At least 2048 and at most 4096 bits; public exponent odd and at
// least 3; no modulus of the ROCA family (CVE-2017-15361). Errors have code "invalid_key".
class PublicKey {
 public:
  // Big-endian magnitudes, as the JWK members n and e decode (RFC 7518 section 6.3.1).
  static base::Result<PublicKey> FromModulus(std::span<const uint8_t> n,
                                             std::span<const uint8_t> e);
  // One JWK object (RFC 7517): kty RSA; use, if present, "sig"; alg, if present, "RS256"; key_ops,
  // if present, ["verify"]; no member of a private key; other members are ignored. Anything else is
  // an error. *kid, if not null, receives the member "kid" (empty if absent).
  static base::Result<PublicKey> FromJwk(std::string_view json, std::string* kid);

  PublicKey(PublicKey&&) noexcept;
  PublicKey& operator=(PublicKey&&) noexcept;
  ~PublicKey();

  // RSASSA-PKCS1-v1_5 with SHA-256 over `message`. Not thread-safe (it reuses its contexts): one
  // PublicKey per thread.
  bool Verify(std::string_view message, std::span<const uint8_t> signature) const;

  // Bytes of a signature: 256 for 2048 bits.
  size_t signature_size() const;
  std::span<const uint8_t> n() const;
  std::span<const uint8_t> e() const;
  // {"alg":"RS256","e":...,"kid":...,"kty":"RSA","n":...,"use":"sig"}: a member of a JWK set as
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
  // 2048 bits, e = 65537. Takes tens to hundreds of milliseconds: not on a thread that others wait
  // for.
  static base::Result<SigningKey> Generate();
  // PKCS#8 DER, as ToPkcs8 gives it.
  static base::Result<SigningKey> FromPkcs8(std::span<const uint8_t> der);

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  base::Secret ToPkcs8() const;
  PublicKey ToPublic() const;

  // A compact JWS: header exactly {"kid":kid,"alg":"RS256"}, the payload as given (JSON text).
  base::Result<std::string> SignJwt(std::string_view kid, std::string_view payload) const;

 private:
  struct State;
  explicit SigningKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sallyport::jose
