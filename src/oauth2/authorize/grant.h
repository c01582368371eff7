// Answers an authorization request when it is known who uses the browser.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "domain/services.h"
#include "domain/tokens/browser_session.h"
#include "domain/tokens/device.h"
#include "oauth2/authorize/request.h"
#include "sign_in/ending.h"
#include "store/release.h"

namespace sallyport::oauth2 {

struct Granted {
  ClientAnswer answer;
  // The browser gets the answer only when this is over: then every gate refuses what the sign-in
  // has ended.
  store::Wait wait;
};

// Decides by the browser's session how a request at the endpoint is answered; nullopt: the browser
// has no living session. The error is kLoginRequired if somebody would have to sign in and the
// request forbids to ask.
enum class Interaction {
  kNone,    // the session answers it
  kSignIn,  // somebody has to sign in
};
base::Result<Interaction> InteractionFor(
    const domain::Services& services, const AuthorizationRequest& request,
    const std::optional<domain::ProvenBrowserSession>& session);

// Answers by the session, without asking anybody. The commit reads the session again; the error is
// kLoginRequired if it has ended meanwhile. Other errors are those of CompleteSignIn and of the
// store.
base::Result<Granted> GrantBySession(const domain::Services& services,
                                     const AuthorizationRequest& request,
                                     const domain::ProvenBrowserSession& session,
                                     const domain::ContextData& context);

// The ending of a sign-in on a page. One commit makes a new BrowserSession and the answer to the
// request. The error is kOtherUserSignedIn if the request is about another user.
class BrowserEnding final : public sign_in::Ending {
 public:
  // `had` is the cookie that the browser has sent. All arguments must outlive the ending.
  BrowserEnding(const AuthorizationRequest& request,
                const std::optional<domain::BrowserCookie>& had)
      : request_(request), had_(had) {}

  // The client authenticates when it redeems the code.
  bool client_proves_itself_later() const override { return true; }
  base::Status Complete(const domain::Services& services, const domain::SignIn& sign_in) override;

  // The next two may be called when Complete has succeeded.
  const Granted& granted() const { return granted_.value(); }
  // The value of the browser's new cookie.
  const std::string& cookie() const { return cookie_; }

 private:
  base::Result<Granted> GiveCode(const domain::Services& services, const domain::SignIn& sign_in,
                                 domain::BrowserSession& session) const;
  base::Result<Granted> GiveTokens(const domain::Services& services, domain::SignIn sign_in,
                                   domain::BrowserSession& session) const;

  const AuthorizationRequest& request_;
  const std::optional<domain::BrowserCookie>& had_;
  std::optional<Granted> granted_;
  std::string cookie_;
};

}  // namespace sallyport::oauth2
