// VerifyUserAttribute: the caller gives back the code that was sent to an address, which is then
// verified.
#include <optional>
#include <string>

#include "domain/errors.h"
#include "domain/tokens/caller.h"
#include "operations/messages/code_delivery.h"
#include "operations/operation.h"
#include "operations/users/attribute_update.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunVerifyUserAttribute(
    Call& call, const api::VerifyUserAttributeInput& input) {
  const domain::Pool& pool = *call.caller->pool;
  const std::string attribute(input.attribute_name());
  const std::string_view guess = input.code();
  SALLYPORT_ASSIGN(const domain::Medium medium, AddressOf(attribute));
  std::optional<base::Error> refusal;
  const auto change = [&](store::Tx& tx, domain::User& user) -> base::Status {
    const int64_t now = call.services.clock.WallMillis();
    SALLYPORT_ASSIGN(
        domain::CodeVerdict verdict,
        domain::JudgeCode(tx, call.services, {pool.id, user.sub, VerificationOf(medium)}, guess,
                          domain::CodeUse::kSpend));
    // A wrong guess has to be committed, so that it is counted.
    refusal = std::move(verdict.refusal);
    if (refusal) return {};
    const domain::CodeTarget& target = verdict.target;
    if (!target.pending && user.Attribute(attribute) != target.destination) {
      return domain::error::kCodeExpired.Because("the address has been changed since");
    }
    user.attributes[attribute] = target.destination;
    user.attributes[attribute + "_verified"] = "true";
    user.modified_millis = now;
    return domain::UpdateUser(tx, pool, user);
  };
  SALLYPORT_TRY(ChangeCaller(call, change));
  if (refusal) return *std::move(refusal);
  return boost::json::object();
}

}  // namespace

const Operation<api::VerifyUserAttributeInput> kVerifyUserAttribute =
    MakeOperation<RunVerifyUserAttribute>();

}  // namespace sallyport::operations
