#include "operations/clients/client_rules.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "domain/clients/client_assertion.h"
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
    if (domain::IsOwnScope(scope, /*as_openid=*/true)) {
      return domain::error::kScopeNotForClientCredentials(scope);
    }
  }
  return {};
}

// Each scope must be one of Cognito's own (or OpenID Connect's, where the pool says so) or belong
// to a resource server of the pool.
base::Status CheckScopes(store::Reader& reader, const domain::Pool& pool,
                         const domain::Client& client) {
  for (const std::string& scope : client.settings.oauth_scopes) {
    if (domain::IsOwnScope(scope, pool.settings.claims_as_openid)) continue;
    SALLYPORT_ASSIGN(const bool known, domain::HasResourceScope(reader, client.pool_id, scope));
    if (!known) {
      return domain::error::kNoSuchScope(scope);
    }
  }
  return {};
}

base::Status CheckOAuth(store::Reader& reader, const domain::Pool& pool,
                        const domain::Client& client) {
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
  SALLYPORT_TRY(CheckScopes(reader, pool, client));
  const std::string& redirect = settings.default_redirect_uri;
  if (!redirect.empty() && !Has(settings.callback_urls, redirect)) {
    return domain::error::kDefaultRedirectUnknown(redirect);
  }
  return {};
}

// Browsers run, show or read what such a URL says, and send nobody anywhere.
bool IsOfTheBrowserItself(std::string_view scheme) {
  constexpr std::array<std::string_view, 8> kSchemes{
      "about", "blob", "data", "file", "filesystem", "javascript", "vbscript", "view-source"};
  return Has(kSchemes, scheme);
}

bool IsSchemeName(std::string_view scheme) {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !scheme.empty() && letter(scheme.front()) &&
         std::all_of(scheme.begin(), scheme.end(), [&](char c) {
           return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
         });
}

// An absolute URI without a fragment (RFC 6749, section 3.1.2). Section 3.1.2.1 requires TLS,
// except for URLs of the user's own machine.
base::Status CheckUrl(const std::string& url) {
  const size_t colon = std::min(url.find(':'), url.size());
  const std::string scheme = base::LowerCase(std::string_view(url).substr(0, colon));
  std::string_view rest = std::string_view(url).substr(std::min(colon + 1, url.size()));
  const bool unusable = colon == url.size() || rest.empty() || !IsSchemeName(scheme) ||
                        IsOfTheBrowserItself(scheme) || rest.find('#') != std::string_view::npos;
  const bool plain =
      std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (unusable || !plain) return domain::error::kUrlUnusable(url);
  if (scheme != "http" && scheme != "https") return {};
  if (!rest.starts_with("//")) return domain::error::kUrlUnusable(url);
  rest.remove_prefix(2);
  std::string_view host = rest.substr(0, rest.find_first_of("/?"));
  if (host.find('@') != std::string_view::npos) return domain::error::kUrlUnusable(url);
  if (!host.starts_with('[')) host = host.substr(0, host.find(':'));
  if (host.empty()) return domain::error::kUrlUnusable(url);
  if (scheme == "https") return {};
  const bool local = host == "localhost" || host == "127.0.0.1" || host.starts_with("[::1]");
  return local ? base::Status() : base::Status(domain::error::kHttpUrl(url));
}

// What the server itself can post to (OpenID Connect Back-Channel Logout 1.0 section 2.2).
base::Status CheckBackChannel(const domain::ClientSettings& settings) {
  if (!settings.unknown_own_urls.empty()) {
    return domain::error::kLogoutUrlNoSetting(settings.unknown_own_urls.front());
  }
  if (settings.back_channel_uris.size() > 1) return domain::error::kBackChannelUriTwice();
  for (const std::string& uri : settings.back_channel_uris) {
    const bool web = uri.starts_with("https://") || uri.starts_with("http://");
    const bool plain =
        std::all_of(uri.begin(), uri.end(), [](char c) { return c > ' ' && c <= '~' && c != '#'; });
    if (!web || !plain) return domain::error::kBackChannelUriUnusable(uri);
    SALLYPORT_TRY(CheckUrl(uri));
  }
  return {};
}

// By which the client proves itself.
base::Status CheckClientKeys(const domain::Client& client) {
  const auto& keys = client.settings.client_keys;
  if (keys.empty()) return {};
  if (client.secrets.empty()) return domain::error::kClientKeyWithoutSecret();
  std::set<std::string> kids;
  for (const std::string& jwk : keys) {
    const auto kid = domain::KidOfClientKey(jwk);
    if (!kid) return domain::error::kClientKeyUnusable.Because(kid.error().cause);
    if (!kids.insert(*kid).second)
      return domain::error::kClientKeyUnusable.Because("two keys have the same kid");
  }
  return {};
}

base::Status CheckUrls(const domain::ClientSettings& settings) {
  for (const auto* urls : {&settings.callback_urls, &settings.logout_urls}) {
    for (const std::string& url : *urls) SALLYPORT_TRY(CheckUrl(url));
  }
  return CheckBackChannel(settings);
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
  SALLYPORT_TRY(CheckClientKeys(client));
  SALLYPORT_TRY(CheckProviders(pool, client.settings));
  return CheckOAuth(reader, pool, client);
}

}  // namespace sallyport::operations
