// GetUserAttributeVerificationCode: a code to the caller's address, or to the one that waits to
// become it.
#include <optional>
#include <string>

#include "domain/caller.h"
#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/attribute_update.h"
#include "operations/shared/code_delivery.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> Run(Call& call, const boost::json::object& input) {
  const domain::Pool& pool = *call.caller->pool;
  const std::string attribute(domain::StringMember(input, "AttributeName"));
  SALLYPORT_ASSIGN(const domain::Medium medium, AddressOf(attribute));
  const domain::CodePurpose purpose = VerificationOf(medium);
  const std::string code = domain::MakeCode(call.services.settings);
  domain::Channel channel{medium, ""};
  const auto change = [&](store::Tx& tx, domain::User& user) -> base::Status {
    const auto outstanding =
        domain::OutstandingCode(tx, {pool.id, user.sub, purpose}, call.services.clock.WallMillis());
    if (!outstanding) return outstanding.error();
    const bool pending = *outstanding && (*outstanding)->pending;
    channel.destination = pending ? (*outstanding)->destination : user.Attribute(attribute);
    if (channel.destination.empty()) {
      return base::Error{"InvalidParameterException", "User has no " + attribute + " to verify.",
                         ""};
    }
    return SendCode(tx, call.services, pool, user, channel,
                    {.purpose = purpose,
                     .cause = "VerifyUserAttribute",
                     .client_id = call.caller->client->id,
                     .code = code,
                     .pending = pending});
  };
  SALLYPORT_TRY(ChangeCaller(call, change));
  return boost::json::object{{"CodeDeliveryDetails", CodeDeliveryDetails(channel)}};
}

}  // namespace

const Operation kGetUserAttributeVerificationCode{Run};

}  // namespace sallyport::operations
