#include "oauth2/client_authentication.h"

#include <optional>
#include <utility>

#include "base/encoding.h"
#include "base/error_codes.h"
#include "base/text.h"
#include "domain/errors.h"
#include "domain/pools/pool_domain.h"
#include "domain/records/json.h"
#include "oauth2/unverified.h"
#include "store/store.h"

namespace sallyport::oauth2 {

namespace {

constexpr std::string_view kAssertionType =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

// The id or the secret in the header. RFC 6749 section 2.3.1 has each encoded as in a form, and AWS
// takes it verbatim. Both are read: neither can have a "%" (ids are letters and digits, secrets
// have
// "_" and "+" as well), so what has one is encoded. No secret has a blank, so a "+" is itself.
base::Result<std::string> PartOfBasic(std::string_view text) {
  if (text.find('%') == std::string_view::npos) return std::string(text);
  auto decoded = codec::DecodeEscapes(text);
  if (!decoded) return domain::error::kInvalidClient.Because("a malformed escape");
  return *std::move(decoded);
}

base::Result<ClientCredentials> ReadBasic(std::string_view header) {
  constexpr std::string_view kBasic = "basic ";
  if (base::LowerCase(header.substr(0, kBasic.size())) != kBasic) {
    return domain::error::kInvalidClient.Because("the Authorization header is not Basic");
  }
  const auto bytes = base::Base64Decode(header.substr(kBasic.size()));
  if (!bytes)
    return domain::error::kInvalidClient.Because("the Authorization header is not base64");
  const std::string pair(bytes->begin(), bytes->end());
  const size_t colon = pair.find(':');
  if (colon == std::string::npos)
    return domain::error::kInvalidClient.Because("the Authorization header has no colon");
  ClientCredentials credentials;
  SALLYPORT_ASSIGN(credentials.id, PartOfBasic(std::string_view(pair).substr(0, colon)));
  SALLYPORT_ASSIGN(credentials.secret, PartOfBasic(std::string_view(pair).substr(colon + 1)));
  return credentials;
}

}  // namespace

base::Result<ClientCredentials> ReadClientCredentials(std::string_view authorization,
                                                      const codec::Form& form) {
  std::string id(form.Get("client_id"));
  const std::string_view secret = form.Get("client_secret");
  const std::string_view assertion = form.Get("client_assertion");
  const std::string_view type = form.Get("client_assertion_type");
  if ((assertion.empty() && !type.empty()) || (!assertion.empty() && type != kAssertionType)) {
    return domain::error::kAssertionTypeUnknown();
  }
  if (!secret.empty() && !assertion.empty()) return domain::error::kTwoClientSecrets();
  if (authorization.empty()) {
    // The client whose key checks the assertion: by RFC 7521 section 4.2 the assertion alone may
    // name it.
    if (id.empty()) id = domain::StringMember(UnverifiedPayload(assertion), "sub");
    if (id.empty()) return domain::error::kFormParameterMissing("client_id");
    return ClientCredentials{std::move(id), std::string(secret), std::string(assertion)};
  }
  SALLYPORT_ASSIGN(ClientCredentials credentials, ReadBasic(authorization));
  if (!secret.empty() || !assertion.empty()) return domain::error::kTwoClientSecrets();
  if (!id.empty() && id != credentials.id) {
    return domain::error::kTwoClientIds();
  }
  return credentials;
}

base::Result<std::shared_ptr<const domain::Client>> AuthenticateClient(
    const domain::Services& services, store::Reader& reader, const EndpointRequest& request,
    const codec::Form& form, domain::AssertionUse use) {
  SALLYPORT_ASSIGN(const ClientCredentials credentials,
                   ReadClientCredentials(request.authorization, form));
  std::optional<std::string> pool_id;
  if (!request.pool_id.empty()) {
    pool_id = request.pool_id;
  } else {
    SALLYPORT_ASSIGN(pool_id, domain::FindPoolOfHost(reader, services.settings, request.host));
  }
  auto client = domain::GetSharedClient(reader, credentials.id);
  if (!client) {
    if (client.error().code != base::code::kResourceNotFound) return std::move(client).error();
    return domain::error::kInvalidClient.Because("no such client");
  }
  if (pool_id && *pool_id != (*client)->pool_id)
    return domain::error::kInvalidClient.Because("a client of another pool");
  if (!credentials.assertion.empty()) {
    SALLYPORT_TRY(domain::CheckClientAssertion(services, **client, credentials.assertion, use));
    return client;
  }
  if (!domain::SecretMatches(services.vault, **client, credentials.secret))
    return domain::error::kInvalidClient.Because("wrong secret");
  return client;
}

}  // namespace sallyport::oauth2
