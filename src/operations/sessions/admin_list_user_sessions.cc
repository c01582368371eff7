// AdminListUserSessions: lists the sessions of a user for an administrator.
#include "operations/operation.h"
#include "operations/sessions/session_shapes.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunAdminListUserSessions(
    Call& call, const api::AdminListUserSessionsInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  SALLYPORT_ASSIGN(const auto reader, call.services.store.Snapshot());
  SALLYPORT_ASSIGN(const domain::User user, domain::RequireUser(*reader, *pool, input.username()));
  SALLYPORT_TRY(CheckTracked(*pool));
  return SessionsAnswer(call, *reader, user, input.next_token(), "");
}

}  // namespace

const Operation<api::AdminListUserSessionsInput> kAdminListUserSessions =
    MakeOperation<RunAdminListUserSessions>();

}  // namespace sallyport::operations
