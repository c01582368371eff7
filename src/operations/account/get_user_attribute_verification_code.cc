// GetUserAttributeVerificationCode: sends the caller a code that verifies their e-mail address or
// phone number, or the new one that waits to replace it.
#include <optional>
#include <string>

#include "domain/errors.h"
#include "domain/tokens/caller.h"
#include "operations/messages/code_delivery.h"
#include "operations/messages/custom_message.h"
#include "operations/operation.h"
#include "operations/users/attribute_update.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {
namespace {

// Where the code is sent, and whether that is an address which is to become the user's.
struct Target {
  domain::Channel channel;
  bool pending = false;
};

base::Result<Target> TargetOf(store::Reader& reader, const Call& call, const domain::User& user,
                              domain::Medium medium) {
  SALLYPORT_ASSIGN(const auto outstanding,
                   domain::OutstandingCode(reader, call.services,
                                           {user.pool_id, user.sub, VerificationOf(medium)}));
  Target target{{medium, ""}, outstanding && outstanding->pending};
  const std::string attribute(target.channel.attribute());
  target.channel.destination =
      target.pending ? outstanding->destination : user.Attribute(attribute);
  if (target.channel.destination.empty()) {
    return domain::error::kNothingToVerify(attribute);
  }
  return target;
}

base::Result<boost::json::object> RunGetUserAttributeVerificationCode(
    Call& call, const api::GetUserAttributeVerificationCodeInput& input) {
  const domain::Pool& pool = *call.caller->pool;
  const std::string attribute(input.attribute_name());
  SALLYPORT_ASSIGN(const domain::Medium medium, AddressOf(attribute));
  const std::string code = domain::MakeCode(call.services.settings);
  SALLYPORT_ASSIGN(Target target, TargetOf(call.services.store, call, call.caller->user, medium));
  SALLYPORT_ASSIGN(
      const domain::CustomMessage custom,
      PrepareMessage(call, pool, call.caller->user, target.channel,
                     {"VerifyUserAttribute", call.caller->client->id, input.client_metadata()}));
  const auto change = [&](store::Tx& tx, domain::User& user) -> base::Status {
    SALLYPORT_ASSIGN(target, TargetOf(tx, call, user, medium));
    return SendCode(tx, call.services, pool, user, target.channel,
                    {.purpose = VerificationOf(medium),
                     .cause = "VerifyUserAttribute",
                     .client_id = call.caller->client->id,
                     .code = code,
                     .pending = target.pending,
                     .custom = custom,
                     .asker = domain::CodeAsker::kCredentials});
  };
  SALLYPORT_TRY(ChangeCaller(call, change));
  return boost::json::object{{"CodeDeliveryDetails", CodeDeliveryDetails(target.channel)}};
}

}  // namespace

const Operation<api::GetUserAttributeVerificationCodeInput> kGetUserAttributeVerificationCode =
    MakeOperation<RunGetUserAttributeVerificationCode>();

}  // namespace sallyport::operations
