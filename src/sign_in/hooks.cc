#include "sign_in/hooks.h"

#include <optional>
#include <string>
#include <utility>

#include "domain/hooks/hook.h"
#include "domain/records/json.h"
#include "domain/users/user.h"
#include "store/store.h"

namespace sallyport::sign_in {

namespace json = boost::json;
using domain::Trigger;

base::Status CallPreAuthentication(const Attempt& attempt, std::string_view name) {
  if (!domain::HookFunctionOf(*attempt.pool, Trigger::kPreAuthentication)) return {};
  SALLYPORT_ASSIGN(const std::optional<domain::User> user,
                   domain::FindUser(attempt.services.store, *attempt.pool, name));
  const bool prevents = attempt.client->settings.prevent_user_existence_errors;
  if (!user && !prevents) return {};
  json::object request;
  request["userAttributes"] = user ? domain::HookAttributes(*user) : json::object();
  request["validationData"] = attempt.metadata != nullptr ? *attempt.metadata : json::object();
  if (prevents) request["userNotFound"] = !user;
  const auto response =
      domain::CallHook(attempt.services, *attempt.pool,
                       {.trigger = Trigger::kPreAuthentication,
                        .source = "PreAuthentication_Authentication",
                        .username = user ? std::string_view(user->username) : name,
                        .client_id = attempt.client->id,
                        .user_agent = attempt.context.user_agent,
                        .request = std::move(request)});
  if (!response) return response.error();
  return {};
}

base::Status CallPostAuthentication(const Attempt& attempt, const domain::SignIn& sign_in) {
  if (!domain::HookFunctionOf(*sign_in.pool, Trigger::kPostAuthentication)) return {};
  json::object request;
  request["userAttributes"] = domain::HookAttributes(sign_in.user);
  request["newDeviceUsed"] = false;  // this server remembers no devices
  if (!sign_in.client_metadata.empty()) request["clientMetadata"] = sign_in.client_metadata;
  const auto response = domain::CallHook(attempt.services, *sign_in.pool,
                                         {.trigger = Trigger::kPostAuthentication,
                                          .source = "PostAuthentication_Authentication",
                                          .username = sign_in.user.username,
                                          .client_id = sign_in.client->id,
                                          .user_agent = attempt.context.user_agent,
                                          .request = std::move(request)});
  if (!response) return response.error();
  return {};
}

}  // namespace sallyport::sign_in
