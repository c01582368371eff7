// TagResource: adds tags to a pool, which is named by its ARN. A key that the pool already has gets
// the new value.
#include <boost/json/value.hpp>

#include "domain/errors.h"
#include "operations/operation.h"
#include "operations/pools/pool_tags.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr size_t kMostTags = 50;

base::Result<json::object> RunTagResource(Call& call, const api::TagResourceInput& input) {
  const json::object& given = input.tags();
  SALLYPORT_TRY(CheckTags(given));
  const auto add = [&](json::object& tags) -> base::Status {
    for (const auto& [key, value] : given) tags[key] = value;
    if (tags.size() <= kMostTags) return {};
    return domain::error::kTooManyTags(kMostTags);
  };
  SALLYPORT_TRY(ChangeTags(call, input.resource_arn(), add));
  return json::object();
}

}  // namespace

const Operation<api::TagResourceInput> kTagResource = MakeOperation<RunTagResource>();

}  // namespace sallyport::operations
