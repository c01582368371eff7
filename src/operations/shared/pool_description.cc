#include "operations/shared/pool_description.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "domain/errors.h"
#include "domain/json.h"
#include "operations/shared/lambda_config.h"

namespace sallyport::operations {

namespace json = boost::json;
using domain::ObjectMember;
using domain::StringMember;

namespace {

// Members of UserPoolType that are taken as they are given, and are absent where they are not.
constexpr std::array<std::string_view, 13> kCopied{
    "AutoVerifiedAttributes",   "SmsVerificationMessage",   "EmailVerificationMessage",
    "EmailVerificationSubject", "SmsAuthenticationMessage", "UserAttributeUpdateSettings",
    "DeviceConfiguration",      "SmsConfiguration",         "UserPoolAddOns",
    "DcrConfiguration",         "AcrConfiguration",         "KeyConfiguration",
    "IssuerConfiguration"};

// The object member of `input`, on top of `defaults`.
json::object Completed(const json::object& input, std::string_view member, json::object defaults) {
  if (const json::object* given = ObjectMember(input, member)) {
    for (const auto& item : *given) defaults[item.key()] = item.value();
  }
  return defaults;
}

// A policy that is given but partial requires nothing that it does not name.
json::object PasswordPolicy(const json::object& policies) {
  bool required = ObjectMember(policies, "PasswordPolicy") == nullptr;
  return Completed(policies, "PasswordPolicy",
                   {{"MinimumLength", 8},
                    {"RequireUppercase", required},
                    {"RequireLowercase", required},
                    {"RequireNumbers", required},
                    {"RequireSymbols", required},
                    {"TemporaryPasswordValidityDays", 7}});
}

base::Result<json::object> Policies(const json::object& input) {
  const json::object none;
  const json::object* given = ObjectMember(input, "Policies");
  const json::object& policies = given ? *given : none;
  json::object sign_in =
      Completed(policies, "SignInPolicy", {{"AllowedFirstAuthFactors", json::array{"PASSWORD"}}});
  std::vector<std::string> factors = domain::StringsMember(sign_in, "AllowedFirstAuthFactors");
  if (std::find(factors.begin(), factors.end(), "PASSWORD") == factors.end()) {
    return domain::error::kPasswordNotFirstFactor();
  }
  return json::object{{"PasswordPolicy", PasswordPolicy(policies)},
                      {"SignInPolicy", std::move(sign_in)}};
}

json::object AdminCreateUserConfig(const json::object& input, const json::object& policies) {
  int64_t days =
      domain::IntMember(policies.at("PasswordPolicy").as_object(), "TemporaryPasswordValidityDays");
  return Completed(input, "AdminCreateUserConfig",
                   {{"AllowAdminCreateUserOnly", false}, {"UnusedAccountValidityDays", days}});
}

json::object DefaultRecovery() {
  return {{"RecoveryMechanisms",
           json::array{json::object{{"Priority", 1}, {"Name", "verified_email"}},
                       json::object{{"Priority", 2}, {"Name", "verified_phone_number"}}}}};
}

base::Status CheckRecovery(const json::object& setting) {
  const json::array* mechanisms = domain::ArrayMember(setting, "RecoveryMechanisms");
  if (mechanisms == nullptr || mechanisms->size() < 2) return {};
  for (const json::value& mechanism : *mechanisms) {
    if (StringMember(mechanism.as_object(), "Name") == "admin_only") {
      return domain::error::kAdminOnlyBesideOthers();
    }
  }
  return {};
}

// An address that has to be verified before it counts must be one that is sent a code.
base::Status CheckVerifiedFirst(const json::object& input) {
  const json::object* settings = ObjectMember(input, "UserAttributeUpdateSettings");
  if (settings == nullptr) return {};
  const std::vector<std::string> verified = domain::StringsMember(input, "AutoVerifiedAttributes");
  for (const std::string& name :
       domain::StringsMember(*settings, "AttributesRequireVerificationBeforeUpdate")) {
    if (std::find(verified.begin(), verified.end(), name) == verified.end()) {
      return domain::error::kNotAutoVerified(name);
    }
  }
  return {};
}

// Members that stay as they are where an update does not name them. Tags carry settings of this
// server, and protection must not go by being forgotten.
void KeepOrSet(const json::object& input, json::object& description, std::string_view member,
               json::value fallback) {
  if (const json::value* given = input.if_contains(member)) {
    description[member] = *given;
  } else if (!description.contains(member)) {
    description[member] = std::move(fallback);
  }
}

}  // namespace

base::Status DescribeSettings(const json::object& input, json::object& description) {
  SALLYPORT_ASSIGN(json::object policies, Policies(input));
  description["AdminCreateUserConfig"] = AdminCreateUserConfig(input, policies);
  description["Policies"] = std::move(policies);
  description["VerificationMessageTemplate"] = Completed(
      input, "VerificationMessageTemplate", {{"DefaultEmailOption", "CONFIRM_WITH_CODE"}});
  description["EmailConfiguration"] =
      Completed(input, "EmailConfiguration", {{"EmailSendingAccount", "COGNITO_DEFAULT"}});
  const json::object* recovery = ObjectMember(input, "AccountRecoverySetting");
  if (recovery != nullptr) SALLYPORT_TRY(CheckRecovery(*recovery));
  SALLYPORT_TRY(CheckVerifiedFirst(input));
  description["AccountRecoverySetting"] = recovery ? *recovery : DefaultRecovery();
  std::string_view mfa = StringMember(input, "MfaConfiguration");
  description["MfaConfiguration"] = mfa.empty() ? "OFF" : mfa;
  for (std::string_view member : kCopied) {
    description.erase(member);
    if (const json::value* given = input.if_contains(member)) description[member] = *given;
  }
  KeepOrSet(input, description, "UserPoolTags", json::object());
  KeepOrSet(input, description, "DeletionProtection", "INACTIVE");
  KeepOrSet(input, description, "UserPoolTier", "ESSENTIALS");
  SALLYPORT_ASSIGN(description["LambdaConfig"],
                   DescribeLambdaConfig(input, StringMember(description, "UserPoolTier")));
  return {};
}

json::object UserPoolType(const domain::Settings& settings, const domain::Pool& pool,
                          int64_t estimated_users) {
  json::object type = pool.description;
  type["Id"] = pool.id;
  type["Name"] = pool.name;
  type["Arn"] = domain::PoolArn(settings, pool.id);
  type["CreationDate"] = domain::Timestamp(pool.created_millis);
  type["LastModifiedDate"] = domain::Timestamp(pool.modified_millis);
  type["EstimatedNumberOfUsers"] = estimated_users;
  return type;
}

}  // namespace sallyport::operations
