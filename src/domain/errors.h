// Errors: every sentence that callers read, with its code. Each stands here once, ordered by
// subject.
//
//   return error::kUserDisabled();
//   return error::kNoSuchPool.Because("it was deleted meanwhile", id);
//
// Some sentences are only parts of others.
#pragma once

#include <string>
#include <utility>

#include "base/error_codes.h"
#include "base/result.h"
#include "base/sentence.h"

namespace sallyport::domain::error {

namespace code = base::code;
using base::Sentence;

// One sentence a line.
// clang-format off

// AWS's sentences, letter for letter, slips included. They come from AWS's recorded answers, from
// its documents, and from answers that its users have published. Do not change them.

// Access tokens and client secrets: who is calling.
inline constexpr Sentence<0> kInvalidAccessToken{code::kNotAuthorized, "Invalid Access Token"};
inline constexpr Sentence<0> kAccessTokenExpired{code::kNotAuthorized, "Access Token has expired"};
inline constexpr Sentence<0> kAccessTokenRevoked{code::kNotAuthorized, "Access Token has been revoked"};
inline constexpr Sentence<0> kAccessTokenLacksScopes{code::kNotAuthorized, "Access Token does not have required scopes"};
inline constexpr Sentence<1> kSecretHashMissing{code::kNotAuthorized, "Client {} is configured with secret but SECRET_HASH was not received"};
inline constexpr Sentence<1> kSecretHashWrong{code::kNotAuthorized, "Unable to verify secret hash for client {}"};
inline constexpr Sentence<1> kRevokerUnknown{code::kUnauthorized, "User pool client {} does not exist."};

// Limits: how often somebody is calling.
inline constexpr Sentence<0> kRateExceeded{code::kTooManyRequests, "Rate exceeded"};
inline constexpr Sentence<0> kTooManyRequests{code::kTooManyRequests, "Too many requests"};
inline constexpr Sentence<0> kAttemptLimit{code::kLimitExceeded, "Attempt limit exceeded, please try after some time."};

// The form of a call.
inline constexpr Sentence<0> kUnreadableJson{code::kSerialization, ""};
inline constexpr Sentence<0> kUnexpectedList{code::kSerialization, "Start of list found where not expected"};
inline constexpr Sentence<0> kUnexpectedStructure{code::kSerialization, "Start of structure or map found where not expected."};
inline constexpr Sentence<0> kExpectedNull{code::kSerialization, "Expected null"};
inline constexpr Sentence<0> kExpectedList{code::kSerialization, "Expected list or null"};
inline constexpr Sentence<0> kExpectedMap{code::kSerialization, "Expected map or null"};
inline constexpr Sentence<2> kNotConvertible{code::kSerialization, "{} can not be converted to {}"};
inline constexpr Sentence<1> kViolation{code::kInvalidParameter, "1 validation error detected: {}"};
inline constexpr Sentence<2> kViolations{code::kInvalidParameter, "{} validation errors detected: {}"};
inline constexpr Sentence<4> kOutOfRange{code::kInvalidParameter, "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must have value {} than or equal to {}"};
inline constexpr Sentence<2> kUnsatisfied{code::kInvalidParameter, "1 validation error detected: Value at '{}' failed to satisfy constraint: Member must {}"};
inline constexpr Sentence<1> kMissingParameter{code::kInvalidParameter, "Missing required parameter {}"};
inline constexpr Sentence<0> kInvalidPaginationToken{code::kInvalidParameter, "Invalid pagination token."};
inline constexpr Sentence<0> kFilterUnreadable{code::kInvalidParameter, "Error while parsing filter"};
inline constexpr Sentence<1> kNotSearchable{code::kInvalidParameter, "Invalid search attribute: {}"};

// Things that do not exist, or exist already.
inline constexpr Sentence<1> kNoSuchPool{code::kResourceNotFound, "User pool {} does not exist."};
inline constexpr Sentence<1> kNoSuchClient{code::kResourceNotFound, "User pool client {} does not exist."};
inline constexpr Sentence<1> kNoSuchClientSecret{code::kResourceNotFound, "Client secret {} does not exist."};
inline constexpr Sentence<0> kNoSuchGroup{code::kResourceNotFound, "Group not found."};
inline constexpr Sentence<1> kNoSuchResourceServer{code::kResourceNotFound, "Resource server {} does not exist."};
inline constexpr Sentence<1> kNoSuchResource{code::kResourceNotFound, "Resource {} does not exist."};
inline constexpr Sentence<1> kNoSuchSession{code::kResourceNotFound, "Session {} does not exist."};
inline constexpr Sentence<0> kNoSuchUser{code::kUserNotFound, "User does not exist."};
inline constexpr Sentence<0> kNoSuchCombination{code::kUserNotFound, "Username/client id combination not found."};
inline constexpr Sentence<0> kUsernameTaken{code::kUsernameExists, "User already exists"};
inline constexpr Sentence<0> kAccountTaken{code::kUsernameExists, "User account already exists"};
inline constexpr Sentence<1> kGroupTaken{code::kGroupExists, "A group with the name {} already exists."};
inline constexpr Sentence<1> kAliasTaken{code::kAliasExists, "An account with the {} already exists."};
inline constexpr Sentence<1> kGivenAliasTaken{code::kAliasExists, "An account with the given {} already exists."};
inline constexpr Sentence<1> kGivenUsernameTaken{code::kUsernameExists, "An account with the given {} already exists."};
inline constexpr Sentence<2> kResourceServerTaken{code::kInvalidParameter, "{} already exists in user pool {}."};
inline constexpr Sentence<1> kNoSuchScope{code::kScopeDoesNotExist, "Invalid scope requested: {}"};

// Signing in.
inline constexpr Sentence<0> kIncorrectUsernameOrPassword{code::kNotAuthorized, "Incorrect username or password."};
inline constexpr Sentence<0> kPasswordAttemptsExceeded{code::kNotAuthorized, "Password attempts exceeded"};
inline constexpr Sentence<0> kUserDisabled{code::kNotAuthorized, "User is disabled."};
inline constexpr Sentence<0> kUserNotConfirmed{code::kUserNotConfirmed, "User is not confirmed."};
inline constexpr Sentence<0> kPasswordResetRequired{code::kPasswordResetRequired, "Password reset required for the user"};
inline constexpr Sentence<0> kTemporaryPasswordExpired{code::kNotAuthorized, "Temporary password has expired and must be reset by an administrator."};
inline constexpr Sentence<0> kInvalidSession{code::kNotAuthorized, "Invalid session for the user."};
inline constexpr Sentence<0> kSessionExpired{code::kNotAuthorized, "Invalid session for the user, session is expired."};
inline constexpr Sentence<0> kSessionUsed{code::kNotAuthorized, "Invalid session for the user, session can only be used once."};
inline constexpr Sentence<0> kFlowNotSupported{code::kInvalidParameter, "Initiate Auth method not supported."};
inline constexpr Sentence<0> kSrpNotEnabled{code::kInvalidParameter, "USER_SRP_AUTH is not enabled for the client."};
inline constexpr Sentence<0> kAdminFlowNotEnabled{code::kInvalidParameter, "Auth flow not enabled for this client"};
inline constexpr Sentence<1> kFlowNotEnabled{code::kInvalidParameter, "{} flow not enabled for this client"};
inline constexpr Sentence<0> kTimestampUnreadable{code::kInvalidParameter, "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english."};
inline constexpr Sentence<1> kAttributeStillMissing{code::kInvalidParameter, "Invalid attributes given, {} is missing"};
inline constexpr Sentence<1> kAttributeAlreadyProvided{code::kNotAuthorized, "Cannot modify an already provided {}"};
inline constexpr Sentence<0> kCustomAuthNotConfigured{code::kInvalidParameter, "Custom auth lambda trigger is not configured for the user pool."};

// Refreshing and revoking.
inline constexpr Sentence<0> kInvalidRefreshToken{code::kNotAuthorized, "Invalid Refresh Token"};
inline constexpr Sentence<0> kRefreshTokenExpired{code::kNotAuthorized, "Refresh Token has expired"};
inline constexpr Sentence<0> kRefreshTokenRevoked{code::kNotAuthorized, "Refresh Token has been revoked"};
inline constexpr Sentence<0> kRefreshTokenReused{code::kRefreshTokenReuse, "Refresh token has been invalidated by rotation"};
inline constexpr Sentence<0> kRevocationNotEnabled{code::kUnsupportedOperation, "Token revocation is not enabled for this client"};
inline constexpr Sentence<0> kUnsupportedTokenType{code::kUnsupportedTokenType, "Unsupported token type"};

// Sign-ups, codes and passwords.
inline constexpr Sentence<0> kSignUpNotPermitted{code::kNotAuthorized, "SignUp is not permitted for this user pool"};
inline constexpr Sentence<1> kCannotBeConfirmed{code::kNotAuthorized, "User cannot be confirmed. Current status is {}"};
inline constexpr Sentence<0> kAlreadyConfirmed{code::kInvalidParameter, "User is already confirmed."};
inline constexpr Sentence<0> kAutoVerificationOff{code::kInvalidParameter, "Cannot resend codes. Auto verification not turned on."};
inline constexpr Sentence<1> kResendNotPossible{code::kUnsupportedUserState, "Resend not possible. {} status is not FORCE_CHANGE_PASSWORD"};
inline constexpr Sentence<0> kCodeMismatch{code::kCodeMismatch, "Invalid verification code provided, please try again."};
inline constexpr Sentence<0> kCodeExpired{code::kExpiredCode, "Invalid code provided, please request a code again."};
inline constexpr Sentence<0> kResetNotPossible{code::kNotAuthorized, "User password cannot be reset in the current state."};
inline constexpr Sentence<0> kContactAdministrator{code::kNotAuthorized, "Contact administrator to reset password."};
inline constexpr Sentence<0> kNoRecoveryAddress{code::kInvalidParameter, "Cannot reset password for the user as there is no registered/verified email or phone_number"};
inline constexpr Sentence<0> kPasswordTooShort{code::kInvalidPassword, "Password did not conform with policy: Password not long enough"};
inline constexpr Sentence<0> kPasswordHasOuterSpace{code::kInvalidPassword, "Password did not conform with policy: Password must not have leading or trailing spaces"};
inline constexpr Sentence<0> kPasswordLacksLowercase{code::kInvalidPassword, "Password did not conform with policy: Password must have lowercase characters"};
inline constexpr Sentence<0> kPasswordLacksUppercase{code::kInvalidPassword, "Password did not conform with policy: Password must have uppercase characters"};
inline constexpr Sentence<0> kPasswordLacksNumber{code::kInvalidPassword, "Password did not conform with policy: Password must have numeric characters"};
inline constexpr Sentence<0> kPasswordLacksSymbol{code::kInvalidPassword, "Password did not conform with policy: Password must have symbol characters"};
inline constexpr Sentence<0> kPasswordUsedBefore{code::kPasswordHistoryPolicyViolation, "Password has previously been used and cannot be reused."};

// Attributes and names.
inline constexpr Sentence<0> kInvalidEmail{code::kInvalidParameter, "Invalid email address format."};
inline constexpr Sentence<0> kInvalidPhoneNumber{code::kInvalidParameter, "Invalid phone number format."};
inline constexpr Sentence<1> kSchemaMismatch{code::kInvalidParameter, "Attributes did not conform to the schema: {}"};
inline constexpr Sentence<1> kAttributeTypeUnknown{code::kInvalidParameter, "Type for attribute {{}} could not be determined\n"};
inline constexpr Sentence<1> kAttributeMissing{code::kInvalidParameter, "{}: The attribute is required"};
inline constexpr Sentence<0> kNotBoolean{code::kInvalidParameter, "The value must be true or false"};
inline constexpr Sentence<1> kNotNumber{code::kInvalidParameter, "The value {} is not a valid number"};
inline constexpr Sentence<1> kNumberTooSmall{code::kInvalidParameter, "Number must be greater than {}"};
inline constexpr Sentence<1> kNumberTooLarge{code::kInvalidParameter, "Number must be less than {}"};
inline constexpr Sentence<1> kStringTooShort{code::kInvalidParameter, "String must be no shorter than {} characters"};
inline constexpr Sentence<1> kStringTooLong{code::kInvalidParameter, "String must be no longer than {} characters"};
inline constexpr Sentence<1> kAttributeUnknown{code::kInvalidParameter, "user.{}: Attribute does not exist in the schema.\n"};
inline constexpr Sentence<1> kAttributeImmutable{code::kInvalidParameter, "user.{}: Attribute cannot be updated.\n"};
inline constexpr Sentence<1> kAttributeNotDeletable{code::kInvalidParameter, "user.{}: Attribute is required and cannot be deleted.\n"};
inline constexpr Sentence<2> kAttributeMismatch{code::kInvalidParameter, "Attributes did not conform to the schema: {}: {}\n"};
inline constexpr Sentence<0> kAttributeNotWritable{code::kNotAuthorized, "A client attempted to write unauthorized attribute"};
inline constexpr Sentence<0> kUsernameLikeEmail{code::kInvalidParameter, "Username cannot be of email format, since user pool is configured for email alias."};
inline constexpr Sentence<0> kUsernameLikePhoneNumber{code::kInvalidParameter, "Username cannot be of phone number format, since user pool is configured for phone number alias."};
inline constexpr Sentence<0> kUsernameNotAddress{code::kInvalidParameter, "Username should be either an email or a phone number."};
inline constexpr Sentence<0> kUsernameNotEmail{code::kInvalidParameter, "Username should be an email."};
inline constexpr Sentence<0> kUsernameNotPhoneNumber{code::kInvalidParameter, "Username should be a phone number."};
inline constexpr Sentence<2> kAddressIsUsername{code::kInvalidParameter, "User {} should be empty or same as username, since username attribute is {}."};
inline constexpr Sentence<1> kNothingToVerify{code::kInvalidParameter, "User has no {} to verify."};

// A pool's functions.
inline constexpr Sentence<2> kHookFailed{code::kUserLambdaValidation, "{} failed with error {}."};
inline constexpr Sentence<0> kNoVerifyChallengeHook{code::kUserLambdaValidation, "VerifyAuthChallengeResponse failed with error Verify challenge lambda cannot be called."};
inline constexpr Sentence<0> kNoCreateChallengeHook{code::kUserLambdaValidation, "CreateAuthChallenge failed with error Generate callenges lambda cannot be called.."};
inline constexpr Sentence<1> kHookTimedOut{code::kUnexpectedLambda, "{} invocation failed due to error Socket timeout while invoking Lambda function."};
inline constexpr Sentence<2> kHookNotInvoked{code::kUnexpectedLambda, "{} invocation failed due to error {}."};
inline constexpr Sentence<0> kHookAnswerNoJson{code::kInvalidLambdaResponse, "Invalid lambda function output : Invalid JSON"};
inline constexpr Sentence<0> kHookAnswerUnrecognized{code::kInvalidLambdaResponse, "Unrecognizable lambda output"};
inline constexpr Sentence<0> kAutoVerifiedUnconfirmed{code::kInvalidLambdaResponse, "Phone or email cannot be auto verified, when user is not being auto confirmed."};
inline constexpr Sentence<0> kAutoVerifiedNoEmail{code::kInvalidLambdaResponse, "Email cannot be auto verified, when user has no email."};
inline constexpr Sentence<0> kAutoVerifiedNoPhoneNumber{code::kInvalidLambdaResponse, "Phone cannot be auto verified, when user has no phone number."};
inline constexpr Sentence<1> kMigrationFailed{code::kUserNotFound, "Exception migrating user in app client {}"};

// User pools.
inline constexpr Sentence<0> kAliasOrUsernameAttributes{code::kInvalidParameter, "Only one of the aliasAttributes or usernameAttributes can be set in a User pool."};
inline constexpr Sentence<0> kDeletionProtected{code::kInvalidParameter, "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first."};
inline constexpr Sentence<0> kPoolHasDomain{code::kInvalidParameter, "User pool cannot be deleted. It has a domain configured that should be deleted first."};
inline constexpr Sentence<0> kPasswordNotFirstFactor{code::kInvalidParameter, "Password should be configured as one of the allowed first auth factors."};
inline constexpr Sentence<0> kAdminOnlyBesideOthers{code::kInvalidParameter, "Invalid account recovery setting parameter. Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms."};
inline constexpr Sentence<0> kMfaOffAndConfigured{code::kInvalidParameter, "Invalid MFA configuration given, can't turn off MFA and configure an MFA together."};
inline constexpr Sentence<0> kMfaWithoutFactor{code::kInvalidParameter, "Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration."};
inline constexpr Sentence<3> kMaxSmallerThanMin{code::kInvalidParameter, "Attribute {} cannot have a max {} smaller than it's min {}"};
inline constexpr Sentence<2> kInvalidConstraints{code::kInvalidParameter, "Invalid {} for schema attribute {}"};
inline constexpr Sentence<2> kLengthAboveGreatest{code::kInvalidParameter, "user.{}: String attributes cannot have a length of more than {}"};
inline constexpr Sentence<0> kAttributeTypeMissing{code::kInvalidParameter, "Invalid AttributeDataType input, consider using the provided AttributeDataType enum."};
inline constexpr Sentence<1> kStandardAttributeFixed{code::kInvalidParameter, "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute {}"};
inline constexpr Sentence<0> kRequiredCustomAttribute{code::kInvalidParameter, "Required custom attributes are not supported currently."};
inline constexpr Sentence<0> kAttributeNameMissing{code::kInvalidParameter, "Attribute name is required."};
inline constexpr Sentence<1> kAttributeNamedTwice{code::kInvalidParameter, "Duplicate custom attribute names {} are not allowed in a user pool schema."};
inline constexpr Sentence<2> kAttributeTaken{code::kInvalidParameter, "{}: Existing attribute already has name {}."};

// App clients.
inline constexpr Sentence<0> kTokenValidityOutOfRange{code::kInvalidParameter, "Invalid range for token validity."};
inline constexpr Sentence<0> kFlowsOldAndNew{code::kInvalidParameter, "Values having ALLOW_ prefix in ExplicitAuthFlows can not be used together with values without it."};
inline constexpr Sentence<0> kRotationForbidsRefreshFlow{code::kInvalidParameter, "ALLOW_REFRESH_TOKEN_AUTH is not a permitted ExplicitAuthFlow when refresh token rotation is enabled."};
inline constexpr Sentence<0> kInvalidReadAttributes{code::kInvalidParameter, "Invalid read attributes specified while creating a client"};
inline constexpr Sentence<0> kInvalidWriteAttributes{code::kInvalidParameter, "Invalid write attributes specified while creating a client"};
inline constexpr Sentence<0> kClientCredentialsWithOthers{code::kInvalidOAuthFlow, "client_credentials flow can not be selected along with code flow or implicit flow."};
inline constexpr Sentence<0> kClientCredentialsWithoutSecret{code::kInvalidOAuthFlow, "client_credentials flow can not be selected if client does not have a client secret."};
inline constexpr Sentence<1> kScopeNotForClientCredentials{code::kInvalidOAuthFlow, "{} is not supported with client_credentials flow"};
inline constexpr Sentence<0> kOAuthFlowsMissing{code::kInvalidParameter, "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows."};
inline constexpr Sentence<0> kOAuthFlowsNotAllowed{code::kInvalidParameter, "AllowedOAuthFlows and AllowedOAuthScopes can be set only if user pool client is allowed to use OAuth flows."};
inline constexpr Sentence<0> kCallbackUrlsMissing{code::kInvalidOAuthFlow, "CallbackUrls can not be empty when code flow or implicit flow is selected"};
inline constexpr Sentence<1> kDefaultRedirectUnknown{code::kInvalidParameter, "The default redirect URI {} is not in the callback URIs list."};
inline constexpr Sentence<1> kUrlUnusable{code::kInvalidParameter, "{} cannot be used. It must be an absolute URI without a fragment, and its scheme must be one to which a browser can be redirected."};
inline constexpr Sentence<1> kHttpUrl{code::kInvalidParameter, "{} cannot use the HTTP protocol."};
inline constexpr Sentence<1> kLogoutUrlNoSetting{code::kInvalidParameter, "{} is not a setting of LogoutURLs. There are two that begin with sallyport: sallyport:back-channel:URL and sallyport:client-key:JWK."};
inline constexpr Sentence<0> kClientKeyUnusable{code::kInvalidParameter, "What follows sallyport:client-key: in LogoutURLs must be an RSA key for RS256 as a JWK (kty, n, e, kid) of 2048 to 4096 bits, without its private members, and no two keys may have the same kid."};
inline constexpr Sentence<0> kClientKeyWithoutSecret{code::kInvalidParameter, "sallyport:client-key: in LogoutURLs needs an app client with a secret: Cognito's API does not know such keys, and treats a client without a secret as a public one."};
inline constexpr Sentence<0> kBackChannelUriTwice{code::kInvalidParameter, "LogoutURLs can have sallyport:back-channel: only once."};
inline constexpr Sentence<1> kBackChannelUriUnusable{code::kInvalidParameter, "{} cannot be used for sallyport:back-channel: in LogoutURLs. It must be a URL that begins with https://, or with http:// and an address of this machine, and has no fragment."};
inline constexpr Sentence<2> kNoSuchProvider{code::kInvalidParameter, "The provider {} does not exist for User Pool {}"};
inline constexpr Sentence<1> kClientHasNoSecret{code::kInvalidParameter, "User pool client {} does not have a client secret."};
inline constexpr Sentence<0> kLastClientSecret{code::kInvalidParameter, "You cannot delete the last remaining secret for an app client."};

// Domains.
inline constexpr Sentence<1> kInvalidCustomDomain{code::kInvalidParameter, "Custom domain is not a valid subdomain: {}"};
inline constexpr Sentence<0> kInvalidDomainPrefix{code::kInvalidParameter, "The domain name contains an invalid character. Domain names can only contain lower-case letters, numbers, and hyphens. Please enter a different name that follows this format: ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$"};
inline constexpr Sentence<1> kReservedDomainWord{code::kInvalidParameter, "Domain cannot contain reserved word: {}"};
inline constexpr Sentence<0> kNoSuchDomain{code::kInvalidParameter, "No such domain or user pool exists."};
inline constexpr Sentence<0> kDomainTaken{code::kInvalidParameter, "Domain already associated with another user pool."};
inline constexpr Sentence<0> kPoolHasDomainAlready{code::kInvalidParameter, "User pool already has a domain configured."};

// User imports.
inline constexpr Sentence<0> kImportNothingVerified{code::kInvalidParameter, "The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true)."};

// Signature Version 4.
inline constexpr Sentence<0> kNotSigned{code::kMissingAuthenticationToken, "Missing Authentication Token"};
inline constexpr Sentence<0> kUnknownAccessKey{code::kUnrecognizedClient, "The security token included in the request is invalid."};
inline constexpr Sentence<0> kSignatureMismatch{code::kInvalidSignature, "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."};
inline constexpr Sentence<3> kSignatureExpired{code::kInvalidSignature, "Signature expired: {} is now earlier than {} ({} - 5 min.)"};
inline constexpr Sentence<3> kSignatureNotYetCurrent{code::kInvalidSignature, "Signature not yet current: {} is still later than {} ({} + 5 min.)"};
inline constexpr Sentence<2> kWrongTerminator{code::kInvalidSignature, "Credential should be scoped with a valid terminator: '{}', not '{}'."};
inline constexpr Sentence<1> kWrongService{code::kInvalidSignature, "Credential should be scoped to correct service: '{}'."};
inline constexpr Sentence<0> kWrongRegion{code::kInvalidSignature, "Credential should be scoped to a valid region."};
inline constexpr Sentence<3> kWrongDate{code::kInvalidSignature, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}', from '{}'."};
inline constexpr Sentence<0> kHostNotSigned{code::kInvalidSignature, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."};
inline constexpr Sentence<1> kHeaderNotSigned{code::kInvalidSignature, "'{}' must be a 'SignedHeader' in the AWS Authorization."};
inline constexpr Sentence<1> kDateNotBasic{code::kIncompleteSignature, "Date must be in ISO-8601 'basic format'. Got '{}'. See http://en.wikipedia.org/wiki/ISO_8601"};
inline constexpr Sentence<0> kDateMissing{code::kIncompleteSignature, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."};
inline constexpr Sentence<1> kUnsupportedAlgorithm{code::kIncompleteSignature, "Unsupported AWS 'algorithm'. {}"};
inline constexpr Sentence<1> kInvalidKeyValuePair{code::kIncompleteSignature, "Invalid key=value pair (missing equal-sign) in {}."};
inline constexpr Sentence<1> kParameterMissing{code::kIncompleteSignature, "Authorization header requires '{}' parameter. "};
inline constexpr Sentence<2> kParametersMissing{code::kIncompleteSignature, "{}{}"};
inline constexpr Sentence<1> kCredentialIncomplete{code::kIncompleteSignature, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term. {}"};

// userInfo.
inline constexpr Sentence<0> kUserInfoBadRequest{code::oauth::kInvalidRequest, "Bad OAuth2 request at UserInfo Endpoint"};
inline constexpr Sentence<0> kUserInfoTokenEnded{code::oauth::kInvalidToken, "Access token is expired, disabled, or deleted, or the user has globally signed out."};
inline constexpr Sentence<0> kUserInfoLacksOpenid{code::oauth::kInvalidToken, "Access token does not contain openid scope"};

// Sallyport's own sentences: for what AWS does not have, and where it is not known what AWS says.

// Operations that this server does not implement.
inline constexpr Sentence<0> kUnknownOperation{code::kUnknownOperation, "The operation is not known."};
inline constexpr Sentence<1> kOperationNotBuilt{code::kOperationNotBuilt, "The operation {} is not built in this version of Sallyport."};

// Settings that would protect somebody, or promise something, but have no effect here
// (operations/pools/settings_table.h): why they are refused, and what to do instead.
inline constexpr Sentence<2> kSettingNotSupported{code::kInvalidParameter, "{} is not supported. {}"};
inline constexpr Sentence<0> kNoKms{code::kInvalidParameter, "This version encrypts its secrets with a key of its own, which is in a file beside the store, and would not use a KMS key. Leave it out, or use AWS_OWNED_KEY."};
inline constexpr Sentence<0> kNoRiskDetection{code::kInvalidParameter, "This version does not look for compromised passwords or unusual sign-ins, so nobody would be protected or told. Use OFF, or leave it out."};
inline constexpr Sentence<0> kNoRiskDetectionInFlows{code::kInvalidParameter, "This version does not look for compromised passwords or unusual sign-ins, so nobody would be protected or told. Leave it out."};
inline constexpr Sentence<0> kNoPinpoint{code::kInvalidParameter, "This version sends no events to Amazon Pinpoint. Leave it out."};
inline constexpr Sentence<0> kNoSecondFactorAsked{code::kInvalidParameter, "This version cannot ask for a second factor, so nobody could sign in. Use OPTIONAL or OFF."};
inline constexpr Sentence<0> kNoDevices{code::kInvalidParameter, "This version does not remember devices, so it could not tell a new device from a known one. Use false, or leave it out."};
inline constexpr Sentence<0> kOneIssuer{code::kInvalidParameter, "The issuer in this version's tokens is determined by --public-url and --issuer-style alone, so this setting would not change it. Use ORIGINAL, or leave it out."};
inline constexpr Sentence<0> kNoAcr{code::kInvalidParameter, "This version's tokens do not have the claim acr, so an app that asks for an authentication level would never find it. Leave it out."};
inline constexpr Sentence<0> kNoSecretsManager{code::kInvalidParameter, "This version does not call AWS Secrets Manager, so the secret would not be stored there. Use false, or leave it out, and take the secret from the answer."};
inline constexpr Sentence<1> kSettingNotOneLine{code::kInvalidParameter, "{} must be one line, without control characters: it becomes a header of mails."};
inline constexpr Sentence<1> kUnknownMember{code::kInvalidParameter, "The member {} is not known to this version, and would have no effect. Leave it out."};
inline constexpr Sentence<2> kMisspeltMember{code::kInvalidParameter, "The member {} is not known to this version, and would have no effect. Did you mean {}?"};
inline constexpr Sentence<2> kTagNoSetting{code::kInvalidParameter, "Tag {} is not a setting of this server. The settings are: {}."};
inline constexpr Sentence<3> kTagValue{code::kInvalidParameter, "Tag {} must be {} or {}."};
inline constexpr Sentence<0> kEmailWithoutSource{code::kInvalidParameter, "EmailConfiguration.SourceArn is required where EmailSendingAccount is DEVELOPER."};
inline constexpr Sentence<0> kNoSecondFactor{code::kInvalidUserPoolConfiguration, "The user pool requires MFA, and this version of Sallyport cannot ask for a second factor: nobody can sign in by a password alone. An administrator can set MfaConfiguration to OPTIONAL or OFF."};

// Ceilings (domain/limits/ceilings.h).
inline constexpr Sentence<0> kTooManySignUps{code::kTooManyRequests, "Too many sign-ups wait to be confirmed. Please try again later."};
inline constexpr Sentence<0> kTooManyCodes{code::kTooManyRequests, "Too many codes are waiting to be used. Please try again later."};
inline constexpr Sentence<0> kTooManySignIns{code::kTooManyRequests, "Too many sign-ins are under way. Please try again later."};
inline constexpr Sentence<0> kTooManyMessagesWaiting{code::kTooManyRequests, "Too many messages are waiting to be delivered. Please try again later."};
inline constexpr Sentence<0> kTooManyMessagesHeld{code::kTooManyRequests, "Too many messages are waiting to be read. Please try again later."};

// Clients' secrets, sign-ins, sessions.
inline constexpr Sentence<1> kClientSecretWrong{code::kNotAuthorized, "Unable to verify secret for client {}"};
inline constexpr Sentence<1> kRevokerSecretWrong{code::kUnauthorized, "Unable to verify secret for client {}"};
inline constexpr Sentence<1> kTokenOfAnotherClient{code::kUnauthorized, "The token was not issued to client {}"};
inline constexpr Sentence<0> kSrpAInvalid{code::kInvalidParameter, "SRP_A is invalid."};
inline constexpr Sentence<0> kSessionLimit{code::kNotAuthorized, "The user has reached the limit of active sessions."};
inline constexpr Sentence<1> kSessionsNotTracked{code::kOperationNotEnabled, "User session tracking is not enabled for user pool {}."};
inline constexpr Sentence<0> kNoSessionManagement{code::kFeatureUnavailableInTier, "Session management is not available in the LITE tier."};
inline constexpr Sentence<0> kOwnSession{code::kInvalidParameter, "The session that the access token belongs to cannot be revoked."};
inline constexpr Sentence<0> kClientTokenFlowNotEnabled{code::kNotAuthorized, "CLIENT_TOKEN_AUTH flow not enabled for this client"};
inline constexpr Sentence<1> kScopeNotAllowed{code::kInvalidParameter, "Invalid scope requested: {}"};
inline constexpr Sentence<0> kNoCodeForAttribute{code::kInvalidParameter, "Only email and phone_number can be verified by a code."};
inline constexpr Sentence<1> kTokenTooLong{code::kInvalidParameter, "The access token would have more than {} bytes, and nothing would accept it: the user is in too many groups, or their names are too long."};

// Names.
inline constexpr Sentence<0> kUsernameUnseen{code::kInvalidParameter, "Username must have at least one visible character."};
inline constexpr Sentence<0> kValueWithNul{code::kInvalidParameter, "The value must not contain the character U+0000"};
inline constexpr Sentence<0> kValueUnseen{code::kInvalidParameter, "The value must have at least one visible character"};

// Passwords.
inline constexpr Sentence<0> kPasswordTooLong{code::kInvalidPassword, "Password did not conform with policy: Password too long"};
inline constexpr Sentence<0> kPasswordHasLineBreak{code::kInvalidPassword, "Password did not conform with policy: Password must not have line breaks"};

// A pool's functions.
inline constexpr Sentence<0> kMigrationBadMessageAction{code::kUserNotFound, "Exception during user migration: Invalid messageAction"};
inline constexpr Sentence<0> kMigrationBadMediums{code::kUserNotFound, "Exception during user migration: Invalid desiredDeliveryMediums"};
inline constexpr Sentence<0> kMigrationBadStatus{code::kUserNotFound, "Exception during user migration: Invalid finalUserStatus"};
inline constexpr Sentence<0> kPreTokenGenerationsDiffer{code::kInvalidParameter, "PreTokenGeneration and the LambdaArn of PreTokenGenerationConfig must be identical."};
inline constexpr Sentence<0> kNoTokenCustomization{code::kFeatureUnavailableInTier, "Access token customization is not available in the Lite tier."};
inline constexpr Sentence<0> kSenderWithoutKey{code::kInvalidParameter, "KMSKeyID is required for CustomEmailSender and CustomSMSSender."};

// Pools, clients, groups.
inline constexpr Sentence<0> kWrongCredentialRegion{code::kInvalidParameter, "The credential scope's region is invalid."};
inline constexpr Sentence<1> kTooManyCustomAttributes{code::kInvalidParameter, "The user pool's schema has more than {} custom attributes."};
inline constexpr Sentence<1> kNotAutoVerified{code::kInvalidParameter, "AttributesRequireVerificationBeforeUpdate may only have attributes that AutoVerifiedAttributes has: {}"};
inline constexpr Sentence<1> kTooManyTags{code::kInvalidParameter, "A user pool can have at most {} tags."};
inline constexpr Sentence<1> kTooManyGroups{code::kInvalidParameter, "User cannot be a member of more than {} groups."};
inline constexpr Sentence<1> kScopeNamedTwice{code::kInvalidParameter, "Scope {} is named more than once."};
inline constexpr Sentence<0> kClientTokenFlowWithOthers{code::kInvalidParameter, "ALLOW_CLIENT_TOKEN_AUTH needs a client secret and can not be used together with other values in ExplicitAuthFlows."};
inline constexpr Sentence<2> kTooManyClientSecrets{code::kLimitExceeded, "User pool client {} already has the maximum number of {} secrets."};
inline constexpr Sentence<0> kManagedLoginVersion{code::kInvalidParameter, "ManagedLoginVersion must be 1 or 2."};
inline constexpr Sentence<0> kNoManagedLogin{code::kFeatureUnavailableInTier, "Managed login is not available in the LITE tier."};
inline constexpr Sentence<0> kCertificateOfPrefix{code::kInvalidParameter, "CustomDomainConfig applies to custom domains only."};

// User imports.
inline constexpr Sentence<1> kNoSuchImportJob{code::kResourceNotFound, "User import job {} does not exist."};
inline constexpr Sentence<0> kImportUsernameMissing{code::kInvalidParameter, "cognito:username is required."};
inline constexpr Sentence<0> kImportUsernameSpaces{code::kInvalidParameter, "cognito:username cannot contain spaces or tabs."};
inline constexpr Sentence<0> kTooManyImportJobs{code::kLimitExceeded, "The user pool has the most user import jobs that it may have."};
inline constexpr Sentence<0> kImportNoAutoVerified{code::kPreconditionNotMet, "The user pool has no auto verified attribute: imported users could not reset their passwords."};
inline constexpr Sentence<1> kImportCannotStart{code::kPreconditionNotMet, "The user import job cannot be started: it is {}."};
inline constexpr Sentence<0> kImportNoFile{code::kPreconditionNotMet, "The user import job has no file: upload the CSV file to its PreSignedUrl."};
inline constexpr Sentence<1> kImportNotInProgress{code::kPreconditionNotMet, "The user import job is not in progress: it is {}."};
inline constexpr Sentence<1> kImportTakesNoFile{code::kPreconditionNotMet, "The user import job takes no file any more: it is {}."};
inline constexpr Sentence<0> kImportUrlSignature{code::kNotAuthorized, "The URL's signature does not match."};
inline constexpr Sentence<0> kImportUrlExpired{code::kNotAuthorized, "The URL has expired: create another user import job."};
inline constexpr Sentence<0> kImportFileUnreadable{code::kInvalidParameter, "The CSV file cannot be read"};
inline constexpr Sentence<0> kImportFileNoHeader{code::kInvalidParameter, "The CSV file has no header"};
inline constexpr Sentence<1> kImportUnknownColumn{code::kInvalidParameter, "The CSV header has a column that the user pool does not know: {}"};
inline constexpr Sentence<1> kImportColumnTwice{code::kInvalidParameter, "The CSV header has a column twice: {}"};
inline constexpr Sentence<0> kImportNoUsernameColumn{code::kInvalidParameter, "The CSV header has no column cognito:username"};
inline constexpr Sentence<0> kImportNoHashColumn{code::kInvalidParameter, "The CSV header has no column password_hash"};
inline constexpr Sentence<0> kImportUsernameUnseen{code::kInvalidParameter, "cognito:username has a character that a username cannot have."};
inline constexpr Sentence<0> kImportUsernameTooLong{code::kInvalidParameter, "cognito:username is longer than 128 characters."};
inline constexpr Sentence<0> kImportMfaNotBoolean{code::kInvalidParameter, "cognito:mfa_enabled must be true, false or blank."};
inline constexpr Sentence<0> kImportMfaRequired{code::kInvalidParameter, "cognito:mfa_enabled must be true or blank: the user pool requires MFA."};
inline constexpr Sentence<0> kImportMfaNotBuilt{code::kInvalidParameter, "cognito:mfa_enabled cannot be true: SMS MFA for single users is not built."};
inline constexpr Sentence<0> kImportMfaOff{code::kInvalidParameter, "cognito:mfa_enabled must be false or blank: the user pool has no MFA."};
inline constexpr Sentence<2> kImportVerifiedNothing{code::kInvalidParameter, "{} is required where {}_verified is true."};
inline constexpr Sentence<0> kImportNoHashingAlgorithm{code::kInvalidParameter, "password_hash: the user import job names no PasswordHashingAlgorithm."};
inline constexpr Sentence<1> kImportNoHashOf{code::kInvalidParameter, "password_hash: not a hash of {}."};
inline constexpr Sentence<1> kImportHashTooCostly{code::kInvalidParameter, "password_hash: costs more than is allowed for {}."};

// The OAuth 2.0 endpoints. Many errors have no text, so that a caller does not learn what was
// wrong.
inline constexpr Sentence<0> kInvalidClient{code::oauth::kInvalidClient, ""};
inline constexpr Sentence<0> kInvalidGrant{code::oauth::kInvalidGrant, ""};
inline constexpr Sentence<0> kAuthorizationCodeUsed{code::oauth::kInvalidGrant, "The authorization code was used before. What it had given is revoked."};
inline constexpr Sentence<0> kUnauthorizedClient{code::oauth::kUnauthorizedClient, ""};
inline constexpr Sentence<0> kUnsupportedGrantType{code::oauth::kUnsupportedGrantType, ""};
inline constexpr Sentence<0> kUnsupportedTokenTypeHint{code::oauth::kUnsupportedTokenType, ""};
inline constexpr Sentence<1> kFormParameterMissing{code::oauth::kInvalidRequest, "{} is missing"};
inline constexpr Sentence<0> kAssertionTypeUnknown{code::oauth::kInvalidRequest, "client_assertion and client_assertion_type are used together, and the type must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer"};
inline constexpr Sentence<0> kTwoClientSecrets{code::oauth::kInvalidRequest, "the client must authenticate in one way only: by the Authorization header, by client_secret or by client_assertion"};
inline constexpr Sentence<0> kTwoClientIds{code::oauth::kInvalidRequest, "client_id differs from the Authorization header"};
inline constexpr Sentence<0> kNoForm{code::oauth::kInvalidRequest, "Content-Type must be application/x-www-form-urlencoded"};
inline constexpr Sentence<0> kParametersInTwoPlaces{code::oauth::kInvalidRequest, "there are parameters in the URL and in the body"};
inline constexpr Sentence<0> kTooLongForUrl{code::oauth::kInvalidRequest, "the request is too long for the URL of a page"};
inline constexpr Sentence<0> kFormTooLong{code::oauth::kInvalidRequest, "the parameters are too long"};
inline constexpr Sentence<0> kFormTooManyParameters{code::oauth::kInvalidRequest, "too many parameters"};
inline constexpr Sentence<0> kFormMalformed{code::oauth::kInvalidRequest, "the parameters are malformed"};
inline constexpr Sentence<0> kFormParameterTwice{code::oauth::kInvalidRequest, "a parameter is given more than once"};
inline constexpr Sentence<0> kClientMetadataUnreadable{code::oauth::kInvalidRequest, "aws_client_metadata must be a JSON object whose values are strings"};
inline constexpr Sentence<0> kClientDoesNotRevoke{code::oauth::kInvalidRequest, "Token revocation is not enabled for this client"};
inline constexpr Sentence<1> kFormParameterTooLong{code::oauth::kInvalidRequest, "{} is too long"};
inline constexpr Sentence<0> kAppUnknown{code::oauth::kInvalidRequest, "client_id is not an app client of this user pool"};
inline constexpr Sentence<0> kRedirectUnknown{code::oauth::kInvalidRequest, "redirect_uri is not among the app client's callback URLs, letter for letter"};
inline constexpr Sentence<0> kLogoutUriUnknown{code::oauth::kInvalidRequest, "logout_uri is not among the app client's sign-out URLs, letter for letter"};
inline constexpr Sentence<0> kUnsupportedResponseType{code::oauth::kUnsupportedResponseType, "response_type must be code or token"};
inline constexpr Sentence<0> kResponseModeNotPossible{code::oauth::kInvalidRequest, "response_mode must be fragment, form_post for a web address, or, with response_type code, query"};
inline constexpr Sentence<0> kRequestNotSupported{code::oauth::kRequestNotSupported, ""};
inline constexpr Sentence<0> kRequestUriNotSupported{code::oauth::kRequestUriNotSupported, ""};
inline constexpr Sentence<0> kRegistrationNotSupported{code::oauth::kRegistrationNotSupported, ""};
inline constexpr Sentence<0> kResponseTypeNotAllowed{code::oauth::kUnauthorizedClient, "the app client's AllowedOAuthFlows do not allow this response_type"};
inline constexpr Sentence<0> kNoIdentityProvider{code::oauth::kUnauthorizedClient, "the app client's SupportedIdentityProviders do not list COGNITO"};
inline constexpr Sentence<0> kOtherIdentityProvider{code::oauth::kInvalidRequest, "there is no identity provider but COGNITO: sign-in by others is not built"};
inline constexpr Sentence<0> kScopeNotGranted{code::oauth::kInvalidScope, "a scope is not among the app client's AllowedOAuthScopes"};
inline constexpr Sentence<0> kScopeNotOfSignIn{code::oauth::kInvalidScope, "a scope is not among those of the sign-in"};
inline constexpr Sentence<0> kChallengeWithoutCode{code::oauth::kInvalidRequest, "code_challenge can only be used with response_type code"};
inline constexpr Sentence<0> kChallengeMethodNotS256{code::oauth::kInvalidRequest, "code_challenge_method must be S256"};
inline constexpr Sentence<0> kChallengeMalformed{code::oauth::kInvalidRequest, "code_challenge must be a SHA-256 hash in base64url"};
inline constexpr Sentence<0> kInvalidTarget{code::oauth::kInvalidTarget, "resource must be an absolute URI that begins with https://, http://localhost or an app's own scheme, without a fragment"};
inline constexpr Sentence<0> kOtherTarget{code::oauth::kInvalidTarget, "resource differs from the one in the authorization request"};
inline constexpr Sentence<0> kNoTargetForClients{code::oauth::kInvalidTarget, "resource is for authorization requests: a client's own token has no audience"};
inline constexpr Sentence<0> kClaimsUnreadable{code::oauth::kInvalidRequest, "claims must be a JSON object"};
inline constexpr Sentence<0> kClaimsSubUnreadable{code::oauth::kInvalidRequest, "the parameter claims may ask for sub only by the member value, and that must be a string"};
inline constexpr Sentence<0> kIdTokenHintInvalid{code::oauth::kInvalidRequest, "id_token_hint is not an ID token of this app client"};
inline constexpr Sentence<0> kPromptUnknown{code::oauth::kInvalidRequest, "prompt must be none, login, select_account or consent"};
inline constexpr Sentence<0> kPromptNoneWithOthers{code::oauth::kInvalidRequest, "prompt none cannot be combined with other values"};
inline constexpr Sentence<0> kConsentRefused{code::oauth::kAccessDenied, "the person does not allow what the app asks for"};
inline constexpr Sentence<0> kMaxAgeMalformed{code::oauth::kInvalidRequest, "max_age must be a number of seconds"};
inline constexpr Sentence<0> kLoginRequired{code::oauth::kLoginRequired, ""};
inline constexpr Sentence<0> kOtherUserSignedIn{code::oauth::kLoginRequired, "the user who has signed in is not the user whom the request asks for"};
inline constexpr Sentence<0> kUserInfoOtherPool{code::oauth::kInvalidToken, "Access token was issued by another user pool"};
inline constexpr Sentence<0> kQueueFull{code::oauth::kTemporarilyUnavailable, "Rate exceeded"};

// Sallyport's own endpoints: agents, signing keys, bulk cut-off, outbox, developer page.
inline constexpr Sentence<0> kBodyNotJson{code::kInvalidParameter, "The Content-Type of the body must be application/json."};
inline constexpr Sentence<0> kBodyNotObject{code::kInvalidParameter, "The body must be a JSON object."};
inline constexpr Sentence<0> kQueryNotForm{code::kInvalidParameter, "The query string must be form-encoded (application/x-www-form-urlencoded)."};
inline constexpr Sentence<0> kUnknownAgentAction{code::kInvalidParameter, "Action must be ADD, LIST or REMOVE."};
inline constexpr Sentence<0> kInvalidAgentName{code::kInvalidParameter, "An agent's name is 1 to 64 letters, digits, '.', '-' and '_', and begins with a letter or digit."};
inline constexpr Sentence<1> kServerNotHostPort{code::kInvalidParameter, "The server's address {} is not HOST:PORT."};
inline constexpr Sentence<0> kTooManyServers{code::kInvalidParameter, "The agent cannot be given so many servers."};
inline constexpr Sentence<0> kServerAddressUnknown{code::kInvalidParameter, "The feed listens on every address of its host. Name the one at which the agent can reach it (--server HOST:PORT)."};
inline constexpr Sentence<1> kAgentEnrolled{code::kResourceConflict, "an agent called {} is enrolled already: remove it first, or choose another name"};
inline constexpr Sentence<1> kNoSuchAgent{code::kResourceNotFound, "no agent called {} was ever enrolled"};
inline constexpr Sentence<0> kKeyWithdrawn{code::kInternalError, "The signing key was withdrawn meanwhile."};
inline constexpr Sentence<0> kUnknownKeyAction{code::kInvalidParameter, "Action must be LIST, ROTATE or REPLACE."};
inline constexpr Sentence<2> kRotationUnderWay{code::kResourceConflict, "The keys of user pool {} are being rotated: key {} is published and will sign later. Another rotation can begin when this one has ended."};
inline constexpr Sentence<2> kTooManyKeys{code::kResourceConflict, "User pool {} already has {} keys. The next rotation can begin when the last token that an old key signed has expired."};
inline constexpr Sentence<1> kMemberNotText{code::kInvalidParameter, "{} must be a string."};
inline constexpr Sentence<0> kFilterEmpty{code::kInvalidParameter, "Filter is empty."};
inline constexpr Sentence<0> kLimitOutOfRange{code::kInvalidParameter, "Limit is out of range."};
inline constexpr Sentence<0> kUnknownCutOffAction{code::kInvalidParameter, "Action must be COUNT, SIGN_OUT, DISABLE or DELETE."};
inline constexpr Sentence<0> kUnknownLockOutAction{code::kInvalidParameter, "Action must be SHOW or LIFT."};
inline constexpr Sentence<0> kMetricsNotForCaller{code::kMissingAuthenticationToken, "Metrics are shown to calls that are signed with the server's credentials. Without a signature they are shown only to the user as whom the server runs, on this host, over loopback and not through a proxy; the setting --metrics can widen this. If the server has --operator-listen, they are shown without a signature at that address only."};
inline constexpr Sentence<0> kPageAtOperators{code::kMissingAuthenticationToken, "This page is shown to calls that are signed with the server's credentials, such as those of `sallyport outbox` and `sallyport hook list`. Without a signature it is shown only at the --operator-listen address, over loopback and not through a proxy, to the user as whom the server runs."};
inline constexpr Sentence<0> kPageNotSigned{code::kMissingAuthenticationToken, "This page is shown to calls that are signed with the server's credentials, such as those of `sallyport outbox` and `sallyport hook list`. Without a signature it is shown only to the user as whom the server runs, on this host, over loopback and not through a proxy. If --public-url is not a loopback address, that is possible only at an --operator-listen address."};

// Errors that stop the start of the server; they are never sent to callers.
inline constexpr Sentence<2> kGeoDatabaseUnreadable{code::kInvalidSetting, "geo-database \"{}\": {}"};
inline constexpr Sentence<5> kOtherIssuer{code::kOtherIssuer, "refused: {} would get another issuer, and gates would deny every token: the keys of {} are published under {}, but the settings (--public-url, else the first --listen and --tls-cert; --issuer-style) give {}; go back with {}, or say --new-issuer once: then new keys are made, access and ID tokens signed so far are refused, and gates and apps must be told the new issuer"};

// clang-format on

// Several sentences about attributes in one error, one a line.
inline base::Error InvalidAttributes(std::string problems) {
  return {code::kInvalidParameter, std::move(problems), ""};
}

}  // namespace sallyport::domain::error
