// AdminSetUserPassword: an administrator gives a password, for good or until the next sign-in.
#include <string>

#include "domain/json.h"
#include "domain/password.h"
#include "domain/revoke.h"
#include "operations/operation.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<Revoked> RunAdminSetUserPassword(Call& call, const boost::json::object& input) {
  SALLYPORT_ASSIGN(const auto pool, PoolOf(call, input));
  SALLYPORT_ASSIGN(
      const domain::User named,
      domain::RequireUser(call.services.store, *pool, domain::StringMember(input, "Username")));
  SALLYPORT_ASSIGN(const domain::PreparedPassword password,
                   domain::PreparePassword(call.services, *pool, named,
                                           domain::StringMember(input, "Password")));
  const std::string_view status =
      domain::BoolMember(input, "Permanent") ? domain::kConfirmed : domain::kForceChangePassword;
  const auto change = [&](store::LogTx& tx, const domain::Pool& present,
                          domain::User& user) -> base::Status {
    if (user.sub != named.sub) {
      return base::Error{"UserNotFoundException", "User does not exist.", "renamed meanwhile"};
    }
    SALLYPORT_TRY(
        domain::SetPassword(tx, present, user, password, status, call.services.clock.WallMillis()));
    SALLYPORT_TRY(domain::UpdateUser(tx, present, user));
    if (!present.settings.revoke_on_password_change) return {};
    return domain::RevokeAllFamilies(tx, user, call.services.clock.WallSeconds());
  };
  return RevokeNamedUser(call, input, change);
}

}  // namespace

const Operation kAdminSetUserPassword{.run = RunAdminSetUserPassword, .lane = HashLane};

}  // namespace sallyport::operations
