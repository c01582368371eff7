// Redeeming an authorization code (authorization_code.h): its tokens, or, where it was used before,
// the end of those that it gave.
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

// What an app presents, which has proved who it is.
struct CodePresented {
  std::string_view code;
  std::string_view redirect_uri;  // empty: none was given
  std::string_view verifier;      // PKCE's; empty: none was given
};

// It had been used before: what came of it is revoked. There is none without the Release of the
// commit that did.
struct CodeReused {
  store::Release release;
};

// New tokens of a new family, born in the commit that uses the code. invalid_grant, which consumes
// nothing, where the code is unknown, expired, or another client's, where the redirect URI or the
// verifier is not that of its request, or where whoever signed in has signed out since. Errors of
// CompleteSignIn.
base::Result<std::variant<TokenIssuance, CodeReused>> RedeemCode(
    const Services& services, const std::shared_ptr<const Client>& client,
    const CodePresented& presented, const ContextData& context);

}  // namespace sallyport::domain
