// Refresh tokens: opaque to all but this file.
//
// A family's first token is "spr1.{family id}.{secret}" with a random secret, of which the record
// keeps the hash. Where the client rotates refresh tokens, its n-th replacement is
// "spr2.{family id}.{n}.{secret}", whose secret is a MAC under the Vault's key: nothing is kept of
// it, every token that the family ever had is told from a forged one, and whoever presents the
// predecessor within the grace period can be given the same successor again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/clients/client.h"
#include "domain/tokens/family.h"

namespace sallyport::domain {

class Vault;

struct RefreshToken {
  std::string family_id;
  uint64_t rotation = 0;  // how often the family's token had been replaced when it was given
  std::string secret;
};

// A family's first token; sets family.refresh_hash.
std::string MakeRefreshToken(TokenFamily& family);
// Replaces the family's present token by another. The record is the caller's to write.
void Rotate(TokenFamily& family, int64_t now_millis);
// The text of the present token, which must not be the first.
std::string PresentRefreshToken(const Vault& vault, const TokenFamily& family);

// nullopt: no refresh token of ours.
std::optional<RefreshToken> ParseRefreshToken(std::string_view text);
// True where the family was given `token`, lately or long ago.
bool Matches(const Vault& vault, const TokenFamily& family, const RefreshToken& token);

enum class RefreshStanding {
  kReused,   // replaced, and its grace period is over
  kGrace,    // replaced so lately that it is still taken
  kCurrent,  // the family's present token
};
// Of a token that Matches.
RefreshStanding StandingOf(const TokenFamily& family, const RefreshToken& token,
                           const Client& client, int64_t now_millis);

}  // namespace sallyport::domain
