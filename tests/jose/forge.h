// Tokens that SigningKey would never make: any header, any payload, signed all the same.
#pragma once

#include <string>
#include <string_view>

#include "jose/key.h"

namespace sallyport::jose {

// One key for all tests of the process: making one takes long.
const SigningKey& TestKey();

// header and payload are encoded as they are, and signed with TestKey by RS256.
std::string Forge(std::string_view header, std::string_view payload);

// Signs a signing input, even one that does not consist of two parts.
std::string Sign(std::string_view signing_input);

inline constexpr std::string_view kGoodHeader = R"({"kid":"k1","alg":"RS256"})";

}  // namespace sallyport::jose
