#include "domain/clients/client_settings.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sallyport::domain {

namespace {

constexpr WordTable<bool, 1> kEnabled{{{"ENABLED", true}}};

constexpr auto kClientSettings = RecordOf<ClientSettings>(
    WordSet("ExplicitAuthFlows", &ClientSettings::auth_flows, kAuthFlows, AuthFlow::kUnknown),
    Member("ReadAttributes", &ClientSettings::read_attributes),
    Member("WriteAttributes", &ClientSettings::write_attributes),
    Member("AllowedOAuthFlowsUserPoolClient", &ClientSettings::allows_oauth),
    WordSet("AllowedOAuthFlows", &ClientSettings::oauth_flows, kOAuthFlows, OAuthFlow::kUnknown),
    Member("AllowedOAuthScopes", &ClientSettings::oauth_scopes),
    Member("CallbackURLs", &ClientSettings::callback_urls),
    Member("LogoutURLs", &ClientSettings::logout_urls),
    Member("DefaultRedirectURI", &ClientSettings::default_redirect_uri),
    Member("SupportedIdentityProviders", &ClientSettings::identity_providers),
    Word("PreventUserExistenceErrors", &ClientSettings::prevent_user_existence_errors, kEnabled),
    Member("EnableTokenRevocation", &ClientSettings::enable_token_revocation, true),
    Within("RefreshTokenRotation",
           Word("Feature", &ClientSettings::rotates_refresh_tokens, kEnabled),
           Member("RetryGracePeriodSeconds", &ClientSettings::refresh_grace_seconds)),
    Member("AuthSessionValidity", &ClientSettings::challenge_minutes, 3));

// A validity that is 0 or absent stands for AWS's default.
struct Validities {
  int64_t access = 0;
  int64_t id = 0;
  int64_t refresh = 0;
  TokenUnit access_unit = TokenUnit::kHours;
  TokenUnit id_unit = TokenUnit::kHours;
  TokenUnit refresh_unit = TokenUnit::kDays;
};
constexpr auto kValidities = RecordOf<Validities>(
    Member("AccessTokenValidity", &Validities::access), Member("IdTokenValidity", &Validities::id),
    Member("RefreshTokenValidity", &Validities::refresh),
    Within("TokenValidityUnits",
           Word("AccessToken", &Validities::access_unit, kTokenUnits, TokenUnit::kHours),
           Word("IdToken", &Validities::id_unit, kTokenUnits, TokenUnit::kHours),
           Word("RefreshToken", &Validities::refresh_unit, kTokenUnits, TokenUnit::kDays)));

int64_t Seconds(int64_t amount, TokenUnit unit, int64_t otherwise) {
  if (amount <= 0) return otherwise;
  switch (unit) {
    case TokenUnit::kSeconds:
      return amount;
    case TokenUnit::kMinutes:
      return amount * 60;
    case TokenUnit::kHours:
      return amount * 3600;
    case TokenUnit::kDays:
      break;
  }
  return amount * 86'400;
}

// Takes the settings that stand among LogoutURLs out of them.
void TakeOwnUrls(ClientSettings& settings) {
  constexpr std::string_view kOwn = "sallyport:";
  constexpr std::string_view kBackChannel = "sallyport:back-channel:";
  constexpr std::string_view kClientKey = "sallyport:client-key:";
  std::vector<std::string> urls;
  for (std::string& url : settings.logout_urls) {
    if (url.starts_with(kBackChannel)) {
      settings.back_channel_uris.push_back(url.substr(kBackChannel.size()));
    } else if (url.starts_with(kClientKey)) {
      settings.client_keys.push_back(url.substr(kClientKey.size()));
    } else if (url.starts_with(kOwn)) {
      settings.unknown_own_urls.push_back(std::move(url));
    } else {
      urls.push_back(std::move(url));
    }
  }
  settings.logout_urls = std::move(urls);
}

}  // namespace

bool ClientSettings::has_legacy_flow_names() const {
  return auth_flows.Has(AuthFlow::kLegacyAdminNoSrp) ||
         auth_flows.Has(AuthFlow::kLegacyCustomOnly) ||
         auth_flows.Has(AuthFlow::kLegacyUserPassword);
}

bool ClientSettings::has_allow_flow_names() const {
  SetOf<AuthFlow> legacy;
  for (const AuthFlow flow :
       {AuthFlow::kLegacyAdminNoSrp, AuthFlow::kLegacyCustomOnly, AuthFlow::kLegacyUserPassword}) {
    if (auth_flows.Has(flow)) legacy.Add(flow);
  }
  return !(auth_flows == legacy);
}

bool ClientSettings::Allows(AuthFlow flow) const {
  if (auth_flows.Has(flow)) return true;
  // AWS does not mix the two families of names. SRP and refresh are always allowed with the legacy
  // names, except that CUSTOM_AUTH_FLOW_ONLY excludes SRP.
  if (has_allow_flow_names()) return false;
  if (flow == AuthFlow::kRefreshToken) return true;
  if (flow == AuthFlow::kUserSrp) return !auth_flows.Has(AuthFlow::kLegacyCustomOnly);
  if (auth_flows.empty()) return flow == AuthFlow::kCustom;
  constexpr std::array<std::pair<AuthFlow, AuthFlow>, 3> kLegacyNames{{
      {AuthFlow::kAdminUserPassword, AuthFlow::kLegacyAdminNoSrp},
      {AuthFlow::kCustom, AuthFlow::kLegacyCustomOnly},
      {AuthFlow::kUserPassword, AuthFlow::kLegacyUserPassword},
  }};
  return std::any_of(kLegacyNames.begin(), kLegacyNames.end(), [&](const auto& names) {
    return names.first == flow && auth_flows.Has(names.second);
  });
}

ClientSettings ReadClientSettings(const boost::json::object& description) {
  ClientSettings settings = kClientSettings.Read(description);
  const Validities validities = kValidities.Read(description);
  const ClientSettings defaults;
  settings.access_token_seconds =
      Seconds(validities.access, validities.access_unit, defaults.access_token_seconds);
  settings.id_token_seconds = Seconds(validities.id, validities.id_unit, defaults.id_token_seconds);
  settings.refresh_token_seconds =
      Seconds(validities.refresh, validities.refresh_unit, defaults.refresh_token_seconds);
  if (!settings.rotates_refresh_tokens) settings.refresh_grace_seconds = 0;
  TakeOwnUrls(settings);
  return settings;
}

}  // namespace sallyport::domain
