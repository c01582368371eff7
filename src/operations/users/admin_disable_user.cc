// AdminDisableUser: the user can no longer sign in, and every token of it is revoked.
#include "domain/users/cut_off.h"
#include "operations/operation.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<Revoked> RunAdminDisableUser(Call& call, const api::AdminDisableUserInput& input) {
  const auto change = [&](store::LogTx& tx, const domain::Pool& pool, domain::User& user) {
    return domain::DisableUser(tx, pool, user, call.services.clock.WallMillis());
  };
  return RevokeNamedUser(call, NamedUser(input), change);
}

}  // namespace

const Operation<api::AdminDisableUserInput> kAdminDisableUser =
    MakeOperation<RunAdminDisableUser>();

}  // namespace sallyport::operations
