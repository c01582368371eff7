// The requests of browsers for the sign-in pages, and the responses.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/services.h"
#include "domain/tokens/device.h"
#include "store/release.h"

namespace sallyport::login {

class Accounts;

// Views must outlive the call.
struct BrowserRequest {
  std::string_view pool_id;  // from a path like /{pool id}/login; empty: not in the path
  std::string_view host;     // the Host header
  std::string_view method;   // "GET" or "POST"; HEAD is answered as GET is, without the body
  std::string_view query;
  std::string_view content_type;
  std::string_view body;
  std::string_view cookies;          // the Cookie header
  std::string_view accept_language;  // the header
  domain::ContextData context{};
  // Forms are accepted without the token of the page from which they should have come. It is for
  // scripts that use the server as an emulator.
  bool forms_need_no_token = false;
  const Accounts* accounts = nullptr;  // not null
};

struct BrowserResponse {
  explicit BrowserResponse(store::Wait until) : wait(until) {}

  int status = 500;
  std::string_view content_type;  // static; empty: no body
  std::string body;
  std::string location;  // a URL, or a path relative to that of the request; empty: none
  std::vector<std::string> set_cookies;  // each a header's value
  std::string security_policy;           // Content-Security-Policy
  bool caller_is_known = false;          // the person has proved who they are
  bool cacheable = false;                // by any cache, for a day
  std::string error_code;                // empty: success
  std::string cause;                     // for the log alone
  store::Wait wait;                      // as in EndpointResponse
};

// Which workers a request is for.
enum class Work {
  kQuick,
  kHash,          // it checks a password
  kRevokes,       // it signs somebody out, and counts for no limit
  kHashRevoking,  // it may end sessions, and computes a hash
};

// An endpoint. Its path comes after the pool's part of the path, if there is one.
struct BrowserEndpoint {
  std::string_view path;
  BrowserResponse (*run)(const domain::Services& services, const BrowserRequest& request);
  std::string_view methods;  // "GET, HEAD, POST"
  Work get;
  Work post;
  std::string_view discovery_member = {};  // empty: it is in no document
};
std::span<const BrowserEndpoint> BrowserEndpoints();
// nullptr: there is no such endpoint. `pool_id` becomes the part of the path before the endpoint's.
const BrowserEndpoint* FindEndpoint(std::string_view path, std::string_view* pool_id);

// Each of these may block, and does not throw.
BrowserResponse Authorize(const domain::Services& services, const BrowserRequest& request);
BrowserResponse SignIn(const domain::Services& services, const BrowserRequest& request);
BrowserResponse SignOut(const domain::Services& services, const BrowserRequest& request);
BrowserResponse SignUp(const domain::Services& services, const BrowserRequest& request);
BrowserResponse ConfirmSignUp(const domain::Services& services, const BrowserRequest& request);
BrowserResponse ResendCode(const domain::Services& services, const BrowserRequest& request);
BrowserResponse ForgotPassword(const domain::Services& services, const BrowserRequest& request);
BrowserResponse ConfirmForgotPassword(const domain::Services& services,
                                      const BrowserRequest& request);
BrowserResponse SubmitScript(const domain::Services& services, const BrowserRequest& request);
BrowserResponse FormScript(const domain::Services& services, const BrowserRequest& request);

// The response for an error of the layer http itself: its queue is full, or a release could not be
// confirmed.
BrowserResponse Trouble(const BrowserRequest& request, base::Error error);

}  // namespace sallyport::login
