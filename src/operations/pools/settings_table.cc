#include "operations/pools/settings_table.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/log.h"
#include "domain/errors.h"
#include "operations/pools/pool_tags.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

using enum Effect;

// Notes that several rows have.
constexpr std::string_view kHookNote = "the function is called (docs/guide/hooks.md)";
constexpr std::string_view kTemplateNote = "the text of messages (docs/guide/messages.md)";
constexpr std::string_view kSubjectNote =
    "the subject of mails; must be one line (docs/guide/messages.md)";
constexpr std::string_view kSmsNote =
    "messages go out by the server's own SMS transport (docs/guide/messages.md)";
constexpr std::string_view kMailNote =
    "messages go out by the server's own mail transport (docs/guide/messages.md)";
constexpr std::string_view kRegistrationNote =
    "clients cannot register themselves before dynamic client registration is built";
constexpr std::string_view kNoFactorNote = "nobody can enrol this factor before it is built";
constexpr std::string_view kNoPasskeyNote = "nobody can register a passkey before they are built";

constexpr Setting kPoolRows[] = {
    {"PoolName", kKept, "shown to people, and without any other effect"},
    {"UserPoolId", kEnforced, "the pool"},
    {"Policies.PasswordPolicy.MinimumLength", kEnforced, "6 to 99; 8 without a policy"},
    {"Policies.PasswordPolicy.RequireUppercase", kEnforced, "true without a policy"},
    {"Policies.PasswordPolicy.RequireLowercase", kEnforced, "true without a policy"},
    {"Policies.PasswordPolicy.RequireNumbers", kEnforced, "true without a policy"},
    {"Policies.PasswordPolicy.RequireSymbols", kEnforced, "true without a policy"},
    {"Policies.PasswordPolicy.PasswordHistorySize", kEnforced,
     "the last passwords cannot be used again"},
    {"Policies.PasswordPolicy.TemporaryPasswordValidityDays", kEnforced,
     "7 if it is 0, or if neither it nor AdminCreateUserConfig.UnusedAccountValidityDays is given"},
    {"Policies.SignInPolicy.AllowedFirstAuthFactors", kKept,
     "PASSWORD must be among them; the others cannot be used before the USER_AUTH flow is built"},
    {"DeletionProtection", kEnforced, "ACTIVE: DeleteUserPool is refused"},
    {"LambdaConfig.PreSignUp", kEnforced, kHookNote},
    {"LambdaConfig.CustomMessage", kEnforced, kHookNote},
    {"LambdaConfig.PostConfirmation", kEnforced, kHookNote},
    {"LambdaConfig.PreAuthentication", kEnforced, kHookNote},
    {"LambdaConfig.PostAuthentication", kEnforced, kHookNote},
    {"LambdaConfig.DefineAuthChallenge", kEnforced, kHookNote},
    {"LambdaConfig.CreateAuthChallenge", kEnforced, kHookNote},
    {"LambdaConfig.VerifyAuthChallengeResponse", kEnforced, kHookNote},
    {"LambdaConfig.PreTokenGeneration", kEnforced, kHookNote},
    {"LambdaConfig.UserMigration", kEnforced, kHookNote},
    {"LambdaConfig.PreTokenGenerationConfig.LambdaVersion", kEnforced, kHookNote},
    {"LambdaConfig.PreTokenGenerationConfig.LambdaArn", kEnforced, kHookNote},
    {"LambdaConfig.CustomSMSSender.LambdaVersion", kEnforced, kHookNote},
    {"LambdaConfig.CustomSMSSender.LambdaArn", kEnforced, kHookNote},
    {"LambdaConfig.CustomEmailSender.LambdaVersion", kEnforced, kHookNote},
    {"LambdaConfig.CustomEmailSender.LambdaArn", kEnforced, kHookNote},
    {"LambdaConfig.KMSKeyID", kEnforced, "codes for custom senders are encrypted under it"},
    {"LambdaConfig.InboundFederation.LambdaVersion", kKept,
     "nobody can sign in with another provider before federation is built"},
    {"LambdaConfig.InboundFederation.LambdaArn", kKept,
     "nobody can sign in with another provider before federation is built"},
    {"AutoVerifiedAttributes", kEnforced, "a code is sent to a new address"},
    {"AliasAttributes", kEnforced, "users can also sign in with it"},
    {"UsernameAttributes", kEnforced, "users sign in with it"},
    {"SmsVerificationMessage", kEnforced, kTemplateNote},
    {"EmailVerificationMessage", kEnforced, kTemplateNote},
    {"EmailVerificationSubject", kEnforced, kSubjectNote, {}, Form::kLine},
    {"VerificationMessageTemplate.SmsMessage", kEnforced, kTemplateNote},
    {"VerificationMessageTemplate.EmailMessage", kEnforced, kTemplateNote},
    {"VerificationMessageTemplate.EmailSubject", kEnforced, kSubjectNote, {}, Form::kLine},
    {"VerificationMessageTemplate.EmailMessageByLink", kEnforced, kTemplateNote},
    {"VerificationMessageTemplate.EmailSubjectByLink", kEnforced, kSubjectNote, {}, Form::kLine},
    {"VerificationMessageTemplate.DefaultEmailOption", kEnforced, "a code or a link"},
    {"SmsAuthenticationMessage", kKept, kNoFactorNote},
    {"MfaConfiguration", kRefused, domain::error::kNoSecondFactorAsked.text(), {"OFF", "OPTIONAL"}},
    {"UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate", kEnforced,
     "a new address has effect once it is verified"},
    {"DeviceConfiguration.ChallengeRequiredOnNewDevice",
     kRefused,
     domain::error::kNoDevices.text(),
     {"false"}},
    {"DeviceConfiguration.DeviceOnlyRememberedOnUserPrompt", kKept,
     "devices are not remembered before that is built"},
    {"EmailConfiguration.SourceArn", kKept, kMailNote},
    {"EmailConfiguration.ReplyToEmailAddress",
     kEnforced,
     "of mails; must be one line",
     {},
     Form::kLine},
    {"EmailConfiguration.EmailSendingAccount", kKept,
     "DEVELOPER requires a SourceArn, which is kept"},
    {"EmailConfiguration.From",
     kEnforced,
     "of mails; must be one line; without it, the server's --smtp-from",
     {},
     Form::kLine},
    {"EmailConfiguration.ConfigurationSet", kKept, kMailNote},
    {"SmsConfiguration.SnsCallerArn", kKept, kSmsNote},
    {"SmsConfiguration.ExternalId", kKept, kSmsNote},
    {"SmsConfiguration.SnsRegion", kKept, kSmsNote},
    {"SmsConfiguration.EumsSms", kKept, kSmsNote},
    {"UserPoolTags", kEnforced,
     "sallyport:revoke-on-password-change, sallyport:revoke-on-refresh-token-reuse, "
     "sallyport:at-session-limit and sallyport:claims have effect; no other tag may "
     "begin with sallyport:, and all "
     "other tags are kept"},
    {"AdminCreateUserConfig.AllowAdminCreateUserOnly", kEnforced, "true: SignUp is refused"},
    {"AdminCreateUserConfig.UnusedAccountValidityDays", kEnforced,
     "used if TemporaryPasswordValidityDays is not given"},
    {"AdminCreateUserConfig.InviteMessageTemplate.SMSMessage", kEnforced, kTemplateNote},
    {"AdminCreateUserConfig.InviteMessageTemplate.EmailMessage", kEnforced, kTemplateNote},
    {"AdminCreateUserConfig.InviteMessageTemplate.EmailSubject",
     kEnforced,
     kSubjectNote,
     {},
     Form::kLine},
    {"Schema.Name", kEnforced, "custom attributes get their prefix"},
    {"Schema.AttributeDataType", kEnforced, "the form of a DateTime is not checked"},
    {"Schema.DeveloperOnlyAttribute", kEnforced, "users cannot write it"},
    {"Schema.Mutable", kEnforced, "false: it can be written only once"},
    {"Schema.Required", kEnforced, "for standard attributes"},
    {"Schema.NumberAttributeConstraints.MinValue", kEnforced, "checked when a value is set"},
    {"Schema.NumberAttributeConstraints.MaxValue", kEnforced, "checked when a value is set"},
    {"Schema.StringAttributeConstraints.MinLength", kEnforced, "checked when a value is set"},
    {"Schema.StringAttributeConstraints.MaxLength", kEnforced, "checked when a value is set"},
    {"UserPoolAddOns.AdvancedSecurityMode",
     kRefused,
     domain::error::kNoRiskDetection.text(),
     {"OFF"}},
    {"UserPoolAddOns.AdvancedSecurityAdditionalFlows", kRefused,
     domain::error::kNoRiskDetectionInFlows.text()},
    {"DcrConfiguration.EnableStatus", kKept, kRegistrationNote},
    {"DcrConfiguration.OpenDcrEnabled", kKept, kRegistrationNote},
    {"DcrConfiguration.AuthenticatedGrantTypes", kKept, kRegistrationNote},
    {"DcrConfiguration.OpenDcrGrantTypes", kKept, kRegistrationNote},
    {"DcrConfiguration.AllowedScopes", kKept, kRegistrationNote},
    {"UsernameConfiguration.CaseSensitive", kEnforced,
     "true, or not given: Alice and alice are two users"},
    {"AccountRecoverySetting.RecoveryMechanisms.Priority", kEnforced,
     "the lowest number comes first"},
    {"AccountRecoverySetting.RecoveryMechanisms.Name", kEnforced,
     "admin_only: ForgotPassword is refused"},
    {"UserPoolTier", kEnforced,
     "LITE: functions of version V2_0 and V3_0, managed login and session settings are refused"},
    {"KeyConfiguration.KeyType", kRefused, domain::error::kNoKms.text(), {"AWS_OWNED_KEY"}},
    {"KeyConfiguration.KmsKeyArn", kRefused, domain::error::kNoKms.text()},
    {"IssuerConfiguration.Type", kRefused, domain::error::kOneIssuer.text(), {"ORIGINAL"}},
    {"AcrConfiguration", kRefused, domain::error::kNoAcr.text()},
};

constexpr Setting kClientRows[] = {
    {"UserPoolId", kEnforced, "the pool"},
    {"ClientId", kEnforced, "the client"},
    {"ClientName", kKept, "shown to people, and without any other effect"},
    {"GenerateSecret", kEnforced, "the client has to prove itself"},
    {"ClientSecret", kEnforced, "the client has to prove itself"},
    {"RefreshTokenValidity", kEnforced, "0 means 30 days"},
    {"AccessTokenValidity", kEnforced, "1 hour if it is not given"},
    {"IdTokenValidity", kEnforced, "1 hour if it is not given"},
    {"TokenValidityUnits.AccessToken", kEnforced, "the unit is hours if it is not given"},
    {"TokenValidityUnits.IdToken", kEnforced, "the unit is hours if it is not given"},
    {"TokenValidityUnits.RefreshToken", kEnforced, "the unit is days if it is not given"},
    {"ReadAttributes", kEnforced,
     "the attributes in GetUser and ID tokens; all if it is not given"},
    {"WriteAttributes", kEnforced,
     "the attributes that users may set through the client; all if it is not given"},
    {"ExplicitAuthFlows", kEnforced,
     "a flow that is not listed is refused; ALLOW_USER_AUTH and token exchange cannot be used "
     "before they are built"},
    {"SupportedIdentityProviders", kEnforced,
     "COGNITO is the only provider; nobody signs in on the pages of a client that does not list "
     "it"},
    {"CallbackURLs", kEnforced,
     "/oauth2/authorize sends users only to these, compared letter for letter"},
    {"LogoutURLs", kEnforced,
     "/logout sends users only to these, compared letter for letter; an entry "
     "sallyport:back-channel:URL says "
     "where the app is told that a session has ended, and sallyport:client-key:JWK a key by which "
     "the client proves itself (private_key_jwt)"},
    {"DefaultRedirectURI", kEnforced, "used if a request has no redirect_uri"},
    {"AllowedOAuthFlows", kEnforced,
     "a flow must be listed: code and implicit for /oauth2/authorize, client_credentials for "
     "/oauth2/token"},
    {"AllowedOAuthScopes", kEnforced, "no other scope is granted"},
    {"AllowedOAuthFlowsUserPoolClient", kEnforced,
     "false: /oauth2/authorize and client_credentials are refused"},
    {"AnalyticsConfiguration", kRefused, domain::error::kNoPinpoint.text()},
    {"PreventUserExistenceErrors", kEnforced, "ENABLED: answers do not reveal which users exist"},
    {"EnableTokenRevocation", kEnforced, "false: RevokeToken is refused"},
    {"EnablePropagateAdditionalUserContextData", kKept,
     "what apps send about their users' devices is ignored"},
    {"AuthSessionValidity", kEnforced, "the minutes within which a challenge must be answered"},
    {"RefreshTokenRotation.Feature", kEnforced, "ENABLED: each refresh replaces the refresh token"},
    {"RefreshTokenRotation.RetryGracePeriodSeconds", kEnforced,
     "how long the replaced token is still accepted"},
    {"PublishSecretsInAWSSecretsManager",
     kRefused,
     domain::error::kNoSecretsManager.text(),
     {"false"}},
};

constexpr Setting kMfaRows[] = {
    {"UserPoolId", kEnforced, "the pool"},
    {"SmsMfaConfiguration.SmsAuthenticationMessage", kKept, kNoFactorNote},
    {"SmsMfaConfiguration.SmsConfiguration.SnsCallerArn", kKept, kSmsNote},
    {"SmsMfaConfiguration.SmsConfiguration.ExternalId", kKept, kSmsNote},
    {"SmsMfaConfiguration.SmsConfiguration.SnsRegion", kKept, kSmsNote},
    {"SmsMfaConfiguration.SmsConfiguration.EumsSms", kKept, kSmsNote},
    {"SoftwareTokenMfaConfiguration.Enabled", kKept, kNoFactorNote},
    {"EmailMfaConfiguration.Message", kKept, kNoFactorNote},
    {"EmailMfaConfiguration.Subject", kKept, kNoFactorNote, {}, Form::kLine},
    {"MfaConfiguration", kRefused, domain::error::kNoSecondFactorAsked.text(), {"OFF", "OPTIONAL"}},
    {"WebAuthnConfiguration.RelyingPartyId", kKept, kNoPasskeyNote},
    {"WebAuthnConfiguration.UserVerification", kKept, kNoPasskeyNote},
    {"WebAuthnConfiguration.FactorConfiguration", kKept, kNoPasskeyNote},
};

// The value of the member; nullptr where there is none. No refused member is within a list.
const json::value* FindSetting(const json::object& input, std::string_view member) {
  const size_t dot = member.find('.');
  const json::value* value = input.if_contains(member.substr(0, dot));
  if (value == nullptr || dot == std::string_view::npos) return value;
  const json::object* object = value->if_object();
  return object != nullptr ? FindSetting(*object, member.substr(dot + 1)) : nullptr;
}

// The value as the error shows it; empty: it asks for nothing.
std::string Asked(const json::value& value) {
  if (const json::string* text = value.if_string()) return std::string(*text);
  if (const bool* flag = value.if_bool()) return *flag ? "true" : "false";
  if (const json::array* array = value.if_array()) return array->empty() ? "" : "[...]";
  if (const json::object* object = value.if_object()) return object->empty() ? "" : "{...}";
  return value.is_null() ? "" : "...";
}

bool IsLine(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

base::Status CheckSetting(const Setting& setting, const json::object& input) {
  if (setting.effect != kRefused && setting.form == Form::kAny) return {};
  const json::value* value = FindSetting(input, setting.member);
  if (value == nullptr) return {};
  if (setting.form == Form::kLine && value->is_string() && !IsLine(value->get_string())) {
    return domain::error::kSettingNotOneLine(setting.member);
  }
  if (setting.effect != kRefused) return {};
  const std::string asked = Asked(*value);
  if (std::find(setting.taken.begin(), setting.taken.end(), asked) != setting.taken.end()) {
    return {};
  }
  const std::string shown = asked.starts_with('{') ? "" : " " + asked;
  return domain::error::kSettingNotSupported(std::string(setting.member) + shown, setting.note);
}

std::vector<std::string> Refusals(std::span<const Setting> table, const json::object& description) {
  std::vector<std::string> refusals;
  for (const Setting& setting : table) {
    if (const base::Status taken = CheckSetting(setting, description); !taken) {
      refusals.push_back(taken.error().message);
    }
  }
  return refusals;
}

constexpr size_t kReadAtATime = 100;

base::Status WarnOfClients(const domain::Services& services, const std::string& pool_id) {
  std::string after;
  do {
    SALLYPORT_ASSIGN(domain::ClientPage page,
                     domain::ListClients(services, pool_id, after, kReadAtATime));
    for (const domain::Client& client : page.clients) {
      for (const std::string& refusal : RefusedToday(client)) {
        base::LogWarning(
            "an app client has a setting that an earlier version stored and that has no effect: "
            "change it with UpdateUserPoolClient",
            {{"pool", pool_id}, {"client", client.id}, {"setting", refusal}});
      }
    }
    after = std::move(page.next);
  } while (!after.empty());
  return {};
}

}  // namespace

const std::span<const Setting> kPoolSettingsTable(kPoolRows);
const std::span<const Setting> kClientSettingsTable(kClientRows);
const std::span<const Setting> kMfaSettingsTable(kMfaRows);

base::Status CheckSettings(std::span<const Setting> table, const json::object& input) {
  for (const Setting& setting : table) SALLYPORT_TRY(CheckSetting(setting, input));
  return {};
}

std::vector<std::string> RefusedToday(const domain::Pool& pool) {
  std::vector<std::string> refusals = Refusals(kPoolSettingsTable, pool.description);
  if (const base::Status tags = CheckTags(TagsOf(pool)); !tags) {
    refusals.push_back(tags.error().message);
  }
  return refusals;
}

std::vector<std::string> RefusedToday(const domain::Client& client) {
  return Refusals(kClientSettingsTable, client.description);
}

base::Status WarnOfRefusedSettings(const domain::Services& services) {
  std::string after;
  do {
    SALLYPORT_ASSIGN(domain::PoolPage page, domain::ListPools(services, "", after, kReadAtATime));
    for (const domain::Pool& pool : page.pools) {
      for (const std::string& refusal : RefusedToday(pool)) {
        base::LogWarning(
            "a user pool has a setting that an earlier version stored and that has no effect: "
            "change it with UpdateUserPool",
            {{"pool", pool.id}, {"setting", refusal}});
      }
      SALLYPORT_TRY(WarnOfClients(services, pool.id));
    }
    after = std::move(page.next);
  } while (!after.empty());
  return {};
}

}  // namespace sallyport::operations
