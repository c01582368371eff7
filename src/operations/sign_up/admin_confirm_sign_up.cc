// AdminConfirmSignUp: an administrator confirms a sign-up without a code. No address is verified by
// that.
#include "domain/credentials/code.h"
#include "domain/errors.h"
#include "operations/operation.h"
#include "operations/sign_up/sign_up_hooks.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunAdminConfirmSignUp(Call& call,
                                                        const api::AdminConfirmSignUpInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  domain::User confirmed;
  const auto change = [&](store::Tx& tx, domain::User& user) -> base::Status {
    if (user.status != domain::kUnconfirmed) {
      return domain::error::kCannotBeConfirmed(user.status);
    }
    const int64_t now = call.services.clock.WallMillis();
    SALLYPORT_TRY(
        domain::CancelCode(tx, call.services, {pool->id, user.sub, domain::CodePurpose::kSignUp}));
    user.status = domain::kConfirmed;
    user.modified_millis = now;
    SALLYPORT_TRY(domain::UpdateUser(tx, *pool, user));
    confirmed = user;
    return {};
  };
  SALLYPORT_TRY(ChangeNamedUser(call, *pool, input.username(), change));
  SALLYPORT_TRY(
      CallPostConfirmation(call, *pool, kConfirmedSignUp, "", confirmed, input.client_metadata()));
  return boost::json::object();
}

}  // namespace

const Operation<api::AdminConfirmSignUpInput> kAdminConfirmSignUp =
    MakeOperation<RunAdminConfirmSignUp>();

}  // namespace sallyport::operations
