#include "cli/commands/hook_setting.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/value.hpp>
#include <utility>

#include "cli/terminal/json.h"
#include "cli/terminal/terminal.h"

namespace sallyport::cli {
namespace {

namespace json = boost::json;

// What UpdateUserPool accepts of what DescribeUserPool shows. It must be passed back, because a
// setting that is not given is reset to its default.
constexpr std::array kSettings = {"AccountRecoverySetting",
                                  "AdminCreateUserConfig",
                                  "AutoVerifiedAttributes",
                                  "DeletionProtection",
                                  "DeviceConfiguration",
                                  "EmailConfiguration",
                                  "EmailVerificationMessage",
                                  "EmailVerificationSubject",
                                  "LambdaConfig",
                                  "MfaConfiguration",
                                  "Policies",
                                  "SmsAuthenticationMessage",
                                  "SmsConfiguration",
                                  "SmsVerificationMessage",
                                  "UserAttributeUpdateSettings",
                                  "UserPoolAddOns",
                                  "UserPoolTags",
                                  "UserPoolTier",
                                  "VerificationMessageTemplate"};

// An ARN is used as it is. A name means a function in the pool's own account and region.
std::string FunctionArn(const std::string& function, const json::object& pool) {
  if (function.starts_with("arn:")) return function;
  // arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_...
  const std::string arn = TextAt(pool, "Arn");
  constexpr std::string_view kService = ":cognito-idp:";
  const size_t begin = arn.find(kService);
  const size_t end = arn.rfind(':');
  if (begin == std::string::npos || end < begin + kService.size()) return function;
  const size_t place = begin + kService.size();
  return fmt::format("{}:lambda:{}:function:{}", arn.substr(0, begin),
                     arn.substr(place, end - place), function);
}

json::object WithVersion(const std::string& arn, std::string_view version) {
  return {{"LambdaVersion", version}, {"LambdaArn", arn}};
}

void SetFunction(json::object& config, const std::string& trigger, const std::string& arn,
                 const std::string& version) {
  if (trigger == "PreTokenGeneration") {
    config[trigger] = arn;
    config["PreTokenGenerationConfig"] = WithVersion(arn, version);
  } else if (trigger == "CustomSMSSender" || trigger == "CustomEmailSender" ||
             trigger == "InboundFederation") {
    config[trigger] = WithVersion(arn, "V1_0");
  } else {
    config[trigger] = arn;
  }
}

json::object UpdateOf(const std::string& pool_id, const json::object& pool) {
  json::object input{{"UserPoolId", pool_id}};
  for (const char* name : kSettings) {
    if (const json::value* value = pool.if_contains(name)) input[name] = *value;
  }
  // AWS shows both members, and accepts only Policies.PasswordPolicy.TemporaryPasswordValidityDays.
  if (const auto found = input.find("AdminCreateUserConfig"); found != input.end()) {
    found->value().as_object().erase("UnusedAccountValidityDays");
  }
  return input;
}

}  // namespace

base::Result<int> SetHook(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments();
  const std::string trigger = invocation.Word(0);
  const std::string function = invocation.Word(1);
  if (function.empty() != arguments.Has("off")) {
    return base::Error{std::string(kUsage), "name a function, or give --off", {}};
  }
  SALLYPORT_ASSIGN(const std::string pool_id, invocation.Pool());
  SALLYPORT_ASSIGN(json::object answer,
                   invocation.Call("DescribeUserPool", {{"UserPoolId", pool_id}}));
  json::value* described = answer.if_contains("UserPool");
  if (described == nullptr || !described->is_object()) {
    return base::Error{
        std::string(kStrangeAnswer), "the answer of DescribeUserPool has no pool", {}};
  }
  json::object& pool = described->as_object();
  if (json::value* config = pool.if_contains("LambdaConfig"); !config || !config->is_object()) {
    pool["LambdaConfig"] = json::object();
  }
  json::object& config = pool["LambdaConfig"].as_object();
  const std::string arn = function.empty() ? "" : FunctionArn(function, pool);
  if (arn.empty()) {
    config.erase(trigger);
    if (trigger == "PreTokenGeneration") config.erase("PreTokenGenerationConfig");
  } else {
    SetFunction(config, trigger, arn, arguments.Get("event-version").value_or("V1_0"));
  }
  if (const auto key = arguments.Get("kms-key")) config["KMSKeyID"] = *key;
  SALLYPORT_TRY([&]() -> base::Status {
    SALLYPORT_ASSIGN(const json::object done,
                     invocation.Call("UpdateUserPool", UpdateOf(pool_id, pool)));
    return {};
  }());
  Say(arn.empty() ? fmt::format("{}: {} calls no function", trigger, pool_id)
                  : fmt::format("{} of {} calls {}", trigger, pool_id, arn));
  return kExitDone;
}

}  // namespace sallyport::cli
