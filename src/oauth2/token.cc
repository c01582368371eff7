// The token endpoint: runs the phases that all grants share, in order.
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "domain/errors.h"
#include "domain/limits/throttle.h"
#include "domain/pools/resource_server.h"
#include "domain/tokens/client_token.h"
#include "domain/tokens/time_to_issue.h"
#include "oauth2/client_authentication.h"
#include "oauth2/endpoint.h"
#include "oauth2/grants/grant.h"
#include "oauth2/read_form.h"
#include "store/store.h"

namespace sallyport::oauth2 {

namespace json = boost::json;

namespace {

base::Result<const Grant*> FindGrant(const codec::Form& form) {
  static constexpr std::array<const Grant*, 3> kGrants{
      &kAuthorizationCodeGrant, &kClientCredentialsGrant, &kRefreshTokenGrant};
  const std::string_view name = form.Get("grant_type");
  if (name.empty()) return domain::error::kFormParameterMissing("grant_type");
  for (const Grant* grant : kGrants) {
    if (grant->name == name) return grant;
  }
  return domain::error::kUnsupportedGrantType.Because(std::string(name.substr(0, 64)));
}

base::Status CheckRequired(const Grant& grant, const codec::Form& form) {
  for (const std::string_view name : grant.required_parameters) {
    if (form.Get(name).empty()) {
      return domain::error::kFormParameterMissing(name);
    }
  }
  return {};
}

// The completion runs after the snapshot was released, so the client is passed to the caller.
base::Result<GrantCompletion> Decide(const domain::Services& services,
                                     const EndpointRequest& request, const Grant& grant,
                                     const codec::Form& form,
                                     std::shared_ptr<const domain::Client>& client) {
  const base::Result<int64_t> now = domain::TimeToIssue(services);
  const auto credentials = ReadClientCredentials(request.authorization, form);
  store::Expecting ahead;
  if (credentials) {
    ahead =
        domain::ExpectClientToken(services, credentials->id, domain::SplitScope(form.Get("scope")));
  }
  SALLYPORT_ASSIGN(const auto reader, services.store.Snapshot());
  // 3. The client must be of the pool that the request names, and must authenticate.
  SALLYPORT_ASSIGN(
      client, AuthenticateClient(services, *reader, request, form, domain::AssertionUse::kOnce));
  // 4. It must have given what the grant requires.
  SALLYPORT_TRY(CheckRequired(grant, form));
  // 5. It must be allowed to use the grant.
  if (!grant.allows(*client)) return domain::error::kUnauthorizedClient();
  // 6. The quota must not be used up. This comes after authentication, so that nobody else can use
  //    it up.
  if (services.throttle != nullptr) SALLYPORT_TRY(services.throttle->Take(grant.category));
  // 7. The grant's own rule.
  return grant.check({services, client, form, now, request.context}, *reader);
}

// Phases 1 to 7. The grant's completion refers to `form` and `client`.
base::Result<GrantCompletion> Admit(const domain::Services& services,
                                    const EndpointRequest& request,
                                    std::optional<codec::Form>& form,
                                    std::shared_ptr<const domain::Client>& client) {
  // 1. The form must be well-formed.
  SALLYPORT_ASSIGN(form, ReadForm(request));
  // 2. The grant must be known.
  SALLYPORT_ASSIGN(const Grant* grant, FindGrant(*form));
  return Decide(services, request, *grant, *form, client);
}

base::Result<GrantOutcome> Perform(const GrantCompletion& complete) {
  try {
    return complete();
  } catch (const std::exception& error) {
    return base::InternalError(error.what());
  }
}

std::string Body(const domain::IssuedTokens& tokens) {
  json::object body;
  if (!tokens.id_token.empty()) body["id_token"] = tokens.id_token;
  body["access_token"] = tokens.access_token;
  if (!tokens.refresh_token.empty()) body["refresh_token"] = tokens.refresh_token;
  body["expires_in"] = tokens.expires_in;
  body["token_type"] = "Bearer";
  // RFC 6749 section 5.1: the scopes are named where they differ from those that were asked for.
  if (!tokens.narrowed_scope.empty()) body["scope"] = tokens.narrowed_scope;
  return json::serialize(body);
}

EndpointResponse Refuse(base::Error error, bool caller_is_known, store::Wait wait) {
  // AWS also answers invalid_client with this status, where RFC 6749, section 5.2, requires 401.
  constexpr int kRefused = 400;
  EndpointResponse response = ErrorResponse(kRefused, std::move(error), wait);
  response.caller_is_known = caller_is_known;
  return response;
}

}  // namespace

EndpointResponse Token(const domain::Services& services, const EndpointRequest& request) {
  constexpr int kOk = 200;
  const auto nothing = store::Wait::NothingRevoked();
  try {
    std::optional<codec::Form> form;
    std::shared_ptr<const domain::Client> client;
    const auto completion = Admit(services, request, form, client);
    const bool confidential = client != nullptr && !client->secrets.empty();
    if (!completion) return Refuse(completion.error(), confidential, nothing);
    // 8. Without a snapshot: signatures, and a commit where the grant has one.
    auto outcome = Perform(*completion);
    if (!outcome) {
      const auto barrier = services.store.Barrier();
      if (!barrier) return Refuse(barrier.error(), confidential, nothing);
      return Refuse(std::move(outcome).error(), confidential, *barrier);
    }
    if (auto* const revoked = std::get_if<RevokedInstead>(&*outcome)) {
      return Refuse(std::move(revoked->error), confidential, revoked->release);
    }
    const auto& issued = std::get<domain::TokenIssuance>(*outcome);
    EndpointResponse response(issued.wait);
    response.status = kOk;
    response.body = Body(issued.tokens);
    response.caller_is_known = true;
    return response;
  } catch (const std::exception& error) {
    return Refuse(base::InternalError(error.what()), /*caller_is_known=*/false, nothing);
  }
}

}  // namespace sallyport::oauth2
