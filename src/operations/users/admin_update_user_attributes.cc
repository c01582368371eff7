// AdminUpdateUserAttributes: an administrator changes attributes of a user, and may also state that
// an address is verified.
#include <optional>

#include "domain/users/attributes.h"
#include "operations/operation.h"
#include "operations/users/attribute_update.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunAdminUpdateUserAttributes(
    Call& call, const api::AdminUpdateUserAttributesInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  const domain::Attributes changes = AttributesOf(input.user_attributes());
  // Errors about the user take precedence over errors about attributes.
  SALLYPORT_ASSIGN(const domain::User known,
                   domain::RequireUser(call.services.store, *pool, input.username()));
  SALLYPORT_TRY(domain::CheckChangedAttributes(*pool, changes));
  SALLYPORT_ASSIGN(const VerificationCodes codes,
                   PrepareVerification(call, *pool, PreparesMessages(*pool) ? &known : nullptr,
                                       changes, "", input.client_metadata()));
  const auto change = [&](store::Tx& tx, domain::User& user) -> base::Status {
    auto updated = UpdateAttributes(tx, call.services, *pool, user, changes, codes);
    if (!updated) return std::move(updated).error();
    return {};
  };
  SALLYPORT_TRY(ChangeNamedUser(call, *pool, input.username(), change));
  return boost::json::object();
}

}  // namespace

const Operation<api::AdminUpdateUserAttributesInput> kAdminUpdateUserAttributes =
    MakeOperation<RunAdminUpdateUserAttributes>();

}  // namespace sallyport::operations
