// ListTagsForResource: lists the tags of a pool, which is named by its ARN.
#include <boost/json/value.hpp>
#include <string>

#include "domain/pools/pool.h"
#include "operations/operation.h"
#include "operations/pools/pool_tags.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunListTagsForResource(Call& call,
                                                  const api::ListTagsForResourceInput& input) {
  SALLYPORT_ASSIGN(const std::string pool_id, TaggedPool(call, input.resource_arn()));
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, pool_id));
  return json::object{{"Tags", TagsOf(*pool)}};
}

}  // namespace

const Operation<api::ListTagsForResourceInput> kListTagsForResource =
    MakeOperation<RunListTagsForResource>();

}  // namespace sallyport::operations
