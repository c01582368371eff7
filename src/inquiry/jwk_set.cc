#include "inquiry/jwk_set.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/error_codes.h"
#include "jose/key.h"

namespace sallyport::inquiry {
namespace {

namespace json = boost::json;

base::Error NoJwkSet(std::string why) {
  return {base::code::kService, std::move(why), ""};
}

}  // namespace

base::Result<std::vector<PublishedKey>> ParseJwkSet(std::string_view text) {
  boost::system::error_code failed;
  const json::value set = json::parse(json::string_view(text.data(), text.size()), failed);
  const json::object* const object = failed ? nullptr : set.if_object();
  const json::value* const keys = object ? object->if_contains("keys") : nullptr;
  if (!keys || !keys->is_array()) return NoJwkSet("the issuer's answer is not a JWK set");
  if (keys->get_array().size() > kMostPublishedKeys) {
    return NoJwkSet("the issuer publishes more than 64 keys");
  }
  std::vector<PublishedKey> published;
  for (const json::value& value : keys->get_array()) {
    PublishedKey key{"", json::serialize(value)};
    if (!jose::PublicKey::FromJwk(key.jwk, &key.kid) || key.kid.empty()) continue;
    const bool twice = std::any_of(published.begin(), published.end(),
                                   [&key](const auto& known) { return known.kid == key.kid; });
    if (twice) return NoJwkSet("the issuer publishes two keys of one name");
    published.push_back(std::move(key));
  }
  if (published.empty()) return NoJwkSet("the issuer publishes no key that can be used");
  return published;
}

}  // namespace sallyport::inquiry
