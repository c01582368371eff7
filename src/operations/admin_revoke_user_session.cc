// AdminRevokeUserSession: an administrator ends one session of a user.
#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/session_shapes.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<Revoked> RunAdminRevokeUserSession(Call& call, const boost::json::object& input) {
  const auto revoke = [&](store::LogTx& tx, const domain::Pool& pool,
                          domain::User& user) -> base::Status {
    SALLYPORT_TRY(CheckTracked(pool));
    return RevokeSession(tx, user, domain::StringMember(input, "SessionId"),
                         call.services.clock.WallSeconds());
  };
  return RevokeNamedUser(call, input, revoke);
}

}  // namespace

const Operation kAdminRevokeUserSession{.run = RunAdminRevokeUserSession};

}  // namespace sallyport::operations
