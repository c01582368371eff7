#include "domain/tokens/refresh_token.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "base/encoding.h"
#include "base/random.h"
#include "base/secret.h"
#include "domain/keys/vault.h"
#include "domain/records/digest.h"

namespace sallyport::domain {

namespace {

constexpr std::string_view kFirstPrefix = "spr1.";
constexpr std::string_view kLaterPrefix = "spr2.";
constexpr size_t kFamilySecretBytes = 32;
constexpr size_t kSecretText = 43;
constexpr size_t kUuidText = 36;
constexpr size_t kMostDigits = 18;
// The greatest RetryGracePeriodSeconds. Replacements that are older than this can be forgotten.
constexpr int64_t kGreatestGraceMillis = 60'000;
// A family that rotates more often than this within a minute is not an app that retries.
constexpr size_t kMostRemembered = 16;

std::string LaterSecret(const Vault& vault, const TokenFamily& family, uint64_t rotation) {
  return base::Base64UrlEncode(
      base::AsBytes(vault.Mac("refresh token", family.id + "/" + std::to_string(rotation))));
}

// Reads "{n}.", without leading zeros, at the beginning of `text` and removes it; nullopt: it is
// not there.
std::optional<uint64_t> TakeRotation(std::string_view& text) {
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot > kMostDigits || text[0] == '0') {
    return std::nullopt;
  }
  uint64_t rotation = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + dot, rotation);
  if (error != std::errc() || end != text.data() + dot) return std::nullopt;
  text.remove_prefix(dot + 1);
  return rotation;
}

}  // namespace

std::string MakeRefreshToken(TokenFamily& family) {
  std::array<uint8_t, kFamilySecretBytes> bytes{};
  base::RandomBytes(bytes);
  const std::string secret = base::Base64UrlEncode(bytes);
  family.refresh_hash = Sha256TextOf(secret);
  return fmt::format("{}{}.{}", kFirstPrefix, family.id, secret);
}

void Rotate(TokenFamily& family, int64_t now_millis) {
  ++family.rotation;
  auto& rotated = family.rotated_millis;
  rotated.push_back(now_millis);
  // Removes only from the front, because positions are counted from the back.
  const auto needed = std::find_if(rotated.begin(), rotated.end(), [&](int64_t millis) {
    return std::abs(now_millis - millis) < kGreatestGraceMillis;
  });
  rotated.erase(rotated.begin(), needed);
  if (rotated.size() > kMostRemembered) rotated.erase(rotated.begin());
}

std::string PresentRefreshToken(const Vault& vault, const TokenFamily& family) {
  return fmt::format("{}{}.{}.{}", kLaterPrefix, family.id, family.rotation,
                     LaterSecret(vault, family, family.rotation));
}

std::optional<RefreshToken> ParseRefreshToken(std::string_view text) {
  const bool later = text.starts_with(kLaterPrefix);
  if (!later && !text.starts_with(kFirstPrefix)) return std::nullopt;
  text.remove_prefix(kFirstPrefix.size());
  if (text.size() <= kUuidText || text[kUuidText] != '.') return std::nullopt;
  RefreshToken token;
  token.family_id = text.substr(0, kUuidText);
  text.remove_prefix(kUuidText + 1);
  if (later) {
    const auto rotation = TakeRotation(text);
    if (!rotation) return std::nullopt;
    token.rotation = *rotation;
  }
  if (text.size() != kSecretText) return std::nullopt;
  token.secret = text;
  return token;
}

bool Matches(const Vault& vault, const TokenFamily& family, const RefreshToken& token) {
  if (family.id != token.family_id || token.rotation > family.rotation) return false;
  if (token.rotation > 0) {
    return base::ConstantTimeEqual(LaterSecret(vault, family, token.rotation), token.secret);
  }
  return !family.refresh_hash.empty() &&
         base::ConstantTimeEqual(family.refresh_hash, Sha256TextOf(token.secret));
}

RefreshStanding StandingOf(const TokenFamily& family, const RefreshToken& token,
                           const Client& client, int64_t now_millis) {
  if (token.rotation == family.rotation) return RefreshStanding::kCurrent;
  // The last entry of rotated_millis is when the present token was made; the one before it belongs
  // to the predecessor.
  const uint64_t back = family.rotation - token.rotation;
  const size_t remembered = family.rotated_millis.size();
  if (client.settings.refresh_grace_seconds <= 0 || back > remembered)
    return RefreshStanding::kReused;
  const int64_t replaced = family.rotated_millis[remembered - back];
  // Measured in both directions: after a clock was set back, no grace period lasts longer.
  return std::abs(now_millis - replaced) < client.settings.refresh_grace_seconds * 1000
             ? RefreshStanding::kGrace
             : RefreshStanding::kReused;
}

}  // namespace sallyport::domain
