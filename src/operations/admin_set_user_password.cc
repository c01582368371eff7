// AdminSetUserPassword: an administrator gives a password, for good or until the next sign-in.
#include <string>

#include "domain/json.h"
#include "domain/password_hasher.h"
#include "domain/password_policy.h"
#include "domain/revoke.h"
#include "operations/operation.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> Run(Call& call, const boost::json::object& input) {
  SALLYPORT_ASSIGN(const auto pool, PoolOf(call, input));
  const std::string_view password = domain::StringMember(input, "Password");
  SALLYPORT_TRY(domain::CheckPassword(*pool, password));
  SALLYPORT_ASSIGN(const std::string hash, call.services.passwords.Hash(password));
  const std::string_view status =
      domain::BoolMember(input, "Permanent") ? domain::kConfirmed : domain::kForceChangePassword;
  const auto change = [&](store::Tx& tx, const domain::Pool& present,
                          domain::User& user) -> base::Status {
    SetPassword(user, hash, status, call.services.clock.WallMillis());
    SALLYPORT_TRY(domain::UpdateUser(tx, present, user));
    if (!present.revoke_on_password_change) return {};
    return domain::RevokeAllFamilies(tx, user, call.services.clock.WallSeconds());
  };
  SALLYPORT_TRY(RevokeNamedUser(call, input, change));
  return boost::json::object();
}

}  // namespace

const Operation kAdminSetUserPassword{.run = Run, .lane = HashLane, .revokes = true};

}  // namespace sallyport::operations
