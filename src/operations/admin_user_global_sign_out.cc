// AdminUserGlobalSignOut: an administrator signs a user out everywhere.
#include "domain/revoke.h"
#include "operations/operation.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<Revoked> RunAdminUserGlobalSignOut(Call& call, const boost::json::object& input) {
  const auto change = [&](store::LogTx& tx, const domain::Pool&, domain::User& user) {
    return domain::RevokeAllFamilies(tx, user, call.services.clock.WallSeconds());
  };
  return RevokeNamedUser(call, input, change);
}

}  // namespace

const Operation kAdminUserGlobalSignOut{.run = RunAdminUserGlobalSignOut};

}  // namespace sallyport::operations
