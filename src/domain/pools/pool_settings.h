// PoolSettings: the settings of a user pool that rules depend on, read once from its description
// into typed fields.
//
// A description is what DescribeUserPool answers; it was validated against the model when it was
// written. Every rule that depends on a setting reads it here, and only this file says what holds
// where a member is absent. operations/pools/pool_description.h writes the description. Settings on
// which no rule depends are in the description only; operations/pools/settings_table.h lists all of
// them.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/hooks/trigger.h"
#include "domain/records/record.h"

namespace sallyport::domain {

// MfaConfiguration.
enum class MfaMode { kOff, kOptional, kOn };

// AccountRecoverySetting.
enum class RecoveryMechanism { kAdministratorOnly, kVerifiedEmail, kVerifiedPhoneNumber };
struct RankedRecovery {
  int64_t priority = 0;  // the lowest comes first
  RecoveryMechanism mechanism = RecoveryMechanism::kAdministratorOnly;
};

// DefaultEmailOption: how a mail lets its reader confirm.
enum class VerificationForm { kCode, kLink };

// UserPoolTier.
enum class PoolTier { kEssentials, kLite, kPlus };

// A set of the three attributes that some settings can list: email, phone_number and
// preferred_username.
struct AttributeSet {
  bool email = false;
  bool phone_number = false;
  bool preferred_username = false;

  // False for any other attribute.
  bool Has(std::string_view attribute) const;
  bool none() const { return !email && !phone_number && !preferred_username; }
};

// PasswordPolicy. A pool without one requires all kinds of characters; a pool with one requires the
// kinds that it names.
struct PasswordPolicy {
  int64_t minimum_length = 8;
  bool lowercase = true;
  bool uppercase = true;
  bool numbers = true;
  bool symbols = true;
  // How many of the last passwords, including the present one, a user may not choose again; 0: any
  // may be chosen.
  int64_t history_size = 0;
  int64_t temporary_days = 0;  // TemporaryPasswordValidityDays; 0 means 7
};

// The texts of messages with codes; empty: AWS's own texts.
struct VerificationTexts {
  std::string sms;
  std::string email;
  std::string email_subject;
  std::string email_by_link;
  std::string email_subject_by_link;
  VerificationForm form = VerificationForm::kCode;
};

// The texts of invitations; empty: AWS's own texts.
struct InvitationTexts {
  std::string sms;
  std::string email;
  std::string email_subject;
};

// AttributeDataType.
enum class AttributeType {
  kDateTime,  // stored as it is given
  kString,
  kNumber,
  kBoolean,
};
// A bound as AWS represents it, by a string. A string that is not a whole number sets no bound.
struct Bound {
  std::optional<int64_t> value;
};
// One of SchemaAttributes.
struct SchemaAttribute {
  std::string name;
  AttributeType type = AttributeType::kDateTime;
  bool required = false;
  bool can_change = true;               // Mutable
  Bound least_length, greatest_length;  // of a String, in characters
  Bound least_value, greatest_value;    // of a Number
};

struct PoolSettings {
  PasswordPolicy password;
  MfaMode mfa = MfaMode::kOff;
  PoolTier tier = PoolTier::kEssentials;
  bool deletion_protected = false;
  bool only_administrators_create_users = false;
  // UsernameConfiguration: whether two names that differ only in letter case are different. Where
  // the description has none, Pool::case_sensitive_by_default says.
  bool case_sensitive_names = true;
  AttributeSet username_attributes;
  AttributeSet alias_attributes;
  AttributeSet auto_verified;
  // AttributesRequireVerificationBeforeUpdate: a new value takes effect only when it has been
  // verified.
  AttributeSet verified_before_update;
  std::vector<RankedRecovery> recovery;  // in the order of their priority
  // Whether users who have forgotten their password can set another one by a code. Otherwise only
  // an administrator can.
  bool RecoversByCode() const;
  std::vector<SchemaAttribute> schema;  // in the pool's order
  VerificationTexts verification;
  InvitationTexts invitation;
  std::string mail_from;      // EmailConfiguration.From; empty: the server's own address
  std::string mail_reply_to;  // empty: no Reply-To
  HookFunctions hook_functions;
  std::string sender_key_id;  // KMSKeyID, for custom senders
  std::string domain;         // the pool's prefix domain; empty: none
  std::string custom_domain;  // the pool's custom domain, a host name; empty: none

  // Settings of Sallyport that AWS does not have. They are tags of the pool, "sallyport:...".
  // revoke-on-password-change: with "false" a change of the password leaves the user's sessions
  // alive.
  bool revoke_on_password_change = true;
  // revoke-on-refresh-token-reuse: with "true", a refresh token that was replaced by rotation and
  // is used again after its grace period revokes its family (RFC 9700, section 4.14.2). Cognito
  // refuses the token and leaves the family alive.
  bool revoke_on_refresh_token_reuse = false;
  // at-session-limit: with "refuse", a sign-in at the limit fails, and ends no other session.
  bool refuses_at_session_limit = false;
  // claims: with "openid", the authorization server gives a user's attributes as OpenID Connect has
  // it (domain/tokens/scope.h), and not as Cognito does.
  bool claims_as_openid = false;

  // nullptr: the schema has no attribute of that name.
  const SchemaAttribute* Attribute(std::string_view name) const;
};

PoolSettings ReadPoolSettings(const boost::json::object& description);

// Members of a description that are written apart from the others.
inline constexpr std::string_view kTagsMember = "UserPoolTags";
inline constexpr std::string_view kSchemaMember = "SchemaAttributes";
inline constexpr std::string_view kHooksMember = "LambdaConfig";
inline constexpr std::string_view kDomainMember = "Domain";
inline constexpr std::string_view kCustomDomainMember = "CustomDomain";

// The words of AWS's enumerations, for reading the settings.
inline constexpr WordTable<MfaMode, 3> kMfaModes{
    {{"OFF", MfaMode::kOff}, {"OPTIONAL", MfaMode::kOptional}, {"ON", MfaMode::kOn}}};
inline constexpr WordTable<PoolTier, 3> kPoolTiers{
    {{"LITE", PoolTier::kLite}, {"ESSENTIALS", PoolTier::kEssentials}, {"PLUS", PoolTier::kPlus}}};
inline constexpr WordTable<RecoveryMechanism, 3> kRecoveryMechanisms{
    {{"verified_email", RecoveryMechanism::kVerifiedEmail},
     {"verified_phone_number", RecoveryMechanism::kVerifiedPhoneNumber},
     {"admin_only", RecoveryMechanism::kAdministratorOnly}}};
inline constexpr WordTable<VerificationForm, 2> kVerificationForms{
    {{"CONFIRM_WITH_CODE", VerificationForm::kCode},
     {"CONFIRM_WITH_LINK", VerificationForm::kLink}}};
inline constexpr WordTable<AttributeType, 4> kAttributeTypes{
    {{"String", AttributeType::kString},
     {"Number", AttributeType::kNumber},
     {"DateTime", AttributeType::kDateTime},
     {"Boolean", AttributeType::kBoolean}}};

}  // namespace sallyport::domain
