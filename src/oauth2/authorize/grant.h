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

// What has to happen before a request can be answered, given the browser's session (nullopt: it has
// none that is alive). kLoginRequired where a person would have to be asked, but the request
// forbids that.
enum class Interaction {
  kNone,           // the session answers it
  kSignIn,         // somebody has to sign in
  kChooseAccount,  // the person who is signed in is asked whether to continue with that account
  kConsent,        // the person who is signed in is asked whether the app may have what it asks for
};
base::Result<Interaction> InteractionFor(
    const domain::Services& services, const AuthorizationRequest& request,
    const std::optional<domain::ProvenBrowserSession>& session);

// Answers by the session, without asking anybody. Tokens are made by a commit that reads the
// session again: the error is kLoginRequired if it has ended meanwhile. For a code, its redemption
// does that. Other errors are those of CompleteSignIn and of the store.
base::Result<Granted> GrantBySession(const domain::Services& services,
                                     const AuthorizationRequest& request,
                                     const domain::ProvenBrowserSession& session,
                                     const domain::ContextData& context);

// The ending of a sign-in on a page: a new BrowserSession, and with it in one commit the answer to
// the request, unless the request wants consent first. kOtherUserSignedIn where the request is
// about another user.
class BrowserEnding final : public sign_in::Ending {
 public:
  // `had` is the cookie that the browser has sent. All arguments must outlive the ending.
  BrowserEnding(const AuthorizationRequest& request,
                const std::optional<domain::BrowserCookie>& had)
      : request_(request), had_(had) {}

  // The client authenticates when it redeems the code.
  bool client_proves_itself_later() const override { return true; }
  base::Status Complete(const domain::Services& services, const domain::SignIn& sign_in) override;

  // Precondition of all: Complete has succeeded.
  // nullopt: consent is asked for first.
  const std::optional<Granted>& granted() const { return granted_; }
  const domain::BrowserSession& session() const { return session_; }
  const domain::User& user() const { return user_; }
  // The value of the browser's new cookie.
  const std::string& cookie() const { return cookie_; }

 private:
  base::Status Start(const domain::Services& services, const domain::SignIn& sign_in,
                     domain::BrowserSession& session) const;
  base::Result<Granted> GiveCode(const domain::Services& services, const domain::SignIn& sign_in,
                                 domain::BrowserSession& session) const;
  base::Result<Granted> GiveTokens(const domain::Services& services, domain::SignIn sign_in,
                                   domain::BrowserSession& session) const;

  const AuthorizationRequest& request_;
  const std::optional<domain::BrowserCookie>& had_;
  std::optional<Granted> granted_;
  domain::BrowserSession session_;
  domain::User user_;
  std::string cookie_;
};

}  // namespace sallyport::oauth2
