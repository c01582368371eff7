#include "operations/pools/pool_description.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "domain/errors.h"
#include "domain/records/json.h"
#include "domain/records/record.h"
#include "operations/pools/lambda_config.h"
#include "operations/pools/pool_tags.h"
#include "operations/pools/settings_table.h"

namespace sallyport::operations {

namespace json = boost::json;
using domain::Member;
using domain::Part;
using domain::RecordOf;
using domain::Sparse;
using domain::Within;

namespace {

// Members of UserPoolType that are stored as they are given; if one is not given, it is absent.
constexpr std::array<std::string_view, 13> kCopied{
    "AutoVerifiedAttributes",   "SmsVerificationMessage",   "EmailVerificationMessage",
    "EmailVerificationSubject", "SmsAuthenticationMessage", "UserAttributeUpdateSettings",
    "DeviceConfiguration",      "SmsConfiguration",         "UserPoolAddOns",
    "DcrConfiguration",         "AcrConfiguration",         "KeyConfiguration",
    "IssuerConfiguration"};

// Members that get defaults or are checked. An object that is not given is empty.
struct GivenPolicies {
  std::optional<json::object> password;
  json::object sign_in;
};
struct GivenMechanism {
  std::string name;
};
struct GivenSettings {
  GivenPolicies policies;
  json::object admin_create_user;
  std::optional<int64_t> temporary_days;                  // in policies.password
  std::optional<int64_t> unused_account_days;             // in admin_create_user
  std::optional<std::vector<std::string>> first_factors;  // in policies.sign_in
  json::object verification_template;
  json::object email;
  std::string email_account;     // in email
  std::string email_source_arn;  // in email
  std::optional<json::object> recovery;
  std::vector<GivenMechanism> mechanisms;  // in recovery
  std::vector<std::string> auto_verified;
  std::vector<std::string> verified_first;
  std::optional<std::string> mfa;
  std::optional<json::value> tags, deletion_protection, tier;
};
constexpr auto kGivenPolicies =
    RecordOf<GivenPolicies>(Member("PasswordPolicy", &GivenPolicies::password),
                            Member("SignInPolicy", &GivenPolicies::sign_in));
constexpr auto kGivenMechanism = RecordOf<GivenMechanism>(Member("Name", &GivenMechanism::name));
constexpr auto kGivenSettings = RecordOf<GivenSettings>(
    Part("Policies", &GivenSettings::policies, kGivenPolicies),
    Within(
        "Policies",
        Within("PasswordPolicy",
               Member("TemporaryPasswordValidityDays", &GivenSettings::temporary_days)),
        Within("SignInPolicy", Member("AllowedFirstAuthFactors", &GivenSettings::first_factors))),
    Member("AdminCreateUserConfig", &GivenSettings::admin_create_user),
    Within("AdminCreateUserConfig",
           Member("UnusedAccountValidityDays", &GivenSettings::unused_account_days)),
    Member("VerificationMessageTemplate", &GivenSettings::verification_template),
    Member("EmailConfiguration", &GivenSettings::email),
    Within("EmailConfiguration", Member("EmailSendingAccount", &GivenSettings::email_account),
           Member("SourceArn", &GivenSettings::email_source_arn)),
    Member("AccountRecoverySetting", &GivenSettings::recovery),
    Within("AccountRecoverySetting",
           domain::Parts("RecoveryMechanisms", &GivenSettings::mechanisms, kGivenMechanism)),
    Member("AutoVerifiedAttributes", &GivenSettings::auto_verified),
    Within("UserAttributeUpdateSettings",
           Member("AttributesRequireVerificationBeforeUpdate", &GivenSettings::verified_first)),
    Member("MfaConfiguration", &GivenSettings::mfa),
    Member(domain::kTagsMember, &GivenSettings::tags),
    Member("DeletionProtection", &GivenSettings::deletion_protection),
    Member("UserPoolTier", &GivenSettings::tier));

// The texts of messages with codes. A description has them twice: in VerificationMessageTemplate,
// and in older members.
struct CodeTexts {
  std::optional<std::string> email, email_subject, sms;
};
constexpr auto kTemplateTexts = RecordOf<CodeTexts>(
    Sparse("EmailMessage", &CodeTexts::email), Sparse("EmailSubject", &CodeTexts::email_subject),
    Sparse("SmsMessage", &CodeTexts::sms));
constexpr auto kOlderTexts =
    RecordOf<CodeTexts>(Sparse("EmailVerificationMessage", &CodeTexts::email),
                        Sparse("EmailVerificationSubject", &CodeTexts::email_subject),
                        Sparse("SmsVerificationMessage", &CodeTexts::sms));

// As in AWS, each of the two sets the other; where both are given, the text in the template is
// used.
void MirrorTexts(json::object& message_template, json::object& description) {
  CodeTexts texts = kTemplateTexts.Read(message_template);
  CodeTexts older = kOlderTexts.Read(description);
  if (!texts.email) texts.email = std::move(older.email);
  if (!texts.email_subject) texts.email_subject = std::move(older.email_subject);
  if (!texts.sms) texts.sms = std::move(older.sms);
  kTemplateTexts.Replace(texts, message_template);
  kOlderTexts.Replace(texts, description);
}

// `defaults`, overwritten by what is given.
json::object Completed(const json::object& given, json::object defaults) {
  for (const auto& item : given) defaults[item.key()] = item.value();
  return defaults;
}

bool Lists(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr int64_t kTemporaryDays = 7;

// The older member is used where the newer one is not given, and shows the same value.
int64_t TemporaryDays(const GivenSettings& given) {
  const int64_t older = given.unused_account_days.value_or(0);
  return given.temporary_days.value_or(older > 0 ? older : kTemporaryDays);
}

// A policy that is given requires only what it names.
json::object DescribePasswordPolicy(const GivenSettings& given) {
  const bool required = !given.policies.password;
  return Completed(given.policies.password.value_or(json::object()),
                   {{"MinimumLength", 8},
                    {"RequireUppercase", required},
                    {"RequireLowercase", required},
                    {"RequireNumbers", required},
                    {"RequireSymbols", required},
                    {"TemporaryPasswordValidityDays", TemporaryDays(given)}});
}

base::Result<json::object> DescribePolicies(const GivenSettings& given) {
  json::object sign_in =
      Completed(given.policies.sign_in, {{"AllowedFirstAuthFactors", json::array{"PASSWORD"}}});
  if (given.first_factors && !Lists(*given.first_factors, "PASSWORD")) {
    return domain::error::kPasswordNotFirstFactor();
  }
  return json::object{{"PasswordPolicy", DescribePasswordPolicy(given)},
                      {"SignInPolicy", std::move(sign_in)}};
}

json::object DescribeAdminCreateUser(const GivenSettings& given) {
  json::object config = Completed(given.admin_create_user, {{"AllowAdminCreateUserOnly", false},
                                                            {"UnusedAccountValidityDays", 0}});
  config["UnusedAccountValidityDays"] = TemporaryDays(given);
  return config;
}

json::object DefaultRecovery() {
  return {{"RecoveryMechanisms",
           json::array{json::object{{"Priority", 1}, {"Name", "verified_email"}},
                       json::object{{"Priority", 2}, {"Name", "verified_phone_number"}}}}};
}

base::Status CheckRecovery(const GivenSettings& given) {
  if (given.mechanisms.size() < 2) return {};
  for (const GivenMechanism& mechanism : given.mechanisms) {
    if (mechanism.name == "admin_only") {
      return domain::error::kAdminOnlyBesideOthers();
    }
  }
  return {};
}

// An address that must be verified before it takes effect must be one to which a code is sent.
base::Status CheckVerifiedFirst(const GivenSettings& given) {
  for (const std::string& name : given.verified_first) {
    if (!Lists(given.auto_verified, name)) {
      return domain::error::kNotAutoVerified(name);
    }
  }
  return {};
}

// This server does not use an identity of Amazon SES, but AWS would have no address to send from.
base::Status CheckEmail(const GivenSettings& given) {
  if (given.email_account != "DEVELOPER" || !given.email_source_arn.empty()) return {};
  return domain::error::kEmailWithoutSource();
}

// For members that stay as they are where an update does not give them: tags contain settings of
// this server, and a protection must not be lost because somebody forgot to repeat it.
void KeepOrSet(const std::optional<json::value>& given, json::object& description,
               std::string_view member, json::value fallback) {
  if (given) {
    description[member] = *given;
  } else {
    description.emplace(member, std::move(fallback));
  }
}

struct DescribedTier {
  domain::PoolTier tier = domain::PoolTier::kEssentials;
};
constexpr auto kDescribedTier =
    RecordOf<DescribedTier>(domain::Word("UserPoolTier", &DescribedTier::tier, domain::kPoolTiers));

}  // namespace

base::Status DescribeSettings(const json::object& input, json::object& description) {
  SALLYPORT_TRY(CheckSettings(kPoolSettingsTable, input));
  GivenSettings given = kGivenSettings.Read(input);
  SALLYPORT_ASSIGN(json::object policies, DescribePolicies(given));
  description["AdminCreateUserConfig"] = DescribeAdminCreateUser(given);
  description["Policies"] = std::move(policies);
  SALLYPORT_TRY(CheckEmail(given));
  description["EmailConfiguration"] =
      Completed(given.email, {{"EmailSendingAccount", "COGNITO_DEFAULT"}});
  SALLYPORT_TRY(CheckRecovery(given));
  SALLYPORT_TRY(CheckVerifiedFirst(given));
  description["AccountRecoverySetting"] = given.recovery ? *given.recovery : DefaultRecovery();
  description["MfaConfiguration"] = given.mfa.value_or("OFF");
  for (std::string_view member : kCopied) {
    description.erase(member);
    if (const json::value* value = input.if_contains(member)) description[member] = *value;
  }
  json::object message_template =
      Completed(given.verification_template, {{"DefaultEmailOption", "CONFIRM_WITH_CODE"}});
  MirrorTexts(message_template, description);
  description["VerificationMessageTemplate"] = std::move(message_template);
  KeepOrSet(given.tags, description, domain::kTagsMember, json::object());
  if (given.tags) SALLYPORT_TRY(CheckTags(given.tags->as_object()));
  KeepOrSet(given.deletion_protection, description, "DeletionProtection", "INACTIVE");
  KeepOrSet(given.tier, description, "UserPoolTier", "ESSENTIALS");
  SALLYPORT_ASSIGN(description[domain::kHooksMember],
                   DescribeLambdaConfig(input, kDescribedTier.Read(description).tier));
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
