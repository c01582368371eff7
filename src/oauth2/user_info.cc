// The userInfo endpoint: gives those attributes of the user that the scopes of the access token
// allow.
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <exception>
#include <string>
#include <utility>

#include "base/error_codes.h"
#include "base/text.h"
#include "domain/errors.h"
#include "domain/pools/pool_domain.h"
#include "domain/records/json.h"
#include "domain/tokens/caller.h"
#include "domain/tokens/scope.h"
#include "domain/tokens/token_claims.h"
#include "domain/users/attributes.h"
#include "jose/token.h"
#include "oauth2/endpoint.h"
#include "oauth2/read_form.h"
#include "store/store.h"

namespace sallyport::oauth2 {

namespace json = boost::json;

namespace {

// RFC 6750 sections 2.1 and 2.2.
base::Result<std::string> ReadToken(const EndpointRequest& request) {
  constexpr std::string_view kBearer = "bearer ";
  std::string in_body;
  if (request.method == "POST" && codec::IsForm(request.content_type)) {
    SALLYPORT_ASSIGN(const codec::Form form, ReadForm(request));
    in_body = form.Get("access_token");
  }
  if (request.authorization.empty()) {
    if (in_body.empty()) return domain::error::kUserInfoBadRequest();
    return in_body;
  }
  const std::string_view scheme = request.authorization.substr(0, kBearer.size());
  if (base::LowerCase(scheme) != kBearer || !in_body.empty())
    return domain::error::kUserInfoBadRequest();
  return std::string(request.authorization.substr(kBearer.size()));
}

// True where the request names no pool (by its path, otherwise by Host), or the token's pool.
base::Result<bool> IsOfNamedPool(const domain::Services& services, const EndpointRequest& request,
                                 const std::string& pool_id) {
  if (!request.pool_id.empty()) return request.pool_id == pool_id;
  SALLYPORT_ASSIGN(const auto named,
                   domain::FindPoolOfHost(services.store, services.settings, request.host));
  return !named || *named == pool_id;
}

// In OpenID Connect updated_at is a number. A value that is not a number stays a text.
json::value OpenIdClaim(std::string_view name, std::string_view value) {
  int64_t seconds = 0;
  const char* const end = value.data() + value.size();
  const auto [read, fault] = std::from_chars(value.data(), end, seconds);
  if (name == "updated_at" && fault == std::errc() && read == end) return seconds;
  return domain::AttributeClaim(name, value);
}

// `token_has_ended`: see EndpointResponse.
base::Result<json::object> Describe(const domain::Services& services,
                                    const EndpointRequest& request, bool& token_has_ended) {
  SALLYPORT_ASSIGN(const std::string token, ReadToken(request));
  auto caller = domain::CheckAccessToken(services, token, /*scope=*/"");
  if (!caller) {
    if (caller.error().code == base::code::kInternalError) return std::move(caller).error();
    token_has_ended = domain::WasIssuedHere(services, token);
    return domain::error::kUserInfoTokenEnded.Because(caller.error().message + ' ' +
                                                      caller.error().cause);
  }
  SALLYPORT_ASSIGN(const bool of_pool, IsOfNamedPool(services, request, caller->pool->id));
  if (!of_pool) return domain::error::kUserInfoOtherPool();
  const std::string_view scope = caller->token.claims().scope;
  if (!jose::HasScope(scope, "openid")) {
    return domain::error::kUserInfoLacksOpenid();
  }
  const bool as_openid = caller->pool->settings.claims_as_openid;
  json::object info;
  for (const json::value& item : domain::ReadableAttributeList(*caller->client, caller->user)) {
    const json::object& attribute = item.as_object();
    const std::string_view name = domain::StringMember(attribute, "Name");
    const bool opened = domain::OpensAttribute(scope, name, as_openid) ||
                        jose::HasScope(caller->family.user_info_claims, name);
    if (!opened) continue;
    const std::string_view value = domain::StringMember(attribute, "Value");
    info[name] = as_openid ? OpenIdClaim(name, value) : json::value(value);
  }
  info["sub"] = caller->user.sub;
  info["username"] = caller->user.username;
  return info;
}

EndpointResponse Refuse(const base::Error& error) {
  constexpr int kBadRequest = 400;
  constexpr int kUnauthorized = 401;
  EndpointResponse response =
      ErrorResponse(error.code == base::code::oauth::kInvalidToken ? kUnauthorized : kBadRequest,
                    error, store::Wait::NothingRevoked());
  // RFC 6750, section 3. The texts are constants of this server.
  if (response.error_code != base::code::oauth::kServerError) {
    response.www_authenticate =
        "Bearer error=\"" + error.code + "\", error_description=\"" + error.message + "\"";
  }
  return response;
}

}  // namespace

EndpointResponse UserInfo(const domain::Services& services, const EndpointRequest& request) {
  constexpr int kOk = 200;
  try {
    bool token_has_ended = false;
    const auto info = Describe(services, request, token_has_ended);
    if (!info) {
      EndpointResponse refused = Refuse(info.error());
      refused.token_has_ended = token_has_ended;
      return refused;
    }
    EndpointResponse response(store::Wait::NothingRevoked());
    response.status = kOk;
    response.body = json::serialize(*info);
    response.caller_is_known = true;
    return response;
  } catch (const std::exception& error) {
    return Refuse(base::InternalError(error.what()));
  }
}

}  // namespace sallyport::oauth2
