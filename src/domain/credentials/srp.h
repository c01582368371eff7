// SRP: the Secure Remote Password protocol as Cognito's clients speak it.
//
// SRP-6a (RFC 5054, section 2.5) over the 3072-bit group of RFC 3526 with g = 2 and SHA-256.
// Cognito differs from the RFC in three ways: numbers are hashed in their shortest two's complement
// form; x is computed from the pool's name (what follows "_" in its id), the user's name and the
// password; and the proof is an HMAC under a key that is derived from S by HKDF (see
// AuthenticationHelper in amazon-cognito-identity-js).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::domain {

class Vault;

inline constexpr size_t kSrpSaltBytes = 16;

// What is stored of a password: v = g^x, and the salt that is part of x. Whoever has both can guess
// passwords at the cost of one exponentiation each, so they are stored sealed.
struct SrpVerifier {
  // kSrpSaltBytes long; the first byte is not 0, since clients read it as a number
  std::string salt;
  std::string value;  // 384 bytes, big-endian
};

// Made with a new random salt. `user_id` is what the client will be given as USER_ID_FOR_SRP. Takes
// one exponentiation, about a millisecond.
SrpVerifier MakeSrpVerifier(std::string_view pool_id, std::string_view user_id,
                            std::string_view password);
// The verifier for a name that no user has (RFC 5054, section 2.5.1.3): the salt is always the same
// for the same name, and no password matches.
SrpVerifier DecoySrpVerifier(const Vault& vault, std::string_view pool_id, std::string_view name);

// Whether the text is a permissible A, in hex: A % N must not be 0, which would give everybody the
// key.
bool IsSrpClientValue(std::string_view client_value);

// The server's half of one exchange.
struct SrpExchange {
  std::string public_value;  // B, lower-case hex
  std::string key;           // 16 bytes, the same as the client's if it knows the password
};
// `client_value` is A. nullopt where IsSrpClientValue is false. Takes three exponentiations, in a
// time that does not depend on secrets.
std::optional<SrpExchange> ExchangeSrp(const SrpVerifier& verifier, std::string_view client_value);

// PASSWORD_CLAIM_SIGNATURE, 32 bytes. `secret_block` is decoded from base64.
std::string SrpSignature(std::string_view key, std::string_view pool_id, std::string_view user_id,
                         std::string_view secret_block, std::string_view timestamp);

// TIMESTAMP, for example "Sat Nov 7 09:05:01 UTC 2026", as Unix seconds; nullopt where the text has
// another form.
std::optional<int64_t> ParseSrpTimestamp(std::string_view text);

}  // namespace sallyport::domain
