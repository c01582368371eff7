// Any bytes as a JWK set: what is taken has a name of its own, and is a key.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "inquiry/jwk_set.h"
#include "jose/key.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sallyport;
  const auto keys = inquiry::ParseJwkSet({reinterpret_cast<const char*>(data), size});
  if (!keys) return 0;
  std::set<std::string> names;
  for (const inquiry::PublishedKey& key : *keys) {
    std::string kid;
    if (!jose::PublicKey::FromJwk(key.jwk, &kid).ok() || kid != key.kid) std::abort();
    if (kid.empty() || !names.insert(kid).second) std::abort();
  }
  if (names.empty() || names.size() > inquiry::kMostPublishedKeys) std::abort();
  return 0;
}
