#include "operations/clients/client_rules.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "domain/errors.h"
#include "domain/pools/resource_server.h"
#include "domain/tokens/scope.h"

namespace sallyport::operations {

using domain::AuthFlow;
using domain::OAuthFlow;

namespace {

constexpr int64_t kLeastTokenSeconds = 5 * 60;
constexpr int64_t kGreatestTokenSeconds = 86'400;
constexpr int64_t kLeastRefreshSeconds = 60 * 60;
constexpr int64_t kGreatestRefreshSeconds = int64_t{3650} * 86'400;

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
  return domain::error::kTokenValidityOutOfRange();
}

base::Status CheckAuthFlows(const domain::Client& client) {
  const domain::ClientSettings& settings = client.settings;
  if (settings.auth_flows.Has(AuthFlow::kClientToken)) {
    if (!settings.auth_flows.HasOtherThan(AuthFlow::kClientToken) && !client.secrets.empty()) {
      return {};
    }
    return domain::error::kClientTokenFlowWithOthers();
  }
  if (!settings.has_allow_flow_names() || !settings.has_legacy_flow_names()) return {};
  return domain::error::kFlowsOldAndNew();
}

base::Status CheckRotation(const domain::ClientSettings& settings) {
  if (!settings.rotates_refresh_tokens) return {};
  if (!settings.auth_flows.Has(AuthFlow::kRefreshToken)) return {};
  return domain::error::kRotationForbidsRefreshFlow();
}

// The attributes of the pool, by what a client may do with them.
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
    return domain::error::kInvalidReadAttributes();
  }
  bool writes_required = std::all_of(
      attributes.required.begin(), attributes.required.end(),
      [&settings](const std::string& name) { return Has(settings.write_attributes, name); });
  if (!settings.write_attributes.empty() &&
      (!known_to(settings.write_attributes, attributes.writable) || !writes_required)) {
    return domain::error::kInvalidWriteAttributes();
  }
  return {};
}

base::Status CheckClientCredentials(const domain::Client& client) {
  const domain::ClientSettings& settings = client.settings;
  if (!settings.oauth_flows.Has(OAuthFlow::kClientCredentials)) return {};
  if (settings.oauth_flows.HasOtherThan(OAuthFlow::kClientCredentials)) {
    return domain::error::kClientCredentialsWithOthers();
  }
  if (client.secrets.empty()) {
    return domain::error::kClientCredentialsWithoutSecret();
  }
  for (const std::string& scope : settings.oauth_scopes) {
    if (Has(domain::kOwnScopes, scope)) {
      return domain::error::kScopeNotForClientCredentials(scope);
    }
  }
  return {};
}

// Each scope must be one of Cognito's own or belong to a resource server of the pool.
base::Status CheckScopes(store::Reader& reader, const domain::Client& client) {
  for (const std::string& scope : client.settings.oauth_scopes) {
    if (Has(domain::kOwnScopes, scope)) continue;
    SALLYPORT_ASSIGN(const bool known, domain::HasResourceScope(reader, client.pool_id, scope));
    if (!known) {
      return domain::error::kNoSuchScope(scope);
    }
  }
  return {};
}

base::Status CheckOAuth(store::Reader& reader, const domain::Client& client) {
  const domain::ClientSettings& settings = client.settings;
  const auto& flows = settings.oauth_flows;
  const auto& scopes = settings.oauth_scopes;
  if (settings.allows_oauth && (flows.empty() || scopes.empty())) {
    return domain::error::kOAuthFlowsMissing();
  }
  if (!settings.allows_oauth && !(flows.empty() && scopes.empty())) {
    return domain::error::kOAuthFlowsNotAllowed();
  }
  SALLYPORT_TRY(CheckClientCredentials(client));
  const bool redirects = flows.Has(OAuthFlow::kCode) || flows.Has(OAuthFlow::kImplicit);
  if (redirects && settings.callback_urls.empty()) {
    return domain::error::kCallbackUrlsMissing();
  }
  SALLYPORT_TRY(CheckScopes(reader, client));
  const std::string& redirect = settings.default_redirect_uri;
  if (!redirect.empty() && !Has(settings.callback_urls, redirect)) {
    return domain::error::kDefaultRedirectUnknown(redirect);
  }
  return {};
}

// RFC 6749, section 3.1.2.1, requires TLS, except for URLs of the user's own machine.
base::Status CheckUrls(const domain::ClientSettings& settings) {
  for (const auto* urls : {&settings.callback_urls, &settings.logout_urls}) {
    for (const std::string& url : *urls) {
      std::string_view rest = url;
      if (!rest.starts_with("http://")) continue;
      rest.remove_prefix(7);
      std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
      if (!host.starts_with('[')) host = host.substr(0, host.find(':'));
      bool local = host == "localhost" || host == "127.0.0.1" || host.starts_with("[::1]");
      if (!local) return domain::error::kHttpUrl(url);
    }
  }
  return {};
}

base::Status CheckProviders(const domain::Pool& pool, const domain::ClientSettings& settings) {
  for (const std::string& provider : settings.identity_providers) {
    if (provider != "COGNITO") {
      return domain::error::kNoSuchProvider(provider, pool.id);
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
