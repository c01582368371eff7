#include <boost/json/value.hpp>
#include <string>

#include "domain/pool.h"
#include "operations/operation.h"
#include "operations/shared/pool_tags.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunListTagsForResource(Call& call, const json::object& input) {
  SALLYPORT_ASSIGN(const std::string pool_id, TaggedPool(call, input));
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, pool_id));
  return json::object{{"Tags", TagsOf(*pool)}};
}

}  // namespace

const Operation kListTagsForResource{RunListTagsForResource};

}  // namespace sallyport::operations
