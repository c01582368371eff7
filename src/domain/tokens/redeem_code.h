// Redeems an authorization code (authorization_code.h): issues its tokens, or, if it was used
// before, revokes those that were issued for it.
#pragma once

#include <memory>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "domain/clients/client.h"
#include "domain/services.h"
#include "domain/tokens/device.h"
#include "domain/tokens/issue.h"
#include "store/release.h"

namespace sallyport::domain {

// What an app presents that has authenticated.
struct CodePresented {
  std::string_view code;
  std::string_view redirect_uri;  // empty: none was given
  std::string_view verifier;      // PKCE's; empty: none was given
  std::string_view resource;      // RFC 8707 section 2.2; empty: none was given
};

// The code had been used before, and what was issued for it has been revoked. This cannot be made
// without the Release of the commit that revoked it.
struct CodeReused {
  store::Release release;
};

// Issues tokens of a new family, which is made in the commit that uses the code. The error is
// invalid_grant, and the code stays unused, if the code is unknown, expired or another client's, if
// the redirect URI or the verifier does not belong to its request, or if the user has signed out
// since; kOtherTarget (errors.h) if the resource is not that of its request. Other errors are those
// of CompleteSignIn.
base::Result<std::variant<TokenIssuance, CodeReused>> RedeemCode(
    const Services& services, const std::shared_ptr<const Client>& client,
    const CodePresented& presented, const ContextData& context);

}  // namespace sallyport::domain
