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
constexpr std::string_view kSubjectNote = "the subject of mails, one line (docs/guide/messages.md)";
constexpr std::string_view kSmsNote =
    "messages go out by the server's own SMS transport (docs/guide/messages.md)";
constexpr std::string_view kMailNote =
    "messages go out by the server's own mail transport (docs/guide/messages.md)";
constexpr std::string_view kRegistrationNote =
    "nobody can register a client by themselves before dynamic client registration is built";
constexpr std::string_view kNoFactorNote = "nobody can enrol this factor before it is built";
constexpr std::string_view kNoPasskeyNote = "nobody can register a passkey before they are built";

constexpr Setting kPoolRows[] = {
    {"PoolName", kKept, "a name for people"},
    {"UserPoolId", kEnforced, "the pool"},
    {"Policies.PasswordPolicy.MinimumLength", kEnforced, "6 to 99; 8 without a policy"},
    {"Policies.PasswordPolicy.RequireUppercase", kEnforced, "true without a policy"},
    {"Policies.PasswordPolicy.RequireLowercase", kEnforced, "true without a policy"},
    {"Policies.PasswordPolicy.RequireNumbers", kEnforced, "true without a policy"},
    {"Policies.PasswordPolicy.RequireSymbols", kEnforced, "true without a policy"},
    {"Policies.PasswordPolicy.PasswordHistorySize", kEnforced,
     "the last passwords cannot come back"},
    {"Policies.PasswordPolicy.TemporaryPasswordValidityDays", kEnforced,
     "7 where it is 0 or neither it nor AdminCreateUserConfig.UnusedAccountValidityDays is given"},
    {"Policies.SignInPolicy.AllowedFirstAuthFactors", kKept,
     "PASSWORD must be one; the others serve nobody before the USER_AUTH flow is built"},
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
    {"LambdaConfig.KMSKeyID", kEnforced, "custom senders get codes encrypted under it"},
    {"LambdaConfig.InboundFederation.LambdaVersion", kKept,
     "nobody signs in by another provider before federation is built"},
    {"LambdaConfig.InboundFederation.LambdaArn", kKept,
     "nobody signs in by another provider before federation is built"},
    {"AutoVerifiedAttributes", kEnforced, "a code is sent to a new address"},
    {"AliasAttributes", kEnforced, "users sign in by it, too"},
    {"UsernameAttributes", kEnforced, "users sign in by it"},
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
     "a new address counts once it is verified"},
    {"DeviceConfiguration.ChallengeRequiredOnNewDevice",
     kRefused,
     domain::error::kNoDevices.text(),
     {"false"}},
    {"DeviceConfiguration.DeviceOnlyRememberedOnUserPrompt", kKept,
     "no device is remembered before that is built"},
    {"EmailConfiguration.SourceArn", kKept, kMailNote},
    {"EmailConfiguration.ReplyToEmailAddress", kEnforced, "of mails; one line", {}, Form::kLine},
    {"EmailConfiguration.EmailSendingAccount", kKept, "DEVELOPER needs a SourceArn, which is kept"},
    {"EmailConfiguration.From",
     kEnforced,
     "of mails, one line; without it the server's --smtp-from",
     {},
     Form::kLine},
    {"EmailConfiguration.ConfigurationSet", kKept, kMailNote},
    {"SmsConfiguration.SnsCallerArn", kKept, kSmsNote},
    {"SmsConfiguration.ExternalId", kKept, kSmsNote},
    {"SmsConfiguration.SnsRegion", kKept, kSmsNote},
    {"SmsConfiguration.EumsSms", kKept, kSmsNote},
    {"UserPoolTags", kEnforced,
     "sallyport:revoke-on-password-change, sallyport:revoke-on-refresh-token-reuse and "
     "sallyport:at-session-limit decide; no other may begin with sallyport:, and the rest is kept"},
    {"AdminCreateUserConfig.AllowAdminCreateUserOnly", kEnforced, "true: SignUp is refused"},
    {"AdminCreateUserConfig.UnusedAccountValidityDays", kEnforced,
     "where TemporaryPasswordValidityDays is not given"},
    {"AdminCreateUserConfig.InviteMessageTemplate.SMSMessage", kEnforced, kTemplateNote},
    {"AdminCreateUserConfig.InviteMessageTemplate.EmailMessage", kEnforced, kTemplateNote},
    {"AdminCreateUserConfig.InviteMessageTemplate.EmailSubject",
     kEnforced,
     kSubjectNote,
     {},
     Form::kLine},
    {"Schema.Name", kEnforced, "custom ones get their prefix"},
    {"Schema.AttributeDataType", kEnforced, "a DateTime is taken as it is given"},
    {"Schema.DeveloperOnlyAttribute", kEnforced, "users do not write it"},
    {"Schema.Mutable", kEnforced, "false: it is written once"},
    {"Schema.Required", kEnforced, "of standard attributes"},
    {"Schema.NumberAttributeConstraints.MinValue", kEnforced, "of new values"},
    {"Schema.NumberAttributeConstraints.MaxValue", kEnforced, "of new values"},
    {"Schema.StringAttributeConstraints.MinLength", kEnforced, "of new values"},
    {"Schema.StringAttributeConstraints.MaxLength", kEnforced, "of new values"},
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
    {"AccountRecoverySetting.RecoveryMechanisms.Priority", kEnforced, "the lowest comes first"},
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
    {"ClientName", kKept, "a name for people"},
    {"GenerateSecret", kEnforced, "the client has to prove itself"},
    {"ClientSecret", kEnforced, "the client has to prove itself"},
    {"RefreshTokenValidity", kEnforced, "0: 30 days"},
    {"AccessTokenValidity", kEnforced, "1 hour without it"},
    {"IdTokenValidity", kEnforced, "1 hour without it"},
    {"TokenValidityUnits.AccessToken", kEnforced, "hours without it"},
    {"TokenValidityUnits.IdToken", kEnforced, "hours without it"},
    {"TokenValidityUnits.RefreshToken", kEnforced, "days without it"},
    {"ReadAttributes", kEnforced, "what GetUser and ID tokens tell; all without it"},
    {"WriteAttributes", kEnforced, "what users may set through the client; all without it"},
    {"ExplicitAuthFlows", kEnforced,
     "a flow that is not listed is refused; ALLOW_USER_AUTH and token exchange serve nobody before "
     "they are built"},
    {"SupportedIdentityProviders", kEnforced,
     "COGNITO alone exists; nobody signs in on the pages where it is not listed"},
    {"CallbackURLs", kEnforced, "/oauth2/authorize sends nobody elsewhere: letter for letter"},
    {"LogoutURLs", kEnforced, "/logout sends nobody elsewhere: letter for letter"},
    {"DefaultRedirectURI", kEnforced, "where a request has no redirect_uri"},
    {"AllowedOAuthFlows", kEnforced,
     "code and implicit at /oauth2/authorize, client_credentials at /oauth2/token, where listed"},
    {"AllowedOAuthScopes", kEnforced, "no other scope is granted"},
    {"AllowedOAuthFlowsUserPoolClient", kEnforced,
     "false: /oauth2/authorize and client_credentials are refused"},
    {"AnalyticsConfiguration", kRefused, domain::error::kNoPinpoint.text()},
    {"PreventUserExistenceErrors", kEnforced, "ENABLED: answers do not tell who exists"},
    {"EnableTokenRevocation", kEnforced, "false: RevokeToken is refused"},
    {"EnablePropagateAdditionalUserContextData", kKept,
     "what apps tell of their users' devices is not looked at"},
    {"AuthSessionValidity", kEnforced, "minutes in which a challenge may be answered"},
    {"RefreshTokenRotation.Feature", kEnforced, "ENABLED: each refresh replaces the refresh token"},
    {"RefreshTokenRotation.RetryGracePeriodSeconds", kEnforced,
     "how long the one that was replaced is still taken"},
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
            "correct it by UpdateUserPoolClient",
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
            "a user pool has a setting that an earlier version stored and that has no "
            "effect: correct it by UpdateUserPool",
            {{"pool", pool.id}, {"setting", refusal}});
      }
      SALLYPORT_TRY(WarnOfClients(services, pool.id));
    }
    after = std::move(page.next);
  } while (!after.empty());
  return {};
}

}  // namespace sallyport::operations
