// ListUserSessions: the caller's own sessions, of every client of the pool.
#include "domain/caller.h"
#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/session_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunListUserSessions(Call& call,
                                                      const boost::json::object& input) {
  SALLYPORT_TRY(CheckTracked(*call.caller->pool));
  return SessionsAnswer(call, call.services.store, call.caller->user,
                        domain::StringMember(input, "NextToken"), call.caller->family.id);
}

}  // namespace

const Operation kListUserSessions{RunListUserSessions};

}  // namespace sallyport::operations
