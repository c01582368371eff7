// RFC 6749, section 6: new tokens of the same family, with the scopes of the sign-in that the
// client still has, or with fewer, where fewer are asked for.
#include <array>
#include <string>
#include <utility>

#include "base/error_codes.h"
#include "domain/errors.h"
#include "domain/hooks/hook.h"
#include "oauth2/grants/grant.h"
#include "oauth2/hook_error.h"
#include "store/store.h"

namespace sallyport::oauth2 {

namespace {

constexpr std::array<std::string_view, 1> kRequired{"refresh_token"};

// The API's refresh flow is one way to be allowed. A client that takes part in code grants may
// always refresh here, and so may one that rotates its tokens, for which AWS forbids the API's
// flow.
bool AllowsRefresh(const domain::Client& client) {
  return client.settings.Allows(domain::AuthFlow::kRefreshToken) ||
         client.settings.Allows(domain::OAuthFlow::kCode) || client.settings.rotates_refresh_tokens;
}

base::Result<domain::TokenIssuance> Refresh(const GrantRequest& request,
                                            std::string_view refresh_token) {
  SALLYPORT_ASSIGN(const domain::Refresh refresh,
                   domain::CheckRefreshToken(request.services, request.client, refresh_token,
                                             request.form.Get("scope")));
  const std::string_view resource = request.form.Get("resource");
  if (!resource.empty() && resource != refresh.family.resource)
    return domain::error::kOtherTarget();
  return domain::CompleteRefresh(request.services, refresh, request.context);
}

// Does nothing yet: the domain reads what it needs in a snapshot of its own.
base::Result<GrantCompletion> CheckRefresh(const GrantRequest& request, store::Reader&) {
  const std::string_view refresh_token = request.form.Get("refresh_token");
  return GrantCompletion([request, refresh_token]() -> base::Result<GrantOutcome> {
    auto tokens = Refresh(request, refresh_token);
    if (tokens) return GrantOutcome(*std::move(tokens));
    if (tokens.error().code == base::code::kInternalError || store::IsDiskFull(tokens.error()) ||
        tokens.error().code == base::code::oauth::kInvalidScope ||
        domain::error::kOtherTarget.Is(tokens.error())) {
      return std::move(tokens).error();
    }
    if (domain::IsHookError(tokens.error())) return HookError(std::move(tokens).error());
    return base::Error{base::code::oauth::kInvalidGrant, tokens.error().message,
                       tokens.error().cause};
  });
}

}  // namespace

const Grant kRefreshTokenGrant{"refresh_token", kRequired, domain::Category::kUserAuthentication,
                               AllowsRefresh, CheckRefresh};

}  // namespace sallyport::oauth2
