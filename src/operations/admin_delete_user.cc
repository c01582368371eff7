// AdminDeleteUser: the user and every token of it.
#include "operations/operation.h"
#include "operations/shared/cut_off.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> Run(Call& call, const boost::json::object& input) {
  const auto change = [&](store::Tx& tx, const domain::Pool& pool, domain::User& user) {
    return RemoveUser(tx, pool, user, call.services.clock.WallMillis());
  };
  SALLYPORT_TRY(RevokeNamedUser(call, input, change));
  return boost::json::object();
}

}  // namespace

const Operation kAdminDeleteUser{.run = Run, .revokes = true};

}  // namespace sallyport::operations
