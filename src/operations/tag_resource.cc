// TagResource: a key that is there gets the new value.
#include <boost/json/value.hpp>

#include "domain/errors.h"
#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/pool_tags.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr size_t kMostTags = 50;

base::Result<json::object> RunTagResource(Call& call, const json::object& input) {
  const json::object& given = input.at("Tags").as_object();
  const auto add = [&](json::object& tags) -> base::Status {
    for (const auto& [key, value] : given) tags[key] = value;
    if (tags.size() <= kMostTags) return {};
    return domain::error::kTooManyTags(kMostTags);
  };
  SALLYPORT_TRY(ChangeTags(call, input, add));
  return json::object();
}

}  // namespace

const Operation kTagResource{RunTagResource};

}  // namespace sallyport::operations
