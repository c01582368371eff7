#include "domain/json.h"
#include "domain/pool_removal.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> Run(Call& call, const json::object& input) {
  SALLYPORT_TRY(domain::RemovePool(call.services, domain::StringMember(input, "UserPoolId"),
                                   &call.await_release));
  return json::object();
}

}  // namespace

const Operation kDeleteUserPool{.run = Run, .revokes = true};

}  // namespace sallyport::operations
