#include "http/accounts.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <exception>
#include <utility>

#include "base/error_codes.h"
#include "base/random.h"
#include "domain/clients/client.h"
#include "domain/clients/secret_hash.h"
#include "domain/hooks/hook.h"
#include "domain/records/json.h"
#include "store/store.h"

namespace sallyport::http {
namespace {

namespace json = boost::json;

login::AccountOutcome OutcomeOf(const operations::Answer& answer) {
  using login::AccountOutcome;
  const std::string& code = answer.error_code;
  if (code.empty()) return AccountOutcome::kDone;
  if (code == base::code::kLimitExceeded || code == base::code::kTooManyRequests ||
      code == base::code::kThrottling) {
    return AccountOutcome::kTooMany;
  }
  if (answer.status >= 500 || store::IsDiskFull({code, "", ""})) return AccountOutcome::kFailed;
  return AccountOutcome::kRefused;
}

login::AccountAnswer Translate(const operations::Answer& answer) {
  login::AccountAnswer translated(answer.wait);
  translated.outcome = OutcomeOf(answer);
  translated.error_code = answer.error_code;
  translated.cause = answer.cause;
  translated.weak_password = answer.error_code == base::code::kInvalidPassword ||
                             answer.error_code == base::code::kPasswordHistoryPolicyViolation;
  boost::system::error_code unreadable;
  const json::value parsed = json::parse(answer.body, unreadable);
  if (unreadable || !parsed.is_object()) return translated;
  const json::object& body = parsed.get_object();
  translated.message = domain::StringMember(body, "message");
  translated.confirmed = domain::BoolMember(body, "UserConfirmed");
  if (const json::object* delivery = domain::ObjectMember(body, "CodeDeliveryDetails")) {
    translated.destination = domain::StringMember(*delivery, "Destination");
  }
  return translated;
}

}  // namespace

login::AccountAnswer AccountsByOperations::Run(std::string_view operation,
                                               const login::AccountCaller& caller,
                                               json::object input) const {
  operations::Answer answer(store::Wait::NothingRevoked());
  try {
    input["ClientId"] = caller.client.id;
    input["Username"] = caller.name;
    if (!caller.client.secrets.empty()) {
      const auto secret =
          domain::OpenSecret(backends_.services.vault, caller.client.secrets.front());
      // Without it the operation refuses the call.
      if (secret) {
        input["SecretHash"] = domain::SecretHash(secret->Reveal(), caller.name, caller.client.id);
      }
    }
    const std::string target = "AWSCognitoIdentityProviderService." + std::string(operation);
    const std::string body = json::serialize(input);
    operations::Request call;
    call.target = target;
    call.body = body;
    call.request_id = base::RandomUuid();
    call.source_ip = caller.context.ip;
    call.user_agent = caller.context.user_agent;
    call.on_page = true;
    const auto prepared = backends_.dispatcher.Prepare(std::move(call), &answer);
    return Translate(prepared ? backends_.dispatcher.Run(*prepared) : answer);
  } catch (const std::exception& error) {
    answer.error_code = base::code::kInternalError;
    answer.cause = error.what();
    return Translate(answer);
  }
}

login::AccountAnswer AccountsByOperations::SignUp(const login::AccountCaller& caller,
                                                  std::string_view password,
                                                  const domain::Attributes& attributes) const {
  json::array list;
  for (const auto& [name, value] : attributes) {
    list.push_back(json::object{{"Name", name}, {"Value", value}});
  }
  return Run("SignUp", caller, {{"Password", password}, {"UserAttributes", std::move(list)}});
}

login::AccountAnswer AccountsByOperations::ConfirmSignUp(const login::AccountCaller& caller,
                                                         std::string_view code) const {
  return Run("ConfirmSignUp", caller, {{"ConfirmationCode", code}});
}

login::AccountAnswer AccountsByOperations::ResendCode(const login::AccountCaller& caller) const {
  return Run("ResendConfirmationCode", caller, {});
}

login::AccountAnswer AccountsByOperations::ForgotPassword(
    const login::AccountCaller& caller) const {
  return Run("ForgotPassword", caller, {});
}

login::AccountAnswer AccountsByOperations::ConfirmForgotPassword(const login::AccountCaller& caller,
                                                                 std::string_view code,
                                                                 std::string_view password) const {
  return Run("ConfirmForgotPassword", caller, {{"ConfirmationCode", code}, {"Password", password}});
}

}  // namespace sallyport::http
