// Any bytes as the texts of a sign-in that are read before anything is proved: refresh token,
// TIMESTAMP, SECRET_BLOCK. What is parsed is the only text with its meaning, and no such text is
// accepted as one that the server made.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "domain/credentials/srp.h"
#include "domain/credentials/srp_session.h"
#include "domain/keys/vault.h"
#include "domain/tokens/refresh_token.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sallyport::domain;
  static const Vault vault(std::array<uint8_t, 32>{1});
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto token = ParseRefreshToken(text)) {
    std::string again = token->rotation == 0 ? "spr1." : "spr2.";
    again += token->family_id + ".";
    if (token->rotation > 0) again += std::to_string(token->rotation) + ".";
    if (again + token->secret != text) std::abort();
    TokenFamily family;
    family.id = token->family_id;
    family.rotation = token->rotation;
    if (Matches(vault, family, *token)) std::abort();
  }
  if (const auto time = ParseSrpTimestamp(text)) {
    // The years 0 to 9999.
    if (*time < -62'167'219'200 || *time > 253'402'300'800) std::abort();
  }
  static const std::array<uint8_t, 16> log_id{1};
  if (OpenSrpSession(vault, log_id, text)) std::abort();
  return 0;
}
