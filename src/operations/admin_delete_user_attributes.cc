// AdminDeleteUserAttributes.
#include <string>
#include <vector>

#include "domain/attributes.h"
#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/attribute_update.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunAdminDeleteUserAttributes(Call& call,
                                                               const boost::json::object& input) {
  SALLYPORT_ASSIGN(const auto pool, PoolOf(call, input));
  const std::vector<std::string> names = domain::StringsMember(input, "UserAttributeNames");
  SALLYPORT_TRY(domain::CheckDeletedAttributes(*pool, names));
  SALLYPORT_TRY(ChangeNamedUser(call, *pool, input, [&](store::Tx& tx, domain::User& user) {
    return DeleteAttributes(tx, call.services, *pool, user, names);
  }));
  return boost::json::object();
}

}  // namespace

const Operation kAdminDeleteUserAttributes{RunAdminDeleteUserAttributes};

}  // namespace sallyport::operations
