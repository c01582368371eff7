// A JWK set (RFC 7517, section 5), as an issuer publishes its keys.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sallyport::inquiry {

struct PublishedKey {
  std::string kid;  // not empty
  std::string jwk;  // jose::PublicKey::FromJwk accepts it
  bool operator==(const PublishedKey&) const = default;
};

// The keys of the set with which tokens can be verified here; others (RFC 7517: of another type or
// use, too weak, without a name) are left out. An error where the text is not a JWK set, has more
// than kMostPublishedKeys, none that can be used, or two keys of one name.
inline constexpr size_t kMostPublishedKeys = 64;
base::Result<std::vector<PublishedKey>> ParseJwkSet(std::string_view json);

}  // namespace sallyport::inquiry
