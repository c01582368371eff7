#include "domain/hook.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "domain/json.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

// "aws-sdk-js-3.0.0" of "aws-sdk-js/3.0.0 os/linux ...".
std::string SdkVersion(std::string_view user_agent) {
  constexpr std::string_view kUnknown = "aws-sdk-unknown-unknown";
  const std::string_view product = user_agent.substr(0, user_agent.find(' '));
  const size_t slash = product.find('/');
  if (!product.starts_with("aws-sdk-") || slash == std::string_view::npos) {
    return std::string(kUnknown);
  }
  std::string version(product);
  version[slash] = '-';
  return version;
}

std::string EventOf(const Pool& pool, const HookFunction& function, HookCall call) {
  json::object event;
  event["version"] = std::to_string(function.version);
  event["triggerSource"] = call.source;
  event["region"] = RegionOf(pool.id);
  event["userPoolId"] = pool.id;
  event["userName"] = call.username.empty() ? json::value() : json::value(call.username);
  event["callerContext"] = json::object{
      {"awsSdkVersion", SdkVersion(call.user_agent)},
      {"clientId", call.client_id.empty() ? "CLIENT_ID_NOT_APPLICABLE" : call.client_id}};
  event["request"] = std::move(call.request);
  event["response"] = std::move(call.response);
  return json::serialize(event);
}

base::Result<json::object> ResponseOf(const std::string& answer) {
  boost::system::error_code error;
  json::value event = json::parse(answer, error);
  // A function that forgets to return its event answers null.
  if (error || event.is_null()) {
    return base::Error{"InvalidLambdaResponseException",
                       "Invalid lambda function output : Invalid JSON", error.message()};
  }
  if (!event.is_object()) return InvalidHookResponse("the answer is no object");
  json::value* response = event.get_object().if_contains("response");
  if (response == nullptr || !response->is_object()) {
    return InvalidHookResponse("the answer has no object \"response\"");
  }
  return std::move(response->get_object());
}

base::Error AsError(std::string_view trigger, HookOutcome outcome) {
  const std::string name(trigger);
  switch (outcome.kind) {
    case HookOutcome::Kind::kRaised:
      return {"UserLambdaValidationException", name + " failed with error " + outcome.text + ".",
              std::move(outcome.cause)};
    case HookOutcome::Kind::kTimedOut:
      return {
          "UnexpectedLambdaException",
          name + " invocation failed due to error Socket timeout while invoking Lambda function.",
          std::move(outcome.cause)};
    case HookOutcome::Kind::kAnswered:
    case HookOutcome::Kind::kNotCalled:
      break;
  }
  return {"UnexpectedLambdaException",
          name + " invocation failed due to error " + outcome.text + ".", std::move(outcome.cause)};
}

}  // namespace

const HookFunction& HookOf(const Pool& pool, Trigger trigger) {
  return pool.settings.hooks.at(static_cast<size_t>(trigger));
}

base::Result<json::object> CallHook(const Services& services, const Pool& pool, HookCall call) {
  const HookFunction& function = HookOf(pool, call.trigger);
  const std::string_view name = TriggerName(call.trigger);
  if (!function) return base::InternalError("no function for trigger " + std::string(name));
  if (services.hooks == nullptr) return base::InternalError("no HookRunner");
  HookOutcome outcome = services.hooks->Run(function.arn, EventOf(pool, function, std::move(call)));
  if (outcome.kind == HookOutcome::Kind::kAnswered) return ResponseOf(outcome.text);
  return AsError(name, std::move(outcome));
}

base::Error InvalidHookResponse(std::string cause) {
  return {"InvalidLambdaResponseException", "Unrecognizable lambda output", std::move(cause)};
}

base::Result<bool> HookFlag(const boost::json::object& response, std::string_view name) {
  const boost::json::value* value = response.if_contains(name);
  if (value == nullptr || value->is_null()) return false;
  if (!value->is_bool()) return InvalidHookResponse(std::string(name) + " is no boolean");
  return value->get_bool();
}

bool IsHookError(const base::Error& error) {
  return error.code == "UserLambdaValidationException" ||
         error.code == "UnexpectedLambdaException" ||
         error.code == "InvalidLambdaResponseException";
}

json::object HookAttributes(const User& user) {
  json::object attributes{{"sub", user.sub}, {"cognito:user_status", user.status}};
  for (const auto& [name, value] : user.attributes) attributes[name] = value;
  return attributes;
}

}  // namespace sallyport::domain
