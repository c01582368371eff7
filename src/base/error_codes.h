// The codes of errors as they appear on the wire and are compared. No other file may write one out.
#pragma once

namespace sallyport::base::code {

// One code a line.
// clang-format off

// Codes that operations of the Cognito API declare.
inline constexpr char kAccessDenied[] = "AccessDeniedException";
inline constexpr char kAliasExists[] = "AliasExistsException";
inline constexpr char kCachedCIMDURLDoesNotExist[] = "CachedCIMDURLDoesNotExistException";
inline constexpr char kCodeDeliveryFailure[] = "CodeDeliveryFailureException";
inline constexpr char kCodeMismatch[] = "CodeMismatchException";
inline constexpr char kConcurrentModification[] = "ConcurrentModificationException";
inline constexpr char kDeviceKeyExists[] = "DeviceKeyExistsException";
inline constexpr char kDuplicateProvider[] = "DuplicateProviderException";
inline constexpr char kEnableSoftwareTokenMFA[] = "EnableSoftwareTokenMFAException";
inline constexpr char kExpiredCode[] = "ExpiredCodeException";
inline constexpr char kFeatureUnavailableInTier[] = "FeatureUnavailableInTierException";
inline constexpr char kForbidden[] = "ForbiddenException";
inline constexpr char kGroupExists[] = "GroupExistsException";
inline constexpr char kInternalError[] = "InternalErrorException";
inline constexpr char kInternalServer[] = "InternalServerException";
inline constexpr char kInvalidEmailRoleAccessPolicy[] = "InvalidEmailRoleAccessPolicyException";
inline constexpr char kInvalidLambdaResponse[] = "InvalidLambdaResponseException";
inline constexpr char kInvalidOAuthFlow[] = "InvalidOAuthFlowException";
inline constexpr char kInvalidParameter[] = "InvalidParameterException";
inline constexpr char kInvalidPassword[] = "InvalidPasswordException";
inline constexpr char kInvalidSmsRoleAccessPolicy[] = "InvalidSmsRoleAccessPolicyException";
inline constexpr char kInvalidSmsRoleTrustRelationship[] = "InvalidSmsRoleTrustRelationshipException";
inline constexpr char kInvalidUserPoolConfiguration[] = "InvalidUserPoolConfigurationException";
inline constexpr char kLimitExceeded[] = "LimitExceededException";
inline constexpr char kMFAMethodNotFound[] = "MFAMethodNotFoundException";
inline constexpr char kManagedLoginBrandingExists[] = "ManagedLoginBrandingExistsException";
inline constexpr char kNotAuthorized[] = "NotAuthorizedException";
inline constexpr char kOperationNotEnabled[] = "OperationNotEnabledException";
inline constexpr char kPasswordHistoryPolicyViolation[] = "PasswordHistoryPolicyViolationException";
inline constexpr char kPasswordResetRequired[] = "PasswordResetRequiredException";
inline constexpr char kPreconditionNotMet[] = "PreconditionNotMetException";
inline constexpr char kRefreshTokenReuse[] = "RefreshTokenReuseException";
inline constexpr char kResourceNotFound[] = "ResourceNotFoundException";
inline constexpr char kScopeDoesNotExist[] = "ScopeDoesNotExistException";
inline constexpr char kServiceQuotaExceeded[] = "ServiceQuotaExceededException";
inline constexpr char kSoftwareTokenMFANotFound[] = "SoftwareTokenMFANotFoundException";
inline constexpr char kTermsExists[] = "TermsExistsException";
inline constexpr char kTierChangeNotAllowed[] = "TierChangeNotAllowedException";
inline constexpr char kTooManyFailedAttempts[] = "TooManyFailedAttemptsException";
inline constexpr char kTooManyRequests[] = "TooManyRequestsException";
inline constexpr char kUnauthorized[] = "UnauthorizedException";
inline constexpr char kUnexpectedLambda[] = "UnexpectedLambdaException";
inline constexpr char kUnsupportedIdentityProvider[] = "UnsupportedIdentityProviderException";
inline constexpr char kUnsupportedOperation[] = "UnsupportedOperationException";
inline constexpr char kUnsupportedTokenType[] = "UnsupportedTokenTypeException";
inline constexpr char kUnsupportedUserState[] = "UnsupportedUserStateException";
inline constexpr char kUserImportInProgress[] = "UserImportInProgressException";
inline constexpr char kUserLambdaValidation[] = "UserLambdaValidationException";
inline constexpr char kUserNotConfirmed[] = "UserNotConfirmedException";
inline constexpr char kUserNotFound[] = "UserNotFoundException";
inline constexpr char kUserPoolAddOnNotEnabled[] = "UserPoolAddOnNotEnabledException";
inline constexpr char kUserPoolTagging[] = "UserPoolTaggingException";
inline constexpr char kUsernameExists[] = "UsernameExistsException";
inline constexpr char kWebAuthnChallengeNotFound[] = "WebAuthnChallengeNotFoundException";
inline constexpr char kWebAuthnClientMismatch[] = "WebAuthnClientMismatchException";
inline constexpr char kWebAuthnConfigurationMissing[] = "WebAuthnConfigurationMissingException";
inline constexpr char kWebAuthnCredentialNotSupported[] = "WebAuthnCredentialNotSupportedException";
inline constexpr char kWebAuthnNotEnabled[] = "WebAuthnNotEnabledException";
inline constexpr char kWebAuthnOriginNotAllowed[] = "WebAuthnOriginNotAllowedException";
inline constexpr char kWebAuthnRelyingPartyMismatch[] = "WebAuthnRelyingPartyMismatchException";

// AWS's common errors, which any call may get.
inline constexpr char kSerialization[] = "SerializationException";
inline constexpr char kServiceUnavailable[] = "ServiceUnavailableException";
inline constexpr char kThrottling[] = "ThrottlingException";
inline constexpr char kUnknownOperation[] = "UnknownOperationException";

// Signature Version 4.
inline constexpr char kIncompleteSignature[] = "IncompleteSignatureException";
inline constexpr char kInvalidSignature[] = "InvalidSignatureException";
inline constexpr char kMissingAuthenticationToken[] = "MissingAuthenticationTokenException";
inline constexpr char kUnrecognizedClient[] = "UnrecognizedClientException";

// What API Gateway answers for an authorizer that is configured wrongly.
inline constexpr char kAuthorizerConfiguration[] = "AuthorizerConfigurationException";

// Codes of Lambda and KMS, as far as they are not listed above.
inline constexpr char kInvalidArn[] = "InvalidArnException";
inline constexpr char kInvalidKeyUsage[] = "InvalidKeyUsageException";
inline constexpr char kNotFound[] = "NotFoundException";
inline constexpr char kService[] = "ServiceException";
inline constexpr char kValidation[] = "ValidationException";

// Codes of DynamoDB, as far as they are not listed above.
inline constexpr char kConditionalCheckFailed[] = "ConditionalCheckFailedException";

// Sallyport's own.
inline constexpr char kOperationNotBuilt[] = "OperationNotBuiltException";
inline constexpr char kResourceConflict[] = "ResourceConflictException";

// What prevents the server from starting, or its store from continuing. Never sent to callers.
inline constexpr char kDiskFull[] = "disk_full";
inline constexpr char kInvalidSetting[] = "invalid_setting";
inline constexpr char kOtherIssuer[] = "other_issuer";
inline constexpr char kRefused[] = "refused";
inline constexpr char kStoreUnusable[] = "store_unusable";

// RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750 section 3.1, RFC 7009 section 2.2.1, RFC 8707
// section 2, OpenID Connect Core section 3.1.2.6.
namespace oauth {
inline constexpr char kAccessDenied[] = "access_denied";
inline constexpr char kInvalidClient[] = "invalid_client";
inline constexpr char kInvalidGrant[] = "invalid_grant";
inline constexpr char kInvalidRequest[] = "invalid_request";
inline constexpr char kInvalidScope[] = "invalid_scope";
inline constexpr char kInvalidTarget[] = "invalid_target";
inline constexpr char kInvalidToken[] = "invalid_token";
inline constexpr char kLoginRequired[] = "login_required";
inline constexpr char kRegistrationNotSupported[] = "registration_not_supported";
inline constexpr char kRequestNotSupported[] = "request_not_supported";
inline constexpr char kRequestUriNotSupported[] = "request_uri_not_supported";
inline constexpr char kServerError[] = "server_error";
inline constexpr char kTemporarilyUnavailable[] = "temporarily_unavailable";
inline constexpr char kUnauthorizedClient[] = "unauthorized_client";
inline constexpr char kUnsupportedGrantType[] = "unsupported_grant_type";
inline constexpr char kUnsupportedResponseType[] = "unsupported_response_type";
inline constexpr char kUnsupportedTokenType[] = "unsupported_token_type";
}  // namespace oauth

// clang-format on

}  // namespace sallyport::base::code
