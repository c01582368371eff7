// The two cookies of a browser: one says who is signed in there, the other in which browser a form
// was shown. Each pool has cookies of its own, because several pools can share a host. If the
// public URL is https, their names have the prefix __Host- (RFC 6265bis section 4.1.3.2), so that
// no neighbouring host can set them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/services.h"
#include "domain/tokens/browser_session.h"
#include "login/browser.h"

namespace sallyport::login {

// nullopt: the browser has sent no cookie that could be this server's.
std::optional<domain::BrowserCookie> SessionCookie(const domain::Services& services,
                                                   const BrowserRequest& request,
                                                   std::string_view pool_id);
// The session that the cookie proves; nullopt: none. Blocks.
base::Result<std::optional<domain::ProvenBrowserSession>> PresentedSession(
    const domain::Services& services, const BrowserRequest& request, const std::string& pool_id);
// For Set-Cookie. SameSite=Lax: an app's redirection to the server brings it, a form that another
// site posts does not. The browser keeps it as long as browsers keep any: the server knows how long
// the session signs somebody in, and what began in the session can be signed out after that.
std::string SetSessionCookie(const domain::Services& services, std::string_view pool_id,
                             std::string_view value);
std::string ClearSessionCookie(const domain::Services& services, std::string_view pool_id);

// The token in each form that is shown in this browser. Another site does not know the token, and
// cannot make a browser send the cookie that belongs to it.
struct FormToken {
  std::string text;
  std::string set_cookie;  // empty: the browser has the cookie already
};
FormToken MakeFormToken(const domain::Services& services, const BrowserRequest& request,
                        std::string_view pool_id);
// A further value in the forms that are shown to a person who is already signed in ("Continue",
// "Allow"). It proves that this session was recent enough for this request (whose parameters are
// `asked`) when the page was made, and when that was: "{Unix seconds}.{MAC}".
std::string SessionMark(const domain::Services& services, const domain::BrowserSession& session,
                        std::string_view asked);
// How many seconds ago such a mark was made; nullopt: it was made for another session or request,
// or not by this server.
std::optional<int64_t> AgeOfMark(const domain::Services& services,
                                 const domain::BrowserSession& session, std::string_view asked,
                                 std::string_view mark);
bool IsFormToken(const domain::Services& services, const BrowserRequest& request,
                 std::string_view pool_id, std::string_view text);

}  // namespace sallyport::login
