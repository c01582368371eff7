#include "domain/pools/pool_settings.h"

#include <algorithm>
#include <charconv>

namespace sallyport::domain {

namespace json = boost::json;

// Reads a list such as ["email","phone_number"].
template <>
struct Codec<AttributeSet> {
  static bool Read(const json::value& value, AttributeSet& field) {
    const json::array* names = value.if_array();
    if (names == nullptr) return false;
    for (const json::value& name : *names) {
      const json::string* text = name.if_string();
      if (text == nullptr) continue;
      field.email = field.email || *text == "email";
      field.phone_number = field.phone_number || *text == "phone_number";
      field.preferred_username = field.preferred_username || *text == "preferred_username";
    }
    return true;
  }
};

// Older descriptions have numbers in place of texts.
template <>
struct Codec<Bound> {
  static bool Read(const json::value& value, Bound& field) {
    const json::string* text = value.if_string();
    if (text == nullptr) return Codec<std::optional<int64_t>>::Read(value, field.value);
    int64_t number = 0;
    const char* const end = text->data() + text->size();
    const auto read = std::from_chars(text->data(), end, number);
    if (read.ec == std::errc() && read.ptr == end) field.value = number;
    return true;
  }
};

namespace {

struct TriggerRow {
  std::string_view name;
  // The member of LambdaConfig that has LambdaVersion and LambdaArn for this trigger, if there is
  // one.
  std::string_view versioned;
};

// In the order of Trigger.
constexpr std::array<TriggerRow, kTriggers> kTriggerRows{
    {{"PreSignUp", ""},
     {"PostConfirmation", ""},
     {"PreAuthentication", ""},
     {"PostAuthentication", ""},
     {"PreTokenGeneration", "PreTokenGenerationConfig"},
     {"UserMigration", ""},
     {"CustomMessage", ""},
     {"DefineAuthChallenge", ""},
     {"CreateAuthChallenge", ""},
     {"VerifyAuthChallengeResponse", ""},
     {"CustomSMSSender", "CustomSMSSender"},
     {"CustomEmailSender", "CustomEmailSender"},
     {"InboundFederation", "InboundFederation"}}};

constexpr auto kVersionedFunction =
    RecordOf<HookFunction>(Member("LambdaArn", &HookFunction::arn),
                           Word("LambdaVersion", &HookFunction::version, kEventVersions, 1));

}  // namespace

// LambdaConfig.
template <>
struct Codec<HookFunctions> {
  static bool Read(const json::value& value, HookFunctions& field) {
    const json::object* config = value.if_object();
    if (config == nullptr) return false;
    for (size_t i = 0; i < kTriggers; ++i) {
      const TriggerRow& row = kTriggerRows[i];
      const json::value* versioned = config->if_contains(row.versioned);
      if (versioned != nullptr && versioned->is_object()) {
        field[i] = kVersionedFunction.Read(versioned->get_object());
      } else if (const json::value* arn = config->if_contains(row.name)) {
        Codec<std::string>::Read(*arn, field[i].arn);
      }
    }
    return true;
  }
};

namespace {

constexpr auto kPasswordPolicy = RecordOf<PasswordPolicy>(
    Member("MinimumLength", &PasswordPolicy::minimum_length, 8),
    Member("RequireLowercase", &PasswordPolicy::lowercase),
    Member("RequireUppercase", &PasswordPolicy::uppercase),
    Member("RequireNumbers", &PasswordPolicy::numbers),
    Member("RequireSymbols", &PasswordPolicy::symbols),
    Member("PasswordHistorySize", &PasswordPolicy::history_size),
    Member("TemporaryPasswordValidityDays", &PasswordPolicy::temporary_days));

// The members of the template take precedence over the older ones.
constexpr auto kVerificationTexts = RecordOf<VerificationTexts>(
    Within("VerificationMessageTemplate", Member("SmsMessage", &VerificationTexts::sms),
           Member("EmailMessage", &VerificationTexts::email),
           Member("EmailSubject", &VerificationTexts::email_subject),
           Member("EmailMessageByLink", &VerificationTexts::email_by_link),
           Member("EmailSubjectByLink", &VerificationTexts::email_subject_by_link),
           Word("DefaultEmailOption", &VerificationTexts::form, kVerificationForms)),
    OrElse("SmsVerificationMessage", &VerificationTexts::sms),
    OrElse("EmailVerificationMessage", &VerificationTexts::email),
    OrElse("EmailVerificationSubject", &VerificationTexts::email_subject));

constexpr auto kInvitationTexts = RecordOf<InvitationTexts>(
    Member("SMSMessage", &InvitationTexts::sms), Member("EmailMessage", &InvitationTexts::email),
    Member("EmailSubject", &InvitationTexts::email_subject));

constexpr auto kSchemaAttribute = RecordOf<SchemaAttribute>(
    Member("Name", &SchemaAttribute::name),
    Word("AttributeDataType", &SchemaAttribute::type, kAttributeTypes),
    Member("Required", &SchemaAttribute::required),
    Member("Mutable", &SchemaAttribute::can_change, true),
    Within("StringAttributeConstraints", Member("MinLength", &SchemaAttribute::least_length),
           Member("MaxLength", &SchemaAttribute::greatest_length)),
    Within("NumberAttributeConstraints", Member("MinValue", &SchemaAttribute::least_value),
           Member("MaxValue", &SchemaAttribute::greatest_value)));

constexpr auto kRankedRecovery =
    RecordOf<RankedRecovery>(Member("Priority", &RankedRecovery::priority),
                             Word("Name", &RankedRecovery::mechanism, kRecoveryMechanisms));

constexpr WordTable<bool, 1> kActive{{{"ACTIVE", true}}};
constexpr WordTable<bool, 1> kUnlessFalse{{{"false", false}}};
constexpr WordTable<bool, 1> kIfTrue{{{"true", true}}};
constexpr WordTable<bool, 1> kIfRefuse{{{"refuse", true}}};
constexpr WordTable<bool, 1> kIfOpenId{{{"openid", true}}};

constexpr auto kPoolSettings = RecordOf<PoolSettings>(
    Within("Policies", Part("PasswordPolicy", &PoolSettings::password, kPasswordPolicy)),
    Word("MfaConfiguration", &PoolSettings::mfa, kMfaModes),
    Word("UserPoolTier", &PoolSettings::tier, kPoolTiers),
    Word("DeletionProtection", &PoolSettings::deletion_protected, kActive),
    Within("AdminCreateUserConfig",
           Member("AllowAdminCreateUserOnly", &PoolSettings::only_administrators_create_users),
           Part("InviteMessageTemplate", &PoolSettings::invitation, kInvitationTexts)),
    Within("UsernameConfiguration",
           Member("CaseSensitive", &PoolSettings::case_sensitive_names, true)),
    Member("UsernameAttributes", &PoolSettings::username_attributes),
    Member("AliasAttributes", &PoolSettings::alias_attributes),
    Member("AutoVerifiedAttributes", &PoolSettings::auto_verified),
    Within("UserAttributeUpdateSettings", Member("AttributesRequireVerificationBeforeUpdate",
                                                 &PoolSettings::verified_before_update)),
    Within("AccountRecoverySetting",
           Parts("RecoveryMechanisms", &PoolSettings::recovery, kRankedRecovery)),
    Parts(kSchemaMember, &PoolSettings::schema, kSchemaAttribute),
    Inline(&PoolSettings::verification, kVerificationTexts),
    Within("EmailConfiguration", Member("From", &PoolSettings::mail_from),
           Member("ReplyToEmailAddress", &PoolSettings::mail_reply_to)),
    Member(kHooksMember, &PoolSettings::hook_functions),
    Within(kHooksMember, Member("KMSKeyID", &PoolSettings::sender_key_id)),
    Member(kDomainMember, &PoolSettings::domain),
    Member(kCustomDomainMember, &PoolSettings::custom_domain),
    Within(kTagsMember,
           Word("sallyport:revoke-on-password-change", &PoolSettings::revoke_on_password_change,
                kUnlessFalse, true),
           Word("sallyport:revoke-on-refresh-token-reuse",
                &PoolSettings::revoke_on_refresh_token_reuse, kIfTrue),
           Word("sallyport:at-session-limit", &PoolSettings::refuses_at_session_limit, kIfRefuse),
           Word("sallyport:claims", &PoolSettings::claims_as_openid, kIfOpenId)));

}  // namespace

std::string_view TriggerName(Trigger trigger) {
  return kTriggerRows.at(static_cast<size_t>(trigger)).name;
}

bool AttributeSet::Has(std::string_view attribute) const {
  return (email && attribute == "email") || (phone_number && attribute == "phone_number") ||
         (preferred_username && attribute == "preferred_username");
}

const SchemaAttribute* PoolSettings::Attribute(std::string_view name) const {
  const auto found =
      std::find_if(schema.begin(), schema.end(),
                   [name](const SchemaAttribute& attribute) { return attribute.name == name; });
  return found != schema.end() ? &*found : nullptr;
}

bool PoolSettings::RecoversByCode() const {
  return std::any_of(recovery.begin(), recovery.end(), [](const RankedRecovery& way) {
    return way.mechanism != RecoveryMechanism::kAdministratorOnly;
  });
}

PoolSettings ReadPoolSettings(const json::object& description) {
  PoolSettings settings = kPoolSettings.Read(description);
  std::stable_sort(
      settings.recovery.begin(), settings.recovery.end(),
      [](const RankedRecovery& a, const RankedRecovery& b) { return a.priority < b.priority; });
  return settings;
}

}  // namespace sallyport::domain
