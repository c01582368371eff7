#include "http/discovery.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "domain/tokens/family.h"
#include "domain/tokens/scope.h"
#include "http/oauth.h"
#include "login/browser.h"
#include "login/words.h"

namespace sallyport::http {
namespace {

namespace json = boost::json;

// What ID tokens and userInfo say of themselves, of the sign-in, and of users' names and groups;
// the rest is the pool's schema.
json::array ClaimsOf(const domain::Pool& pool) {
  json::array claims{"aud",
                     "auth_time",
                     "cognito:groups",
                     "cognito:preferred_role",
                     "cognito:roles",
                     "cognito:username",
                     "exp",
                     "iat",
                     "iss",
                     "jti",
                     "nonce",
                     "at_hash",
                     "event_id",
                     "origin_jti",
                     "sid",
                     "sub",
                     "token_use",
                     "username"};
  for (const domain::SchemaAttribute& attribute : pool.settings.schema) {
    if (attribute.name != "sub") claims.emplace_back(attribute.name);
  }
  return claims;
}

json::array Locales() {
  json::array tags;
  for (const login::Language& language : login::Language::All()) tags.emplace_back(language.tag());
  return tags;
}

}  // namespace

std::string Discovery(const domain::Settings& settings, const domain::Pool& pool) {
  const std::string base = settings.public_url + "/" + pool.id;
  const json::array methods{"client_secret_basic", "client_secret_post", "private_key_jwt", "none"};
  json::object document{
      {"issuer", domain::IssuerOf(settings, pool.id)},
      {"jwks_uri", base + "/.well-known/jwks.json"},
      {"response_types_supported", json::array{"code", "token"}},
      {"response_modes_supported", json::array{"query", "fragment", "form_post"}},
      {"grant_types_supported",
       json::array{"authorization_code", "implicit", "refresh_token", "client_credentials"}},
      {"subject_types_supported", json::array{"public"}},
      {"id_token_signing_alg_values_supported", json::array{"RS256"}},
      {"scopes_supported", json::array{"openid", "email", "phone", "profile"}},
      {"claims_supported", ClaimsOf(pool)},
      {"code_challenge_methods_supported", json::array{"S256"}},
      {"token_endpoint_auth_methods_supported", methods},
      {"revocation_endpoint_auth_methods_supported", methods},
      {"token_endpoint_auth_signing_alg_values_supported", json::array{"RS256"}},
      {"revocation_endpoint_auth_signing_alg_values_supported", json::array{"RS256"}},
      {"prompt_values_supported", json::array{"none", "login", "select_account", "consent"}},
      {"ui_locales_supported", Locales()},
      {"backchannel_logout_supported", true},
      {"backchannel_logout_session_supported", true},
      {"claims_parameter_supported", pool.settings.claims_as_openid},
      {"request_parameter_supported", false},
      {"request_uri_parameter_supported", false},
      {"authorization_response_iss_parameter_supported", true}};
  if (pool.settings.claims_as_openid) {
    document["scopes_supported"].as_array().emplace_back(domain::kAddressScope);
    document["acr_values_supported"] = json::array{domain::kOneFactor};
    document["claims_supported"].as_array().emplace_back("acr");
  }
  for (const OAuthEndpoint& endpoint : kOAuthEndpoints) {
    document[endpoint.discovery_member] = base + std::string(endpoint.path);
  }
  for (const login::BrowserEndpoint& endpoint : login::BrowserEndpoints()) {
    if (endpoint.discovery_member.empty()) continue;
    document[endpoint.discovery_member] = base + std::string(endpoint.path);
  }
  return json::serialize(document);
}

}  // namespace sallyport::http
