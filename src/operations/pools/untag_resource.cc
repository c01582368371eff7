// UntagResource: removes tags from a pool, which is named by its ARN. A key that the pool does not
// have is ignored.
#include <boost/json/value.hpp>
#include <string>

#include "operations/operation.h"
#include "operations/pools/pool_tags.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunUntagResource(Call& call, const api::UntagResourceInput& input) {
  const auto remove = [&](json::object& tags) -> base::Status {
    for (const std::string_view key : input.tag_keys()) tags.erase(key);
    return {};
  };
  SALLYPORT_TRY(ChangeTags(call, input.resource_arn(), remove));
  return json::object();
}

}  // namespace

const Operation<api::UntagResourceInput> kUntagResource = MakeOperation<RunUntagResource>();

}  // namespace sallyport::operations
