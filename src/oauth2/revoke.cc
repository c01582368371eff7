// The revocation endpoint: RFC 7009, and as in AWS for refresh tokens only.
#include "domain/tokens/revoke.h"

#include <exception>
#include <memory>
#include <optional>

#include "base/error_codes.h"
#include "domain/errors.h"
#include "domain/records/commit.h"
#include "domain/tokens/refresh_token.h"
#include "jose/token.h"
#include "oauth2/client_authentication.h"
#include "oauth2/endpoint.h"
#include "oauth2/read_form.h"
#include "store/store.h"

namespace sallyport::oauth2 {

namespace {

base::Result<std::shared_ptr<const domain::Client>> ProvenClient(const domain::Services& services,
                                                                 const EndpointRequest& request,
                                                                 const codec::Form& form) {
  SALLYPORT_ASSIGN(const auto reader, services.store.Snapshot());
  return AuthenticateClient(services, *reader, request, form, domain::AssertionUse::kAgain);
}

base::Result<store::Release> Run(const domain::Services& services, const EndpointRequest& request,
                                 bool& caller_is_known) {
  SALLYPORT_ASSIGN(const codec::Form form, ReadForm(request));
  SALLYPORT_ASSIGN(const auto client, ProvenClient(services, request, form));
  caller_is_known = !client->secrets.empty();
  const std::string_view text = form.Get("token");
  if (text.empty()) return domain::error::kFormParameterMissing("token");
  if (!client->settings.enable_token_revocation) {
    return domain::error::kClientDoesNotRevoke();
  }
  const auto token = domain::ParseRefreshToken(text);
  if (!token && jose::UnverifiedToken::Parse(text)) {
    return domain::error::kUnsupportedTokenTypeHint();
  }
  // A token that this server did not issue counts as revoked (RFC 7009, section 2.2). The commit
  // still says up to which position the log has to be released.
  const auto commit = [&](store::LogTx& tx) -> base::Status {
    if (!token) return {};
    return domain::RevokeRefreshToken(services, tx, *token, *client, domain::Associated::kNone);
  };
  auto revoked = domain::CommitRevoking(services, commit);
  if (!revoked && revoked.error().code == base::code::kUnauthorized) {
    return base::Error{base::code::oauth::kInvalidGrant, revoked.error().message, ""};
  }
  return revoked;
}

EndpointResponse Refuse(const base::Error& error, const EndpointRequest& request,
                        store::Wait wait) {
  constexpr int kBadRequest = 400;
  constexpr int kUnauthorized = 401;
  const bool client = error.code == base::code::oauth::kInvalidClient;
  EndpointResponse response = ErrorResponse(client ? kUnauthorized : kBadRequest, error, wait);
  // RFC 6749, section 5.2, requires the scheme that the client has used.
  if (client && !request.authorization.empty()) {
    response.www_authenticate = R"(Basic realm="oauth2", charset="UTF-8")";
  }
  return response;
}

base::Result<store::Release> RunGuarded(const domain::Services& services,
                                        const EndpointRequest& request, bool& caller_is_known) {
  try {
    return Run(services, request, caller_is_known);
  } catch (const std::exception& error) {
    return base::InternalError(error.what());
  }
}

}  // namespace

EndpointResponse Revoke(const domain::Services& services, const EndpointRequest& request) {
  constexpr int kOk = 200;
  bool caller_is_known = false;
  const auto revoked = RunGuarded(services, request, caller_is_known);
  if (revoked) {
    EndpointResponse response(*revoked);
    response.status = kOk;
    response.caller_is_known = caller_is_known;
    return response;
  }
  const auto barrier = services.store.Barrier();
  if (!barrier) return Refuse(barrier.error(), request, store::Wait::NothingRevoked());
  return Refuse(revoked.error(), request, *barrier);
}

}  // namespace sallyport::oauth2
