// UpdateUserAttributes: the caller changes their own attributes, of those that their client may
// write. A new address that the pool verifies automatically is sent a code.
#include <boost/json/array.hpp>
#include <vector>

#include "domain/tokens/caller.h"
#include "domain/users/attributes.h"
#include "operations/messages/code_delivery.h"
#include "operations/operation.h"
#include "operations/users/attribute_update.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunUpdateUserAttributes(
    Call& call, const api::UpdateUserAttributesInput& input) {
  const domain::Pool& pool = *call.caller->pool;
  const domain::Attributes changes = AttributesOf(input.user_attributes());
  SALLYPORT_TRY(domain::CheckChangedAttributes(pool, changes));
  SALLYPORT_TRY(domain::CheckMayWrite(*call.caller->client, changes));
  SALLYPORT_ASSIGN(const VerificationCodes codes,
                   PrepareVerification(call, pool, &call.caller->user, changes,
                                       call.caller->client->id, input.client_metadata()));
  std::vector<domain::Channel> sent;
  SALLYPORT_TRY(ChangeCaller(call, [&](store::Tx& tx, domain::User& user) -> base::Status {
    SALLYPORT_ASSIGN(sent, UpdateAttributes(tx, call.services, pool, user, changes, codes));
    return {};
  }));
  boost::json::array deliveries;
  for (const domain::Channel& channel : sent) deliveries.push_back(CodeDeliveryDetails(channel));
  return boost::json::object{{"CodeDeliveryDetailsList", std::move(deliveries)}};
}

}  // namespace

const Operation<api::UpdateUserAttributesInput> kUpdateUserAttributes =
    MakeOperation<RunUpdateUserAttributes>();

}  // namespace sallyport::operations
