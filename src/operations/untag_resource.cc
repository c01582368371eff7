// UntagResource: a key that is not there is no error.
#include <boost/json/value.hpp>
#include <string>

#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/pool_tags.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunUntagResource(Call& call, const json::object& input) {
  const auto remove = [&](json::object& tags) -> base::Status {
    for (const std::string& key : domain::StringsMember(input, "TagKeys")) tags.erase(key);
    return {};
  };
  SALLYPORT_TRY(ChangeTags(call, input, remove));
  return json::object();
}

}  // namespace

const Operation kUntagResource{RunUntagResource};

}  // namespace sallyport::operations
