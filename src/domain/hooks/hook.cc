#include "domain/hooks/hook.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/error_codes.h"
#include "domain/errors.h"
#include "domain/hooks/hook_answer.h"
#include "domain/records/record.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

// Converts "aws-sdk-js/3.0.0 os/linux ..." to "aws-sdk-js-3.0.0".
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

struct AnsweredEvent {
  std::optional<json::object> response;
};
constexpr auto kAnsweredEvent =
    RecordOf<AnsweredEvent>(Member("response", &AnsweredEvent::response));

base::Result<json::object> ResponseOf(const std::string& answer) {
  boost::system::error_code error;
  json::value event = json::parse(answer, error);
  // A function that does not return its event answers with null.
  if (error || event.is_null()) {
    return error::kHookAnswerNoJson.Because(error.message());
  }
  if (!event.is_object())
    return error::kHookAnswerUnrecognized.Because("the answer is not an object");
  AnsweredEvent answered = kAnsweredEvent.Read(event.get_object());
  if (!answered.response) {
    return error::kHookAnswerUnrecognized.Because("the answer has no object \"response\"");
  }
  return std::move(*answered.response);
}

base::Error AsError(std::string_view trigger, HookOutcome outcome) {
  switch (outcome.kind) {
    case HookOutcome::Kind::kRaised:
      return error::kHookFailed.Because(std::move(outcome.cause), trigger, outcome.text);
    case HookOutcome::Kind::kTimedOut:
      return error::kHookTimedOut.Because(std::move(outcome.cause), trigger);
    case HookOutcome::Kind::kAnswered:
    case HookOutcome::Kind::kNotCalled:
      break;
  }
  return error::kHookNotInvoked.Because(std::move(outcome.cause), trigger, outcome.text);
}

}  // namespace

const HookFunction& HookFunctionOf(const Pool& pool, Trigger trigger) {
  return pool.settings.hook_functions.at(static_cast<size_t>(trigger));
}

base::Result<json::object> CallHook(const Services& services, const Pool& pool, HookCall call) {
  const HookFunction& function = HookFunctionOf(pool, call.trigger);
  const std::string_view name = TriggerName(call.trigger);
  if (call.delivered != nullptr) *call.delivered = false;
  if (!function) return base::InternalError("no function for trigger " + std::string(name));
  if (services.hooks == nullptr) return base::InternalError("no HookRunner");
  bool* const delivered = call.delivered;
  HookOutcome outcome = services.hooks->Run(function.arn, EventOf(pool, function, std::move(call)));
  if (delivered != nullptr) *delivered = !outcome.undelivered;
  // It may have taken seconds, and may have changed anything.
  if (store::ReadAhead* const ahead = services.store.read_ahead()) ahead->Expect({});
  if (outcome.kind == HookOutcome::Kind::kAnswered) return ResponseOf(outcome.text);
  return AsError(name, std::move(outcome));
}

base::Result<bool> HookFlag(const HookMember& member) {
  if (member.value == nullptr) return false;
  if (!member.value->is_bool()) {
    return error::kHookAnswerUnrecognized.Because(std::string(member.name) + " is not a boolean");
  }
  return member.value->get_bool();
}

std::string_view HookText(const HookMember& member) {
  const json::string* text = member.value != nullptr ? member.value->if_string() : nullptr;
  return text != nullptr ? std::string_view(*text) : std::string_view();
}

bool IsHookError(const base::Error& error) {
  return error.code == base::code::kUserLambdaValidation ||
         error.code == base::code::kUnexpectedLambda ||
         error.code == base::code::kInvalidLambdaResponse;
}

json::object HookAttributes(const User& user) {
  json::object attributes{{"sub", user.sub}, {"cognito:user_status", user.status}};
  for (const auto& [name, value] : user.attributes) attributes[name] = value;
  return attributes;
}

}  // namespace sallyport::domain
