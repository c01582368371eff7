// SRP: the Secure Remote Password protocol as Cognito's clients speak it.
//
// SRP-6a (RFC 5054 section 2.5) over the 3072-bit group of RFC 3526 with g = 2 and SHA-256. Where
// Cognito differs from the RFC: numbers are hashed in the shortest two's complement form, x is made
// of the pool's name (what follows "_" in its id), the user's name and the password, and the proof
// is an HMAC under a key drawn from S by HKDF (amazon-cognito-identity-js, AuthenticationHelper).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::domain {

class Vault;

inline constexpr size_t kSrpSaltBytes = 16;

// What is kept of a password: v = g^x and the salt in x. Whoever has it can guess passwords at the
// cost of an exponentiation each, so it is kept sealed.
struct SrpVerifier {
  std::string salt;   // kSrpSaltBytes; the first is not 0: clients read it as a number
  std::string value;  // 384 bytes, big-endian
};

// Under a new random salt. `user_id` is what the client will be told as USER_ID_FOR_SRP. Takes one
// exponentiation, about a millisecond.
SrpVerifier MakeSrpVerifier(std::string_view pool_id, std::string_view user_id,
                            std::string_view password);
// For a name that no user has (RFC 5054 section 2.5.1.3): always the same salt, and no password.
SrpVerifier DecoySrpVerifier(const Vault& vault, std::string_view pool_id, std::string_view name);

// Whether this is what a client may give as A, in hex: a number within 1..N-1 modulo N (A % N == 0
// would give anybody the key).
bool IsSrpClientValue(std::string_view client_value);

// The server's half of one exchange.
struct SrpExchange {
  std::string public_value;  // B, lower-case hex
  std::string key;           // 16 bytes, the same as the client's if it knows the password
};
// `client_value` is A. nullopt: !IsSrpClientValue. Three exponentiations, in a time that does not
// depend on secrets.
std::optional<SrpExchange> ExchangeSrp(const SrpVerifier& verifier, std::string_view client_value);

// PASSWORD_CLAIM_SIGNATURE, 32 bytes. `secret_block` as decoded from base64.
std::string SrpSignature(std::string_view key, std::string_view pool_id, std::string_view user_id,
                         std::string_view secret_block, std::string_view timestamp);

// TIMESTAMP, "Sat Nov 7 09:05:01 UTC 2026", as Unix seconds; nullopt: not of that form.
std::optional<int64_t> ParseSrpTimestamp(std::string_view text);

}  // namespace sallyport::domain
