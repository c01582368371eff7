// UpdateUserAttributes: the caller changes what its client may write.
#include <boost/json/array.hpp>
#include <vector>

#include "domain/attributes.h"
#include "domain/caller.h"
#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/attribute_update.h"
#include "operations/shared/code_delivery.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunUpdateUserAttributes(Call& call,
                                                          const boost::json::object& input) {
  const domain::Pool& pool = *call.caller->pool;
  const domain::Attributes changes =
      domain::ReadAttributes(domain::ArrayMember(input, "UserAttributes"));
  SALLYPORT_TRY(domain::CheckChangedAttributes(pool, changes));
  SALLYPORT_TRY(domain::CheckMayWrite(*call.caller->client, changes));
  SALLYPORT_ASSIGN(
      const VerificationCodes codes,
      PrepareVerification(call, pool, &call.caller->user, changes, call.caller->client->id, input));
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

const Operation kUpdateUserAttributes{RunUpdateUserAttributes};

}  // namespace sallyport::operations
