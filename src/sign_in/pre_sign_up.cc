#include "sign_in/pre_sign_up.h"

#include <utility>

#include "domain/hooks/hook.h"

namespace sallyport::sign_in {

namespace json = boost::json;

base::Result<json::object> AskPreSignUp(PreSignUpCall call) {
  json::object attributes;
  for (const auto& [name, value] : call.user.attributes) attributes[name] = value;
  json::object request{{"userAttributes", std::move(attributes)},
                       {"validationData", std::move(call.validation)}};
  if (call.metadata != nullptr) request["clientMetadata"] = *call.metadata;
  return domain::CallHook(
      call.services, call.pool,
      {.trigger = domain::Trigger::kPreSignUp,
       .source = call.source,
       .username = call.user.username,
       .client_id = call.client_id,
       .user_agent = call.user_agent,
       .request = std::move(request),
       .response = {
           {"autoConfirmUser", false}, {"autoVerifyEmail", false}, {"autoVerifyPhone", false}}});
}

}  // namespace sallyport::sign_in
