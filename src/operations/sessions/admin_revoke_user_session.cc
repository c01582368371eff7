// AdminRevokeUserSession: an administrator ends one session of a user. The answer waits until every
// gate refuses its tokens.
#include "operations/operation.h"
#include "operations/sessions/session_shapes.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<Revoked> RunAdminRevokeUserSession(Call& call,
                                                const api::AdminRevokeUserSessionInput& input) {
  const auto revoke = [&](store::LogTx& tx, const domain::Pool& pool,
                          domain::User& user) -> base::Status {
    SALLYPORT_TRY(CheckTracked(pool));
    return RevokeSession(tx, call.services, user, input.session_id(), AssociatedOf(input));
  };
  return RevokeNamedUser(call, NamedUser(input), revoke);
}

}  // namespace

const Operation<api::AdminRevokeUserSessionInput> kAdminRevokeUserSession =
    MakeOperation<RunAdminRevokeUserSession>();

}  // namespace sallyport::operations
