// scope: each scope that is asked for must be one of the client's AllowedOAuthScopes. If none is
// asked for, all of these are meant (RFC 6749 section 3.3, as AWS has it).
#include "domain/tokens/scope.h"

#include <algorithm>
#include <string>
#include <vector>

#include "domain/errors.h"
#include "domain/pools/resource_server.h"
#include "oauth2/authorize/checks.h"
#include "store/store.h"

namespace sallyport::oauth2 {
namespace {

template <typename Range>
bool Contains(const Range& range, std::string_view wanted) {
  return std::find(range.begin(), range.end(), wanted) != range.end();
}

// The scope may have been removed from its resource server since the client was allowed to use it.
base::Result<bool> Exists(const CheckInput& input, const AuthorizationRequest& request,
                          const std::string& scope) {
  if (domain::IsOwnScope(scope, request.pool->settings.claims_as_openid)) return true;
  return domain::HasResourceScope(input.services.store, request.pool->id, scope);
}

}  // namespace

base::Status CheckScope(const CheckInput& input, AuthorizationRequest& request) {
  const std::vector<std::string>& allowed = request.client->settings.oauth_scopes;
  const std::vector<std::string> asked = domain::SplitScope(input.Get("scope"));
  std::vector<std::string> granted;
  for (const std::string& scope : asked.empty() ? allowed : asked) {
    SALLYPORT_ASSIGN(const bool exists, Exists(input, request, scope));
    if (exists && Contains(allowed, scope)) {
      if (Contains(granted, scope)) continue;
      request.scope += (granted.empty() ? "" : " ") + scope;
      granted.push_back(scope);
    } else if (!asked.empty()) {
      return domain::error::kScopeNotGranted();
    }
  }
  if (granted.empty()) return domain::error::kScopeNotGranted.Because("the client has no scopes");
  return {};
}

}  // namespace sallyport::oauth2
