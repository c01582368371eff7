// ChangePassword: the caller proves its password and gives a new one. By pool setting every other
// token family of the user is revoked.
#include <string>

#include "domain/caller.h"
#include "domain/json.h"
#include "domain/password.h"
#include "domain/password_hasher.h"
#include "domain/revoke.h"
#include "operations/operation.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Error Incorrect() {
  return {"NotAuthorizedException", "Incorrect username or password.", ""};
}

// A user without a password has none to prove.
bool Proves(const Call& call, const domain::User& user, std::string_view previous) {
  if (user.password_hash.empty()) return previous.empty();
  return call.services.passwords.Verify(user.password_hash, previous);
}

base::Result<Revoked> RunChangePassword(Call& call, const boost::json::object& input) {
  const domain::AccessTokenCaller& caller = *call.caller;
  const std::string_view proposed = domain::StringMember(input, "ProposedPassword");
  if (!Proves(call, caller.user, domain::StringMember(input, "PreviousPassword"))) {
    return Incorrect();
  }
  SALLYPORT_ASSIGN(const domain::PreparedPassword password,
                   domain::PreparePassword(call.services, *caller.pool, caller.user, proposed));
  const auto change = [&](store::LogTx& tx, domain::User& user) -> base::Status {
    if (user.password_version != caller.user.password_version) return Incorrect();
    // A sign-out that came between has ended the caller's own family too.
    if (user.generation != caller.family.generation) {
      return base::Error{"NotAuthorizedException", "Access Token has been revoked", ""};
    }
    SALLYPORT_TRY(domain::SetPassword(tx, *caller.pool, user, password, domain::kConfirmed,
                                      call.services.clock.WallMillis()));
    SALLYPORT_TRY(domain::UpdateUser(tx, *caller.pool, user));
    if (!caller.pool->settings.revoke_on_password_change) return {};
    return domain::RevokeAllFamilies(tx, user, call.services.clock.WallSeconds(), caller.family.id);
  };
  return RevokeCaller(call, change);
}

}  // namespace

const Operation kChangePassword{.run = RunChangePassword, .lane = HashLane};

}  // namespace sallyport::operations
