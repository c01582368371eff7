// AdminDisableUser: an administrator keeps a user from signing in. Every token of the user is
// revoked, and the answer waits until every gate refuses them.
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
