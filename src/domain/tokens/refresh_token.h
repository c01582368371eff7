// Refresh tokens. Only this file knows what is in them.
//
// The first token of a family is "spr1.{family id}.{secret}" with a random secret; the record has
// the hash of it. Where the client rotates refresh tokens, the n-th replacement is "spr2.{family
// id}.{n}.{secret}", whose secret is a MAC under the Vault's key. So nothing has to be stored for
// it; every token that the family ever had can be distinguished from a forged one; and whoever
// presents the predecessor within the grace period can be given the same successor again.
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
  uint64_t rotation = 0;  // how often the family's token had been replaced when this one was made
  std::string secret;
};

// Makes a family's first token, and sets family.refresh_hash.
std::string MakeRefreshToken(TokenFamily& family);
// Replaces the family's present token by the next one. The caller writes the record afterwards.
void Rotate(TokenFamily& family, int64_t now_millis);
// The text of the family's present token, which must not be the first one.
std::string PresentRefreshToken(const Vault& vault, const TokenFamily& family);

// nullopt: the text is not a refresh token of this server.
std::optional<RefreshToken> ParseRefreshToken(std::string_view text);
// True where `token` is one that the family has or ever had.
bool Matches(const Vault& vault, const TokenFamily& family, const RefreshToken& token);

enum class RefreshStanding {
  kReused,   // replaced, and its grace period has passed
  kGrace,    // replaced so recently that it is still accepted
  kCurrent,  // the family's present token
};
// `token` must be one of the family's (Matches).
RefreshStanding StandingOf(const TokenFamily& family, const RefreshToken& token,
                           const Client& client, int64_t now_millis);

}  // namespace sallyport::domain
