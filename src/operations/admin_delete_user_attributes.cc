// AdminDeleteUserAttributes.
#include <string>
#include <vector>

#include "domain/attributes.h"
#include "operations/operation.h"
#include "operations/shared/attribute_update.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunAdminDeleteUserAttributes(
    Call& call, const api::AdminDeleteUserAttributesInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  const std::vector<std::string> names = api::Copies(input.user_attribute_names());
  SALLYPORT_TRY(domain::CheckDeletedAttributes(*pool, names));
  SALLYPORT_TRY(
      ChangeNamedUser(call, *pool, input.username(), [&](store::Tx& tx, domain::User& user) {
        return DeleteAttributes(tx, call.services, *pool, user, names);
      }));
  return boost::json::object();
}

}  // namespace

const Operation<api::AdminDeleteUserAttributesInput> kAdminDeleteUserAttributes =
    MakeOperation<RunAdminDeleteUserAttributes>();

}  // namespace sallyport::operations
