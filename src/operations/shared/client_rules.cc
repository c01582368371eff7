#include "operations/shared/client_rules.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "domain/errors.h"
#include "domain/resource_server.h"

namespace sallyport::operations {

using domain::AuthFlow;
using domain::OAuthFlow;

namespace {

constexpr int64_t kLeastTokenSeconds = 5 * 60;
constexpr int64_t kGreatestTokenSeconds = 86'400;
constexpr int64_t kLeastRefreshSeconds = 60 * 60;
constexpr int64_t kGreatestRefreshSeconds = int64_t{3650} * 86'400;
constexpr std::array<std::string_view, 5> kOwnScopes{"openid", "email", "phone", "profile",
                                                     "aws.cognito.signin.user.admin"};

base::Error InvalidFlow(std::string message) {
  return {"InvalidOAuthFlowException", std::move(message), ""};
}

template <typename Range>
bool Has(const Range& range, std::string_view wanted) {
  return std::find(std::begin(range), std::end(range), wanted) != std::end(range);
}

base::Status CheckValidity(const domain::ClientSettings& settings) {
  auto within = [](int64_t value, int64_t least, int64_t greatest) {
    return value >= least && value <= greatest;
  };
  if (within(settings.access_token_seconds, kLeastTokenSeconds, kGreatestTokenSeconds) &&
      within(settings.id_token_seconds, kLeastTokenSeconds, kGreatestTokenSeconds) &&
      within(settings.refresh_token_seconds, kLeastRefreshSeconds, kGreatestRefreshSeconds) &&
      settings.refresh_token_seconds >= settings.access_token_seconds &&
      settings.refresh_token_seconds >= settings.id_token_seconds) {
    return {};
  }
  return domain::InvalidParameter("Invalid range for token validity.");
}

base::Status CheckAuthFlows(const domain::Client& client) {
  const domain::ClientSettings& settings = client.settings;
  if (settings.auth_flows.Has(AuthFlow::kClientToken)) {
    if (!settings.auth_flows.HasOtherThan(AuthFlow::kClientToken) && !client.secrets.empty()) {
      return {};
    }
    return domain::InvalidParameter(
        "ALLOW_CLIENT_TOKEN_AUTH needs a client secret and can not be used together with other "
        "values in ExplicitAuthFlows.");
  }
  if (!settings.has_allow_flow_names() || !settings.has_legacy_flow_names()) return {};
  return domain::InvalidParameter(
      "Values having ALLOW_ prefix in ExplicitAuthFlows can not be used together with values "
      "without it.");
}

base::Status CheckRotation(const domain::ClientSettings& settings) {
  if (!settings.rotates_refresh_tokens) return {};
  if (!settings.auth_flows.Has(AuthFlow::kRefreshToken)) return {};
  return domain::InvalidParameter(
      "ALLOW_REFRESH_TOKEN_AUTH is not a permitted ExplicitAuthFlow when refresh token rotation is "
      "enabled.");
}

// The pool's attributes, by what a client may do with them.
struct Attributes {
  std::set<std::string, std::less<>> all, writable, required;
};

Attributes AttributesOf(const domain::Pool& pool) {
  Attributes attributes;
  for (const domain::SchemaAttribute& attribute : pool.settings.schema) {
    const std::string& name = attribute.name;
    attributes.all.insert(name);
    bool verdict = name == "email_verified" || name == "phone_number_verified";
    bool is_sub = name == "sub";
    if (!verdict && !is_sub) attributes.writable.insert(name);
    if (attribute.required && !is_sub) attributes.required.insert(name);
  }
  return attributes;
}

base::Status CheckAttributes(const domain::Pool& pool, const domain::ClientSettings& settings) {
  if (settings.read_attributes.empty() && settings.write_attributes.empty()) return {};
  const Attributes attributes = AttributesOf(pool);
  auto known_to = [](const std::vector<std::string>& names, const auto& set) {
    return std::all_of(names.begin(), names.end(),
                       [&set](const std::string& name) { return set.contains(name); });
  };
  if (!known_to(settings.read_attributes, attributes.all)) {
    return domain::InvalidParameter("Invalid read attributes specified while creating a client");
  }
  bool writes_required = std::all_of(
      attributes.required.begin(), attributes.required.end(),
      [&settings](const std::string& name) { return Has(settings.write_attributes, name); });
  if (!settings.write_attributes.empty() &&
      (!known_to(settings.write_attributes, attributes.writable) || !writes_required)) {
    return domain::InvalidParameter("Invalid write attributes specified while creating a client");
  }
  return {};
}

base::Status CheckClientCredentials(const domain::Client& client) {
  const domain::ClientSettings& settings = client.settings;
  if (!settings.oauth_flows.Has(OAuthFlow::kClientCredentials)) return {};
  if (settings.oauth_flows.HasOtherThan(OAuthFlow::kClientCredentials)) {
    return InvalidFlow(
        "client_credentials flow can not be selected along with code flow or implicit flow.");
  }
  if (client.secrets.empty()) {
    return InvalidFlow(
        "client_credentials flow can not be selected if client does not have a client secret.");
  }
  for (const std::string& scope : settings.oauth_scopes) {
    if (Has(kOwnScopes, scope)) {
      return InvalidFlow(scope + " is not supported with client_credentials flow");
    }
  }
  return {};
}

// A scope is one of Cognito's own or one of a resource server of the pool.
base::Status CheckScopes(store::Reader& reader, const domain::Client& client) {
  for (const std::string& scope : client.settings.oauth_scopes) {
    if (Has(kOwnScopes, scope)) continue;
    SALLYPORT_ASSIGN(const bool known, domain::HasResourceScope(reader, client.pool_id, scope));
    if (!known) {
      return base::Error{"ScopeDoesNotExistException", "Invalid scope requested: " + scope, ""};
    }
  }
  return {};
}

base::Status CheckOAuth(store::Reader& reader, const domain::Client& client) {
  const domain::ClientSettings& settings = client.settings;
  const auto& flows = settings.oauth_flows;
  const auto& scopes = settings.oauth_scopes;
  if (settings.allows_oauth && (flows.empty() || scopes.empty())) {
    return domain::InvalidParameter(
        "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to "
        "use OAuth flows.");
  }
  if (!settings.allows_oauth && !(flows.empty() && scopes.empty())) {
    return domain::InvalidParameter(
        "AllowedOAuthFlows and AllowedOAuthScopes can be set only if user pool client is allowed "
        "to use OAuth flows.");
  }
  SALLYPORT_TRY(CheckClientCredentials(client));
  const bool redirects = flows.Has(OAuthFlow::kCode) || flows.Has(OAuthFlow::kImplicit);
  if (redirects && settings.callback_urls.empty()) {
    return InvalidFlow("CallbackUrls can not be empty when code flow or implicit flow is selected");
  }
  SALLYPORT_TRY(CheckScopes(reader, client));
  const std::string& redirect = settings.default_redirect_uri;
  if (!redirect.empty() && !Has(settings.callback_urls, redirect)) {
    return domain::InvalidParameter("The default redirect URI " + redirect +
                                    " is not in the callback URIs list.");
  }
  return {};
}

// RFC 6749 section 3.1.2.1: TLS, except to the machine itself.
base::Status CheckUrls(const domain::ClientSettings& settings) {
  for (const auto* urls : {&settings.callback_urls, &settings.logout_urls}) {
    for (const std::string& url : *urls) {
      std::string_view rest = url;
      if (!rest.starts_with("http://")) continue;
      rest.remove_prefix(7);
      std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
      if (!host.starts_with('[')) host = host.substr(0, host.find(':'));
      bool local = host == "localhost" || host == "127.0.0.1" || host.starts_with("[::1]");
      if (!local) return domain::InvalidParameter(url + " cannot use the HTTP protocol.");
    }
  }
  return {};
}

base::Status CheckProviders(const domain::Pool& pool, const domain::ClientSettings& settings) {
  for (const std::string& provider : settings.identity_providers) {
    if (provider != "COGNITO") {
      return domain::InvalidParameter("The provider " + provider +
                                      " does not exist for User Pool " + pool.id);
    }
  }
  return {};
}

}  // namespace

base::Status CheckClient(store::Reader& reader, const domain::Pool& pool,
                         const domain::Client& client) {
  SALLYPORT_TRY(CheckValidity(client.settings));
  SALLYPORT_TRY(CheckAuthFlows(client));
  SALLYPORT_TRY(CheckRotation(client.settings));
  SALLYPORT_TRY(CheckAttributes(pool, client.settings));
  SALLYPORT_TRY(CheckUrls(client.settings));
  SALLYPORT_TRY(CheckProviders(pool, client.settings));
  return CheckOAuth(reader, client);
}

}  // namespace sallyport::operations
