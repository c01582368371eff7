// GET and POST /oauth2/authorize: redirects the browser. It goes to the client with an answer, if
// the browser's session suffices, or with an error; or to the sign-in page. If nothing proves that
// the request is the client's, it is not redirected: a page says what is wrong.
#include <optional>
#include <utility>

#include "domain/errors.h"
#include "domain/limits/throttle.h"
#include "login/browser.h"
#include "login/cookies.h"
#include "login/respond.h"
#include "oauth2/authorize/grant.h"

namespace sallyport::login {
namespace {

constexpr std::string_view kScriptFromEndpoint = "../login/submit.js";

struct AtEndpoint {
  const domain::Services& services;
  const BrowserRequest& request;
  const codec::Form& parameters;
  const Language& language;
};

BrowserResponse Refuse(const AtEndpoint& at, const oauth2::AuthorizationRequest& asked,
                       const base::Error& error, store::Wait wait) {
  BrowserResponse response =
      ToClient(at.request, at.language, oauth2::RefusalOf(at.services, asked, error),
               kScriptFromEndpoint, wait);
  response.error_code = error.code;
  response.cause = error.cause;
  return response;
}

// Redirects to the page that asks who is in front of the browser, or what they allow.
BrowserResponse AskToSignIn(const AtEndpoint& at, const oauth2::AuthorizationRequest& asked) {
  auto location = PathWith("../login", at.parameters);
  if (!location) return Refuse(at, asked, location.error(), store::Wait::NothingRevoked());
  return Redirect(at.request, *std::move(location), store::Wait::NothingRevoked());
}

BrowserResponse Answer(const AtEndpoint& at, const oauth2::AuthorizationRequest& asked,
                       const domain::ProvenBrowserSession& session) {
  const auto nothing = store::Wait::NothingRevoked();
  if (domain::Throttle* const throttle = at.services.throttle) {
    auto taken = throttle->TakeForAddress(domain::Anonymous::kSignIn, at.request.context.ip);
    if (taken) taken = throttle->Take(domain::Category::kUserAuthentication);
    if (!taken) return Refuse(at, asked, taken.error(), nothing);
  }
  const auto granted = oauth2::GrantBySession(at.services, asked, session, at.request.context);
  if (granted) {
    return ToClient(at.request, at.language, granted->answer, kScriptFromEndpoint, granted->wait);
  }
  // The session has ended meanwhile.
  if (domain::error::kLoginRequired.Is(granted.error()) &&
      !asked.prompt.Has(oauth2::Prompt::kNone)) {
    return AskToSignIn(at, asked);
  }
  return Refuse(at, asked, granted.error(), AfterWhatWasFound(at.services));
}

BrowserResponse Decide(const AtEndpoint& at, const oauth2::AuthorizationRequest& asked) {
  const auto session = PresentedSession(at.services, at.request, asked.pool->id);
  if (!session) return ToPerson(at.language, session.error());
  const auto interaction = oauth2::InteractionFor(at.services, asked, *session);
  if (!interaction) {
    return Refuse(at, asked, interaction.error(), AfterWhatWasFound(at.services));
  }
  if (*interaction != oauth2::Interaction::kNone || !*session) return AskToSignIn(at, asked);
  return Answer(at, asked, **session);
}

}  // namespace

BrowserResponse Authorize(const domain::Services& services, const BrowserRequest& request) {
  const auto nothing = store::Wait::NothingRevoked();
  const auto parameters = ReadParameters(request);
  if (!parameters) return ToPerson(LanguageOf(request), parameters.error());
  if (request.method == "POST") return RedirectToGet(request, "authorize", *parameters);
  const AtEndpoint at{services, request, *parameters, LanguageOf(request, *parameters)};
  const auto judged = oauth2::JudgeRequest(
      services, {oauth2::Carrier::kEndpoint, request.pool_id, request.host, *parameters});
  if (const auto* const told = std::get_if<oauth2::ToldToPerson>(&judged)) {
    return ToPerson(at.language, told->error);
  }
  if (const auto* const told = std::get_if<oauth2::ToldToClient>(&judged)) {
    BrowserResponse response =
        ToClient(request, at.language, told->answer, kScriptFromEndpoint, nothing);
    response.error_code = told->error.code;
    response.cause = told->error.cause;
    return response;
  }
  return Decide(at, std::get<oauth2::AuthorizationRequest>(judged));
}

}  // namespace sallyport::login
