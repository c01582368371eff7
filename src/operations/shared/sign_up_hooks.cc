#include "operations/shared/sign_up_hooks.h"

#include <string>
#include <utility>

#include "domain/attributes.h"
#include "domain/errors.h"
#include "domain/hook.h"
#include "domain/json.h"
#include "sign_in/pre_sign_up.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

json::object TextsObject(const domain::Attributes& texts) {
  json::object object;
  for (const auto& [name, value] : texts) object[name] = value;
  return object;
}

base::Result<json::object> Ask(const Call& call, const domain::Pool& pool, std::string_view source,
                               std::string_view client_id, const domain::User& user,
                               const json::object& input) {
  const json::array* validation = domain::ArrayMember(input, "ValidationData");
  return sign_in::AskPreSignUp({.services = call.services,
                                .pool = pool,
                                .source = source,
                                .client_id = client_id,
                                .user_agent = call.user_agent,
                                .user = user,
                                .validation = validation == nullptr
                                                  ? json::value()
                                                  : TextsObject(domain::ReadAttributes(validation)),
                                .metadata = domain::ObjectMember(input, "ClientMetadata")});
}

}  // namespace

json::object ClientMetadataOf(const json::object& input) {
  const json::object* metadata = domain::ObjectMember(input, "ClientMetadata");
  return metadata != nullptr ? *metadata : json::object();
}

void AddClientMetadata(const json::object& input, json::object& request) {
  if (const json::object* metadata = domain::ObjectMember(input, "ClientMetadata")) {
    request["clientMetadata"] = *metadata;
  }
}

base::Result<PreSignUp> CallPreSignUp(const Call& call, const domain::Pool& pool,
                                      std::string_view client_id, const domain::User& user,
                                      const json::object& input) {
  PreSignUp answer;
  if (!domain::HookOf(pool, domain::Trigger::kPreSignUp)) return answer;
  // The user is not written yet, so nothing can be said of what is verified.
  domain::User asked = user;
  asked.attributes.erase("email_verified");
  asked.attributes.erase("phone_number_verified");
  SALLYPORT_ASSIGN(const json::object response,
                   Ask(call, pool, "PreSignUp_SignUp", client_id, asked, input));
  SALLYPORT_ASSIGN(answer.confirmed, domain::HookFlag(response, "autoConfirmUser"));
  SALLYPORT_ASSIGN(answer.email_verified, domain::HookFlag(response, "autoVerifyEmail"));
  SALLYPORT_ASSIGN(answer.phone_number_verified, domain::HookFlag(response, "autoVerifyPhone"));
  if ((answer.email_verified || answer.phone_number_verified) && !answer.confirmed) {
    return domain::error::kAutoVerifiedUnconfirmed();
  }
  if (answer.email_verified && user.Attribute("email").empty()) {
    return domain::error::kAutoVerifiedNoEmail();
  }
  if (answer.phone_number_verified && user.Attribute("phone_number").empty()) {
    return domain::error::kAutoVerifiedNoPhoneNumber();
  }
  return answer;
}

base::Status CallPreSignUpByAdmin(const Call& call, const domain::Pool& pool,
                                  std::string_view client_id, const domain::User& user,
                                  const json::object& input) {
  if (!domain::HookOf(pool, domain::Trigger::kPreSignUp)) return {};
  SALLYPORT_TRY(Ask(call, pool, "PreSignUp_AdminCreateUser", client_id, user, input));
  return {};
}

base::Status CallPostConfirmation(const Call& call, const domain::Pool& pool,
                                  std::string_view source, std::string_view client_id,
                                  const domain::User& user, const json::object& input) {
  if (!domain::HookOf(pool, domain::Trigger::kPostConfirmation)) return {};
  json::object request{{"userAttributes", domain::HookAttributes(user)}};
  AddClientMetadata(input, request);
  SALLYPORT_TRY(domain::CallHook(call.services, pool,
                                 {.trigger = domain::Trigger::kPostConfirmation,
                                  .source = source,
                                  .username = user.username,
                                  .client_id = client_id,
                                  .user_agent = call.user_agent,
                                  .request = std::move(request)}));
  return {};
}

}  // namespace sallyport::operations
