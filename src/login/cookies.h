// The two cookies of a browser: one says who is signed in there, the other in which browser a form
// was shown. Each pool has cookies of its own, because several pools can share a host. If the
// public URL is https, their names have the prefix __Host- (RFC 6265bis section 4.1.3.2), so that
// no neighbouring host can set them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/services.h"
#include "domain/tokens/browser_session.h"
#include "login/browser.h"

namespace sallyport::login {

// nullopt: the browser has sent none that could be ours.
std::optional<domain::BrowserCookie> SessionCookie(const domain::Services& services,
                                                   const BrowserRequest& request,
                                                   std::string_view pool_id);
// The value for Set-Cookie. With SameSite=Lax the browser sends the cookie when an app redirects it
// to the server, but not when another site posts a form. The browser keeps it for as long as
// browsers keep any cookie. The server knows how long the session signs somebody in; after that,
// the cookie still serves to sign out what came from the session.
std::string SetSessionCookie(const domain::Services& services, std::string_view pool_id,
                             std::string_view value);
std::string ClearSessionCookie(const domain::Services& services, std::string_view pool_id);

// The token that a form carries which is shown in this browser. Another site does not know it, and
// cannot make a browser send the cookie that belongs to it.
struct FormToken {
  std::string text;
  std::string set_cookie;  // empty: the browser has the cookie already
};
FormToken MakeFormToken(const domain::Services& services, const BrowserRequest& request,
                        std::string_view pool_id);
bool IsFormToken(const domain::Services& services, const BrowserRequest& request,
                 std::string_view pool_id, std::string_view text);

}  // namespace sallyport::login
