#include "domain/json.h"
#include "domain/pool_removal.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<Revoked> RunDeleteUserPool(Call& call, const json::object& input) {
  SALLYPORT_ASSIGN(const store::Release release,
                   domain::RemovePool(call.services, domain::StringMember(input, "UserPoolId")));
  return Revoked{release};
}

}  // namespace

const Operation kDeleteUserPool{.run = RunDeleteUserPool};

}  // namespace sallyport::operations
