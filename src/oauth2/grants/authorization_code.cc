// RFC 6749 section 4.1.3: redeems a code that a browser has brought for the tokens of a new family.
#include <array>
#include <string>
#include <utility>
#include <variant>

#include "base/error_codes.h"
#include "domain/errors.h"
#include "domain/hooks/hook.h"
#include "domain/tokens/redeem_code.h"
#include "oauth2/grants/grant.h"
#include "oauth2/hook_error.h"
#include "store/store.h"

namespace sallyport::oauth2 {

namespace {

constexpr std::array<std::string_view, 1> kCodeRequired{"code"};

bool AllowsCode(const domain::Client& client) {
  return client.settings.Allows(domain::OAuthFlow::kCode);
}

base::Error CodeError(base::Error error) {
  if (error.code == base::code::kInternalError || store::IsDiskFull(error)) return error;
  if (domain::IsHookError(error)) return HookError(std::move(error));
  if (domain::error::kOtherTarget.Is(error)) return error;
  // The sign-in cannot be completed for another reason: a limit of sessions, or a change meanwhile.
  error.code = base::code::oauth::kInvalidGrant;
  return error;
}

base::Result<GrantOutcome> RedeemPresented(const GrantRequest& request) {
  auto redeemed = domain::RedeemCode(request.services, request.client,
                                     {.code = request.form.Get("code"),
                                      .redirect_uri = request.form.Get("redirect_uri"),
                                      .verifier = request.form.Get("code_verifier"),
                                      .resource = request.form.Get("resource")},
                                     request.context);
  if (!redeemed) return CodeError(std::move(redeemed).error());
  if (const auto* const reused = std::get_if<domain::CodeReused>(&*redeemed)) {
    return GrantOutcome(RevokedInstead{domain::error::kAuthorizationCodeUsed(), reused->release});
  }
  return GrantOutcome(std::get<domain::TokenIssuance>(*std::move(redeemed)));
}

base::Result<GrantCompletion> CheckCode(const GrantRequest& request, store::Reader&) {
  return GrantCompletion([request] { return RedeemPresented(request); });
}

}  // namespace

const Grant kAuthorizationCodeGrant{"authorization_code", kCodeRequired,
                                    domain::Category::kUserAuthentication, AllowsCode, CheckCode};

}  // namespace sallyport::oauth2
