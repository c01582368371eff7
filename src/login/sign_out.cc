// GET and POST /logout: Cognito's sign-out (logout_uri, or redirect_uri with the parameters of a
// new sign-in), and OpenID Connect RP-Initiated Logout 1.0. It ends the browser's session and every
// family that began in it, and is answered when every gate refuses them.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/error_codes.h"
#include "domain/errors.h"
#include "domain/pools/pool_domain.h"
#include "domain/records/commit.h"
#include "domain/tokens/browser_session.h"
#include "domain/tokens/caller.h"
#include "domain/tokens/revoke.h"
#include "login/browser.h"
#include "login/cookies.h"
#include "login/pages.h"
#include "login/respond.h"
#include "store/store.h"

namespace sallyport::login {
namespace {

// Whose session is to end, and where the browser goes then.
struct Destination {
  std::string pool_id;
  std::string location;  // empty: the page that says so
};

// The client that the request names, itself or by an ID token; nullptr: it names none.
base::Result<std::shared_ptr<const domain::Client>> NamedClient(const domain::Services& services,
                                                                const codec::Form& parameters) {
  std::string id(parameters.Get("client_id"));
  const std::string_view hint = parameters.Get("id_token_hint");
  if (!hint.empty()) {
    SALLYPORT_ASSIGN(const domain::GivenIdToken token, domain::ReadIdToken(services, hint));
    if (!id.empty() && id != token.client_id) return domain::error::kIdTokenHintInvalid();
    id = token.client_id;
  }
  if (id.empty()) return std::shared_ptr<const domain::Client>();
  auto client = domain::GetClient(services, id);
  if (!client && client.error().code == base::code::kResourceNotFound) {
    return domain::error::kAppUnknown();
  }
  return client;
}

// The pool that the path or the Host names, or the client's.
base::Result<std::string> PoolOf(const domain::Services& services, const BrowserRequest& request,
                                 const domain::Client* client) {
  std::optional<std::string> named;
  if (!request.pool_id.empty()) {
    named = request.pool_id;
  } else {
    SALLYPORT_ASSIGN(named,
                     domain::FindPoolOfHost(services.store, services.settings, request.host));
  }
  if (client == nullptr && !named) return domain::error::kFormParameterMissing("client_id");
  if (client != nullptr && named && *named != client->pool_id) {
    return domain::error::kAppUnknown.Because("a client of another pool");
  }
  std::string pool_id = client != nullptr ? client->pool_id : *std::move(named);
  auto pool = domain::GetPool(services, pool_id);
  if (pool) return pool_id;
  if (pool.error().code != base::code::kResourceNotFound) return std::move(pool).error();
  return domain::error::kAppUnknown.Because("no such pool");
}

// The path of a new sign-in.
base::Result<std::string> SignInAgain(const domain::Services& services,
                                      const BrowserRequest& request,
                                      const codec::Form& parameters) {
  const auto judged = oauth2::JudgeRequest(
      services, {oauth2::Carrier::kSignOut, request.pool_id, request.host, parameters});
  if (const auto* const told = std::get_if<oauth2::ToldToPerson>(&judged)) return told->error;
  // If anything else is wrong with the request, the sign-in page says so.
  return PathWith("login", parameters);
}

base::Result<std::string> LocationFor(const domain::Services& services,
                                      const BrowserRequest& request, const codec::Form& parameters,
                                      const domain::Client* client) {
  const std::string_view by_cognito = parameters.Get("logout_uri");
  const std::string_view by_openid = parameters.Get("post_logout_redirect_uri");
  const std::string_view target = by_cognito.empty() ? by_openid : by_cognito;
  if (target.empty() && parameters.Get("redirect_uri").empty()) return std::string();
  if (client == nullptr) return domain::error::kFormParameterMissing("client_id");
  if (target.empty()) return SignInAgain(services, request, parameters);
  const auto& allowed = client->settings.logout_urls;
  if (std::find(allowed.begin(), allowed.end(), target) == allowed.end()) {
    return domain::error::kLogoutUriUnknown();
  }
  oauth2::ClientAnswer answer{std::string(target), oauth2::ResponseMode::kQuery, {}};
  const std::string_view state = parameters.Get("state");
  if (!state.empty()) answer.parameters.emplace_back("state", state);
  return oauth2::LocationOf(answer);
}

base::Result<Destination> FindDestination(const domain::Services& services,
                                          const BrowserRequest& request,
                                          const codec::Form& parameters) {
  SALLYPORT_ASSIGN(const auto client, NamedClient(services, parameters));
  Destination destination;
  SALLYPORT_ASSIGN(destination.pool_id, PoolOf(services, request, client.get()));
  SALLYPORT_ASSIGN(destination.location, LocationFor(services, request, parameters, client.get()));
  return destination;
}

// If nobody is signed in in this browser, it is signed out already. The answer still waits for a
// Release, because the sign-out before may not have reached every gate.
base::Result<store::Release> EndSession(const domain::Services& services,
                                        const BrowserRequest& request, const std::string& pool_id) {
  const auto cookie = SessionCookie(services, request, pool_id);
  return domain::CommitRevoking(services, [&](store::LogTx& tx) -> base::Status {
    if (!cookie) return {};
    SALLYPORT_ASSIGN(auto found, domain::FindBrowserSession(tx, services, pool_id, *cookie));
    if (!found) return {};
    return domain::SignOutBrowser(tx, found->user, found->session, services.clock.WallSeconds());
  });
}

// The path by which a person signs out in this browser, whatever else is wrong with the app's
// request. It names the client or the pool, and no URL to which the browser should go afterwards.
// Empty: neither is known.
std::string PlainSignOut(const domain::Services& services, const BrowserRequest& request,
                         const codec::Form& parameters) {
  const std::string_view id = parameters.Get("client_id");
  const auto client = domain::GetClient(services, id);
  if (client && PoolOf(services, request, client->get())) {
    return "logout?" + codec::EncodeForm({{"client_id", std::string(id)}});
  }
  return PoolOf(services, request, nullptr) ? "logout" : "";
}

}  // namespace

BrowserResponse SignOut(const domain::Services& services, const BrowserRequest& request) {
  const auto parameters = ReadParameters(request);
  if (!parameters) {
    return ToPerson(LanguageOf(request), parameters.error(), Alert::kSignOutRequest);
  }
  const Language& language = LanguageOf(request, *parameters);
  const auto destination = FindDestination(services, request, *parameters);
  if (!destination) {
    return ToPerson(language, destination.error(), Alert::kSignOutRequest,
                    PlainSignOut(services, request, *parameters));
  }
  const bool presented = SessionCookie(services, request, destination->pool_id).has_value();
  // Without the cookie nothing would end.
  if (request.method == "POST" && !presented) {
    return RedirectToGet(request, "logout", *parameters, Alert::kSignOutRequest);
  }
  const auto ended = EndSession(services, request, destination->pool_id);
  if (!ended) {
    BrowserResponse response = ToPerson(language, ended.error(), Alert::kSignOutRequest);
    response.wait = AfterWhatWasFound(services);
    return response;
  }
  BrowserResponse response = destination->location.empty()
                                 ? SignedOutPage(language)
                                 : Redirect(request, destination->location, *ended);
  response.wait = *ended;
  if (presented) response.set_cookies.push_back(ClearSessionCookie(services, destination->pool_id));
  return response;
}

}  // namespace sallyport::login
