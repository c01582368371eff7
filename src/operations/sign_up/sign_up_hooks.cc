#include "operations/sign_up/sign_up_hooks.h"

#include <string>
#include <utility>

#include "domain/errors.h"
#include "domain/hooks/hook.h"
#include "hook_model/answers.h"
#include "operations/users/user_shapes.h"
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
                               const ForPreSignUp& given) {
  return sign_in::AskPreSignUp({.services = call.services,
                                .pool = pool,
                                .source = source,
                                .client_id = client_id,
                                .user_agent = call.user_agent,
                                .user = user,
                                .validation = given.validation.json() == nullptr
                                                  ? json::value()
                                                  : TextsObject(AttributesOf(given.validation)),
                                .metadata = given.metadata});
}

}  // namespace

void AddClientMetadata(const json::object* metadata, json::object& request) {
  if (metadata != nullptr) request["clientMetadata"] = *metadata;
}

base::Result<PreSignUp> CallPreSignUp(const Call& call, const domain::Pool& pool,
                                      std::string_view client_id, const domain::User& user,
                                      const ForPreSignUp& given) {
  PreSignUp answer;
  if (!domain::HookFunctionOf(pool, domain::Trigger::kPreSignUp)) return answer;
  // The user is not written yet, so the function is told nothing about verified addresses.
  domain::User asked = user;
  asked.attributes.erase("email_verified");
  asked.attributes.erase("phone_number_verified");
  SALLYPORT_ASSIGN(const json::object response,
                   Ask(call, pool, "PreSignUp_SignUp", client_id, asked, given));
  const domain::PreSignUpAnswer said(response);
  SALLYPORT_ASSIGN(answer.confirmed, domain::HookFlag(said.auto_confirm_user()));
  SALLYPORT_ASSIGN(answer.email_verified, domain::HookFlag(said.auto_verify_email()));
  SALLYPORT_ASSIGN(answer.phone_number_verified, domain::HookFlag(said.auto_verify_phone()));
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
                                  const ForPreSignUp& given) {
  if (!domain::HookFunctionOf(pool, domain::Trigger::kPreSignUp)) return {};
  SALLYPORT_TRY(Ask(call, pool, "PreSignUp_AdminCreateUser", client_id, user, given));
  return {};
}

base::Status CallPostConfirmation(const Call& call, const domain::Pool& pool,
                                  std::string_view source, std::string_view client_id,
                                  const domain::User& user, const json::object* metadata) {
  if (!domain::HookFunctionOf(pool, domain::Trigger::kPostConfirmation)) return {};
  json::object request{{"userAttributes", domain::HookAttributes(user)}};
  AddClientMetadata(metadata, request);
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
