// PoolSettings: what a user pool's settings decide, read once from its description.
//
// A description is what DescribeUserPool gives: validated against the model when it was written.
// Whatever decides by a setting reads it here, and what holds where a member is absent is said here
// alone; operations/pools/pool_description.h writes the description. Settings that decide nothing
// are in the description alone; operations/pools/settings_table.h lists them all.
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

// Those of the three attributes that a setting may list which it does list.
struct AttributeSet {
  bool email = false;
  bool phone_number = false;
  bool preferred_username = false;

  // False for any other attribute.
  bool Has(std::string_view attribute) const;
  bool none() const { return !email && !phone_number && !preferred_username; }
};

// PasswordPolicy. A pool without one demands all kinds of characters; one with a policy demands
// what the policy names.
struct PasswordPolicy {
  int64_t minimum_length = 8;
  bool lowercase = true;
  bool uppercase = true;
  bool numbers = true;
  bool symbols = true;
  // How many passwords, the present one among them, a user may not take again; 0: any may be.
  int64_t history_size = 0;
  int64_t temporary_days = 0;  // TemporaryPasswordValidityDays; 0: 7
};

// Texts of messages with codes; empty: AWS's own.
struct VerificationTexts {
  std::string sms;
  std::string email;
  std::string email_subject;
  std::string email_by_link;
  std::string email_subject_by_link;
  VerificationForm form = VerificationForm::kCode;
};

// Texts of invitations; empty: AWS's own.
struct InvitationTexts {
  std::string sms;
  std::string email;
  std::string email_subject;
};

// AttributeDataType.
enum class AttributeType {
  kDateTime,  // taken as it is given
  kString,
  kNumber,
  kBoolean,
};
// A bound as AWS has it, which is a text; a text that is not a whole number sets no bound.
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
  // UsernameConfiguration: whether names differ that differ in case alone. What a description
  // without one means, its pool knows (Pool::case_sensitive_by_default).
  bool case_sensitive_names = true;
  AttributeSet username_attributes;
  AttributeSet alias_attributes;
  AttributeSet auto_verified;
  // AttributesRequireVerificationBeforeUpdate: a new value counts once it is verified.
  AttributeSet verified_before_update;
  std::vector<RankedRecovery> recovery;  // in the order of their priority
  std::vector<SchemaAttribute> schema;   // in the pool's order
  VerificationTexts verification;
  InvitationTexts invitation;
  std::string mail_from;      // EmailConfiguration.From; empty: the server's
  std::string mail_reply_to;  // empty: none
  HookFunctions hook_functions;
  std::string sender_key_id;  // KMSKeyID, of custom senders
  std::string domain;         // of the pool's two domains the prefix; empty: none
  std::string custom_domain;  // and the host name; empty: none

  // Settings of this server, which the pool's tags carry ("sallyport:...").
  // revoke-on-password-change: "false" keeps a user's sessions when the password changes.
  bool revoke_on_password_change = true;
  // revoke-on-refresh-token-reuse: "true": a refresh token that was replaced by rotation and comes
  // back after its grace period revokes its family (RFC 9700 section 4.14.2). Cognito refuses it
  // and leaves the family alone.
  bool revoke_on_refresh_token_reuse = false;
  // at-session-limit: "refuse": a sign-in at the limit fails, and ends no other.
  bool refuses_at_session_limit = false;

  // nullptr: the schema has no such attribute.
  const SchemaAttribute* Attribute(std::string_view name) const;
};

PoolSettings ReadPoolSettings(const boost::json::object& description);

// Members of a description that are written apart from the rest.
inline constexpr std::string_view kTagsMember = "UserPoolTags";
inline constexpr std::string_view kSchemaMember = "SchemaAttributes";
inline constexpr std::string_view kHooksMember = "LambdaConfig";
inline constexpr std::string_view kDomainMember = "Domain";
inline constexpr std::string_view kCustomDomainMember = "CustomDomain";

// The words of the enumerations that settings are read from.
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
