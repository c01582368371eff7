#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/session_shapes.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunAdminListUserSessions(Call& call,
                                                           const boost::json::object& input) {
  SALLYPORT_ASSIGN(const auto pool, PoolOf(call, input));
  SALLYPORT_TRY(CheckTracked(*pool));
  SALLYPORT_ASSIGN(const auto reader, call.services.store.Snapshot());
  SALLYPORT_ASSIGN(const domain::User user,
                   domain::RequireUser(*reader, *pool, domain::StringMember(input, "Username")));
  return SessionsAnswer(call, *reader, user, domain::StringMember(input, "NextToken"), "");
}

}  // namespace

const Operation kAdminListUserSessions{RunAdminListUserSessions};

}  // namespace sallyport::operations
