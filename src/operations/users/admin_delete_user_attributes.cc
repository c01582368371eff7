// AdminDeleteUserAttributes: an administrator deletes attributes of a user.
#include <string>
#include <vector>

#include "domain/users/attributes.h"
#include "operations/operation.h"
#include "operations/users/attribute_update.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunAdminDeleteUserAttributes(
    Call& call, const api::AdminDeleteUserAttributesInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  const std::vector<std::string> names = api::Copies(input.user_attribute_names());
  // Errors about the user take precedence over errors about attributes.
  const auto change = [&](store::Tx& tx, domain::User& user) -> base::Status {
    SALLYPORT_TRY(domain::CheckDeletedAttributes(*pool, names));
    return DeleteAttributes(tx, call.services, *pool, user, names);
  };
  SALLYPORT_TRY(ChangeNamedUser(call, *pool, input.username(), change));
  return boost::json::object();
}

}  // namespace

const Operation<api::AdminDeleteUserAttributesInput> kAdminDeleteUserAttributes =
    MakeOperation<RunAdminDeleteUserAttributes>();

}  // namespace sallyport::operations
