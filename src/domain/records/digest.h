// SHA-256 (FIPS 180-4).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace sallyport::domain {

using Sha256Digest = std::array<uint8_t, 32>;

Sha256Digest Sha256Of(std::string_view text);
// As base64url.
std::string Sha256TextOf(std::string_view text);

}  // namespace sallyport::domain
