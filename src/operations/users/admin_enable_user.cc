// AdminEnableUser: an administrator lets a disabled user sign in again. Tokens that were revoked
// stay revoked.
#include "operations/operation.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunAdminEnableUser(Call& call,
                                                     const api::AdminEnableUserInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  const auto change = [&](store::Tx& tx, domain::User& user) -> base::Status {
    if (user.enabled) return {};
    user.enabled = true;
    user.modified_millis = call.services.clock.WallMillis();
    return domain::UpdateUser(tx, *pool, user);
  };
  SALLYPORT_TRY(ChangeNamedUser(call, *pool, input.username(), change));
  return boost::json::object();
}

}  // namespace

const Operation<api::AdminEnableUserInput> kAdminEnableUser = MakeOperation<RunAdminEnableUser>();

}  // namespace sallyport::operations
