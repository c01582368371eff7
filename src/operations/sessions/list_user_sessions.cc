// ListUserSessions: lists the caller's own sessions, at any client of the pool.
#include "domain/tokens/caller.h"
#include "operations/operation.h"
#include "operations/sessions/session_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunListUserSessions(Call& call,
                                                      const api::ListUserSessionsInput& input) {
  SALLYPORT_TRY(CheckTracked(*call.caller->pool));
  return SessionsAnswer(call, call.services.store, call.caller->user, input.next_token(),
                        call.caller->family.id);
}

}  // namespace

const Operation<api::ListUserSessionsInput> kListUserSessions =
    MakeOperation<RunListUserSessions>();

}  // namespace sallyport::operations
