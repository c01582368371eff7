// The checks of an authorization request, one file each (checks/). A check reads its parameters,
// and either sets in the request what they ask for, or refuses. The table in judge.cc says which
// checks are made for which request, and in which order.
#pragma once

#include "base/result.h"
#include "oauth2/authorize/request.h"

namespace sallyport::oauth2 {

struct CheckInput {
  const domain::Services& services;
  const Carried& carried;

  std::string_view Get(std::string_view name) const { return carried.parameters.Get(name); }
};

using Check = base::Status (*)(const CheckInput& input, AuthorizationRequest& request);

// Each error is one of RFC 6749 section 4.1.2.1 or OpenID Connect Core section 3.1.2.6, or the
// store's.
base::Status CheckClientId(const CheckInput& input, AuthorizationRequest& request);
base::Status CheckRedirectUri(const CheckInput& input, AuthorizationRequest& request);
base::Status CheckState(const CheckInput& input, AuthorizationRequest& request);
base::Status CheckResponseType(const CheckInput& input, AuthorizationRequest& request);
base::Status CheckResponseMode(const CheckInput& input, AuthorizationRequest& request);
base::Status CheckNotBuilt(const CheckInput& input, AuthorizationRequest& request);
base::Status CheckAllowedFlow(const CheckInput& input, AuthorizationRequest& request);
base::Status CheckIdentityProvider(const CheckInput& input, AuthorizationRequest& request);
base::Status CheckScope(const CheckInput& input, AuthorizationRequest& request);
base::Status CheckNonce(const CheckInput& input, AuthorizationRequest& request);
base::Status CheckPkce(const CheckInput& input, AuthorizationRequest& request);
base::Status CheckResource(const CheckInput& input, AuthorizationRequest& request);
base::Status CheckClaims(const CheckInput& input, AuthorizationRequest& request);
base::Status CheckIdTokenHint(const CheckInput& input, AuthorizationRequest& request);
base::Status CheckLoginHint(const CheckInput& input, AuthorizationRequest& request);
base::Status CheckPrompt(const CheckInput& input, AuthorizationRequest& request);
base::Status CheckMaxAge(const CheckInput& input, AuthorizationRequest& request);

}  // namespace sallyport::oauth2
