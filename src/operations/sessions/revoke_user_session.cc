// RevokeUserSession: the caller ends one of their other sessions, an app's or a browser's. The
// answer waits until every gate refuses its tokens.
#include "domain/errors.h"
#include "domain/tokens/caller.h"
#include "operations/operation.h"
#include "operations/sessions/session_shapes.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<Revoked> RunRevokeUserSession(Call& call, const api::RevokeUserSessionInput& input) {
  SALLYPORT_TRY(CheckTracked(*call.caller->pool));
  const std::string_view session_id = input.session_id();
  if (session_id == call.caller->family.id) {
    return domain::error::kOwnSession();
  }
  return RevokeCaller(call, [&](store::LogTx& tx, domain::User& user) {
    return RevokeSession(tx, call.services, user, session_id, AssociatedOf(input));
  });
}

}  // namespace

const Operation<api::RevokeUserSessionInput> kRevokeUserSession =
    MakeOperation<RunRevokeUserSession>();

}  // namespace sallyport::operations
