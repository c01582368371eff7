// BrowserTest: a pool with a client for the code and the implicit grant, and browsers that visit
// its pages.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "login/browser.h"
#include "oauth2/endpoint.h"
#include "user_fixture.h"

namespace sallyport::login {

using operations::ClaimsOf;
using operations::kPassword;
using operations::Succeeded;
using Parameters = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::string_view kCallback = "https://app.example/callback";
inline constexpr std::string_view kSignedOut = "https://app.example/bye";
inline constexpr std::string_view kVerifier = "0123456789abcdefghijklmnopqrstuvwxyz-._~ABCDEFG";

inline constexpr int64_t kSecond = 1000;
inline constexpr int64_t kMinute = 60 * kSecond;

// What a browser keeps.
struct Browser {
  std::map<std::string, std::string> cookies;
};

// `changes` in the place of, or beside, those of `parameters`; an empty value takes one away.
Parameters With(Parameters parameters, const Parameters& changes);
// The parameters of a URL's query or fragment.
std::map<std::string, std::string> ParametersOf(std::string_view url);
// The value of a page's hidden field; empty: it has none.
std::string Field(const BrowserResponse& page, std::string_view name);

class BrowserTest : public operations::UserTest {
 protected:
  BrowserTest();

  std::string MakeWebClient(boost::json::object more = {});
  // Changes what the client may have; the rest stays.
  void SetWebClient(boost::json::array scopes, boost::json::array urls);
  // Of a code, with PKCE.
  Parameters Request() const;

  BrowserResponse Get(Browser& browser, std::string_view path, const Parameters& query = {});
  BrowserResponse Post(Browser& browser, std::string_view path, const Parameters& query,
                       const Parameters& form);
  // The sign-in page, shown and sent.
  BrowserResponse SignInOn(Browser& browser, const Parameters& query, std::string_view name,
                           std::string_view password = kPassword);
  // Signs in with a code: its text.
  std::string CodeFor(Browser& browser, std::string_view name);

  struct Redeemed {
    oauth2::EndpointResponse response;
    boost::json::object body;
    operations::Tokens tokens;
  };
  Redeemed Redeem(std::string_view code, const Parameters& changes = {});
  // By a refresh token of such a sign-in.
  Redeemed Refresh(std::string_view token, std::string_view scope = "",
                   std::string_view resource = "");
  Redeemed SignInBy(Browser& browser, std::string_view name) {
    return Redeem(CodeFor(browser, name));
  }

  // "login_required", "code" or "page": what prompt=none, or no prompt, leads to.
  std::string Silently(Browser& browser, const Parameters& changes = {});

  void TrackSessions(int most);

  std::string web_;

 private:
  Redeemed AskForTokens(const std::string& body);
  BrowserResponse Send(Browser& browser, std::string_view method, std::string_view path,
                       const Parameters& query, const std::string& body);
};

}  // namespace sallyport::login
