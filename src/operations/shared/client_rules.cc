#include "operations/shared/client_rules.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "domain/errors.h"
#include "domain/json.h"
#include "domain/resource_server.h"

namespace sallyport::operations {

namespace json = boost::json;
using domain::StringMember;
using domain::StringsMember;

namespace {

constexpr int64_t kLeastTokenSeconds = 5 * 60;
constexpr int64_t kGreatestTokenSeconds = 86'400;
constexpr int64_t kLeastRefreshSeconds = 60 * 60;
constexpr int64_t kGreatestRefreshSeconds = int64_t{3650} * 86'400;
constexpr std::array<std::string_view, 5> kOwnScopes{"openid", "email", "phone", "profile",
                                                     "aws.cognito.signin.user.admin"};

template <typename Range>
bool Has(const Range& range, std::string_view wanted) {
  return std::find(std::begin(range), std::end(range), wanted) != std::end(range);
}

base::Status CheckValidity(const domain::Client& client) {
  auto within = [](int64_t value, int64_t least, int64_t greatest) {
    return value >= least && value <= greatest;
  };
  if (within(client.access_token_seconds, kLeastTokenSeconds, kGreatestTokenSeconds) &&
      within(client.id_token_seconds, kLeastTokenSeconds, kGreatestTokenSeconds) &&
      within(client.refresh_token_seconds, kLeastRefreshSeconds, kGreatestRefreshSeconds) &&
      client.refresh_token_seconds >= client.access_token_seconds &&
      client.refresh_token_seconds >= client.id_token_seconds) {
    return {};
  }
  return domain::error::kTokenValidityOutOfRange();
}

base::Status CheckAuthFlows(const domain::Client& client) {
  size_t allow_names = static_cast<size_t>(
      std::count_if(client.explicit_auth_flows.begin(), client.explicit_auth_flows.end(),
                    [](const std::string& flow) { return flow.starts_with("ALLOW_"); }));
  if (Has(client.explicit_auth_flows, "ALLOW_CLIENT_TOKEN_AUTH")) {
    if (client.explicit_auth_flows.size() == 1 && !client.secrets.empty()) return {};
    return domain::error::kClientTokenFlowWithOthers();
  }
  if (allow_names == 0 || allow_names == client.explicit_auth_flows.size()) return {};
  return domain::error::kFlowsOldAndNew();
}

base::Status CheckRotation(const domain::Client& client) {
  if (!client.rotates_refresh_tokens) return {};
  if (!Has(client.explicit_auth_flows, "ALLOW_REFRESH_TOKEN_AUTH")) return {};
  return domain::error::kRotationForbidsRefreshFlow();
}

// The pool's attributes, by what a client may do with them.
struct Attributes {
  std::set<std::string, std::less<>> all, writable, required;
};

Attributes AttributesOf(const domain::Pool& pool) {
  Attributes attributes;
  const json::array* schema = domain::ArrayMember(pool.description, "SchemaAttributes");
  if (!schema) return attributes;
  for (const json::value& item : *schema) {
    const json::object& attribute = item.as_object();
    std::string name(StringMember(attribute, "Name"));
    attributes.all.insert(name);
    bool verdict = name == "email_verified" || name == "phone_number_verified";
    bool is_sub = name == "sub";
    if (!verdict && !is_sub) attributes.writable.insert(name);
    if (domain::BoolMember(attribute, "Required") && !is_sub) attributes.required.insert(name);
  }
  return attributes;
}

base::Status CheckAttributes(const domain::Pool& pool, const domain::Client& client) {
  if (client.read_attributes.empty() && client.write_attributes.empty()) return {};
  const Attributes attributes = AttributesOf(pool);
  auto known_to = [](const std::vector<std::string>& names, const auto& set) {
    return std::all_of(names.begin(), names.end(),
                       [&set](const std::string& name) { return set.contains(name); });
  };
  if (!known_to(client.read_attributes, attributes.all)) {
    return domain::error::kInvalidReadAttributes();
  }
  bool writes_required = std::all_of(
      attributes.required.begin(), attributes.required.end(),
      [&client](const std::string& name) { return Has(client.write_attributes, name); });
  if (!client.write_attributes.empty() &&
      (!known_to(client.write_attributes, attributes.writable) || !writes_required)) {
    return domain::error::kInvalidWriteAttributes();
  }
  return {};
}

base::Status CheckClientCredentials(const domain::Client& client,
                                    const std::vector<std::string>& flows,
                                    const std::vector<std::string>& scopes) {
  if (!Has(flows, "client_credentials")) return {};
  if (flows.size() > 1) {
    return domain::error::kClientCredentialsWithOthers();
  }
  if (client.secrets.empty()) {
    return domain::error::kClientCredentialsWithoutSecret();
  }
  for (const std::string& scope : scopes) {
    if (Has(kOwnScopes, scope)) {
      return domain::error::kScopeNotForClientCredentials(scope);
    }
  }
  return {};
}

// A scope is one of Cognito's own or one of a resource server of the pool.
base::Status CheckScopes(store::Reader& reader, const domain::Client& client,
                         const std::vector<std::string>& scopes) {
  for (const std::string& scope : scopes) {
    if (Has(kOwnScopes, scope)) continue;
    SALLYPORT_ASSIGN(const bool known, domain::HasResourceScope(reader, client.pool_id, scope));
    if (!known) {
      return domain::error::kNoSuchScope(scope);
    }
  }
  return {};
}

base::Status CheckOAuth(store::Reader& reader, const domain::Client& client) {
  const json::object& description = client.description;
  const std::vector<std::string> flows = StringsMember(description, "AllowedOAuthFlows");
  const std::vector<std::string> scopes = StringsMember(description, "AllowedOAuthScopes");
  const std::vector<std::string> callbacks = StringsMember(description, "CallbackURLs");
  bool enabled = domain::BoolMember(description, "AllowedOAuthFlowsUserPoolClient");
  if (enabled && (flows.empty() || scopes.empty())) {
    return domain::error::kOAuthFlowsMissing();
  }
  if (!enabled && !(flows.empty() && scopes.empty())) {
    return domain::error::kOAuthFlowsNotAllowed();
  }
  SALLYPORT_TRY(CheckClientCredentials(client, flows, scopes));
  if ((Has(flows, "code") || Has(flows, "implicit")) && callbacks.empty()) {
    return domain::error::kCallbackUrlsMissing();
  }
  SALLYPORT_TRY(CheckScopes(reader, client, scopes));
  std::string_view redirect = StringMember(description, "DefaultRedirectURI");
  if (!redirect.empty() && !Has(callbacks, redirect)) {
    return domain::error::kDefaultRedirectUnknown(redirect);
  }
  return {};
}

// RFC 6749 section 3.1.2.1: TLS, except to the machine itself.
base::Status CheckUrls(const domain::Client& client) {
  for (std::string_view member : {"CallbackURLs", "LogoutURLs"}) {
    for (const std::string& url : StringsMember(client.description, member)) {
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

base::Status CheckProviders(const domain::Pool& pool, const domain::Client& client) {
  for (const std::string& provider :
       StringsMember(client.description, "SupportedIdentityProviders")) {
    if (provider != "COGNITO") {
      return domain::error::kNoSuchProvider(provider, pool.id);
    }
  }
  return {};
}

}  // namespace

base::Status CheckClient(store::Reader& reader, const domain::Pool& pool,
                         const domain::Client& client) {
  SALLYPORT_TRY(CheckValidity(client));
  SALLYPORT_TRY(CheckAuthFlows(client));
  SALLYPORT_TRY(CheckRotation(client));
  SALLYPORT_TRY(CheckAttributes(pool, client));
  SALLYPORT_TRY(CheckUrls(client));
  SALLYPORT_TRY(CheckProviders(pool, client));
  return CheckOAuth(reader, client);
}

}  // namespace sallyport::operations
