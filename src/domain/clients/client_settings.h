// ClientSettings: the settings of an app client that rules depend on, read once from its
// description into typed fields. PoolSettings (domain/pools/pool_settings.h) does the same for
// pools.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/records/record.h"

namespace sallyport::domain {

// The words of ExplicitAuthFlows: first the legacy names, then those that begin with ALLOW_.
enum class AuthFlow {
  kLegacyAdminNoSrp,
  kLegacyCustomOnly,
  kLegacyUserPassword,
  kAdminUserPassword,
  kCustom,
  kUserPassword,
  kUserSrp,
  kRefreshToken,
  kUser,
  kClientToken,
  kTokenExchange,  // delegation or impersonation
  kUnknown,        // a word that only a later version knows
};

enum class OAuthFlow { kCode, kImplicit, kClientCredentials, kUnknown };

// TokenValidityUnits.
enum class TokenUnit { kSeconds, kMinutes, kHours, kDays };

struct ClientSettings {
  SetOf<AuthFlow> auth_flows;                 // ExplicitAuthFlows; empty: AWS's defaults
  std::vector<std::string> read_attributes;   // empty: all attributes
  std::vector<std::string> write_attributes;  // empty: all attributes
  bool allows_oauth = false;                  // AllowedOAuthFlowsUserPoolClient
  SetOf<OAuthFlow> oauth_flows;
  std::vector<std::string> oauth_scopes;
  std::vector<std::string> callback_urls;
  std::vector<std::string> logout_urls;
  // A setting of Sallyport that AWS does not have: who is told that a session has ended (OpenID
  // Connect Back-Channel Logout 1.0). It is an entry of LogoutURLs, "sallyport:back-channel:{URL}",
  // which is not among logout_urls. At most one (client_rules.h).
  std::vector<std::string> back_channel_uris;
  // Another such setting: the public keys by which the client proves itself at /oauth2/token and
  // /oauth2/revoke (client_assertion.h), as JWKs, "sallyport:client-key:{JWK}".
  std::vector<std::string> client_keys;
  // Other entries that begin with "sallyport:"; none is accepted.
  std::vector<std::string> unknown_own_urls;
  std::string default_redirect_uri;             // empty: none
  std::vector<std::string> identity_providers;  // SupportedIdentityProviders
  bool prevent_user_existence_errors = false;   // PreventUserExistenceErrors=ENABLED
  bool enable_token_revocation = true;
  int64_t access_token_seconds = 3600;
  int64_t id_token_seconds = 3600;
  int64_t refresh_token_seconds = 30 * 86'400;
  // RefreshTokenRotation: each refresh replaces the refresh token. The replaced token is still
  // accepted for this many seconds.
  bool rotates_refresh_tokens = false;
  int64_t refresh_grace_seconds = 0;
  int64_t challenge_minutes = 3;  // AuthSessionValidity: how long a challenge may be answered

  // Whether the flow, named by its ALLOW_ name, may be used. It may also have been allowed under
  // its legacy name.
  bool Allows(AuthFlow flow) const;
  // The same for an OAuth flow. A client without AllowedOAuthFlowsUserPoolClient may use none.
  bool Allows(OAuthFlow flow) const { return allows_oauth && oauth_flows.Has(flow); }
  // Empty: nobody is told that a session has ended.
  std::string_view back_channel_uri() const {
    return back_channel_uris.empty() ? std::string_view() : back_channel_uris.front();
  }
  // Whether ExplicitAuthFlows has legacy names, or names that begin with ALLOW_.
  bool has_legacy_flow_names() const;
  bool has_allow_flow_names() const;
};

ClientSettings ReadClientSettings(const boost::json::object& description);

// The words of AWS's enumerations, for reading the settings.
inline constexpr WordTable<AuthFlow, 12> kAuthFlows{
    {{"ADMIN_NO_SRP_AUTH", AuthFlow::kLegacyAdminNoSrp},
     {"CUSTOM_AUTH_FLOW_ONLY", AuthFlow::kLegacyCustomOnly},
     {"USER_PASSWORD_AUTH", AuthFlow::kLegacyUserPassword},
     {"ALLOW_ADMIN_USER_PASSWORD_AUTH", AuthFlow::kAdminUserPassword},
     {"ALLOW_CUSTOM_AUTH", AuthFlow::kCustom},
     {"ALLOW_USER_PASSWORD_AUTH", AuthFlow::kUserPassword},
     {"ALLOW_USER_SRP_AUTH", AuthFlow::kUserSrp},
     {"ALLOW_REFRESH_TOKEN_AUTH", AuthFlow::kRefreshToken},
     {"ALLOW_USER_AUTH", AuthFlow::kUser},
     {"ALLOW_CLIENT_TOKEN_AUTH", AuthFlow::kClientToken},
     {"ALLOW_TOKEN_EXCHANGE_DELEGATION", AuthFlow::kTokenExchange},
     {"ALLOW_TOKEN_EXCHANGE_IMPERSONATION", AuthFlow::kTokenExchange}}};
inline constexpr WordTable<OAuthFlow, 3> kOAuthFlows{
    {{"code", OAuthFlow::kCode},
     {"implicit", OAuthFlow::kImplicit},
     {"client_credentials", OAuthFlow::kClientCredentials}}};
inline constexpr WordTable<TokenUnit, 4> kTokenUnits{{{"seconds", TokenUnit::kSeconds},
                                                      {"minutes", TokenUnit::kMinutes},
                                                      {"hours", TokenUnit::kHours},
                                                      {"days", TokenUnit::kDays}}};

}  // namespace sallyport::domain
