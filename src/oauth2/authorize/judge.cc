// The list of what an authorization request is checked for.
#include <array>
#include <exception>
#include <string>

#include "base/error_codes.h"
#include "domain/errors.h"
#include "oauth2/authorize/checks.h"
#include "oauth2/authorize/request.h"

namespace sallyport::oauth2 {
namespace {

struct CheckRow {
  Check check;
  bool at_endpoint;
  bool at_page;
  bool at_sign_out;
  // From here on the redirect URI is proved to be the client's, and errors are the client's to see.
  bool proves_redirect = false;
};

// clang-format off
constexpr std::array kChecks{
    //                              endpoint page  sign-out
    CheckRow{CheckClientId,         true,    true,  true},
    CheckRow{CheckRedirectUri,      true,    true,  true, /*proves_redirect=*/true},
    // These say how an error is sent.
    CheckRow{CheckState,            true,    true,  true},
    CheckRow{CheckResponseMode,     true,    true,  false},
    CheckRow{CheckResponseType,     true,    true,  true},
    // These say whether the client may ask at all, and in this way.
    CheckRow{CheckNotBuilt,         true,    true,  false},
    CheckRow{CheckAllowedFlow,      true,    true,  true},
    CheckRow{CheckIdentityProvider, true,    true,  false},
    // These read what it asks for.
    CheckRow{CheckScope,            true,    true,  false},
    CheckRow{CheckNonce,            true,    true,  false},
    CheckRow{CheckPkce,             true,    true,  false},
    CheckRow{CheckResource,         true,    true,  false},
    CheckRow{CheckClaims,           true,    true,  false},
    // These read about which user it asks.
    CheckRow{CheckIdTokenHint,      true,    true,  false},
    CheckRow{CheckLoginHint,        true,    true,  false},
    // Whether a page may, or must, be shown, and which.
    CheckRow{CheckPrompt,           true,    true,  false},
    CheckRow{CheckMaxAge,           true,    true,  false},
};
// clang-format on

bool Applies(const CheckRow& row, Carrier carrier) {
  switch (carrier) {
    case Carrier::kEndpoint:
      return row.at_endpoint;
    case Carrier::kPage:
      return row.at_page;
    case Carrier::kSignOut:
      return row.at_sign_out;
  }
  return true;
}

JudgedRequest JudgeRows(const domain::Services& services, const Carried& carried) {
  AuthorizationRequest request;
  const CheckInput input{services, carried};
  bool proved = false;
  for (const CheckRow& row : kChecks) {
    if (!Applies(row, carried.by)) continue;
    base::Status passed = row.check(input, request);
    if (!passed && proved) {
      return ToldToClient{RefusalOf(services, request, passed.error()), passed.error()};
    }
    if (!passed) return ToldToPerson{std::move(passed).error()};
    proved = proved || row.proves_redirect;
  }
  return request;
}

}  // namespace

JudgedRequest JudgeRequest(const domain::Services& services, const Carried& carried) {
  try {
    return JudgeRows(services, carried);
  } catch (const std::exception& error) {
    return ToldToPerson{base::InternalError(error.what())};
  }
}

}  // namespace sallyport::oauth2
