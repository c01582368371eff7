// What a browser asks of the sign-in pages, and what it gets.
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

// Views outlive the call.
struct BrowserRequest {
  std::string_view pool_id;  // of the path /{pool id}/login; empty: not named there
  std::string_view host;     // the Host header
  std::string_view method;
  std::string_view query;
  std::string_view content_type;
  std::string_view body;
  std::string_view cookies;          // the Cookie header
  std::string_view accept_language;  // the header
  domain::ContextData context{};
  // A form is taken that has no token of the page that it should have come from: of an emulator,
  // for scripts.
  bool forms_need_no_token = false;
  const Accounts* accounts = nullptr;  // not null
};

struct BrowserResponse {
  explicit BrowserResponse(store::Wait until) : wait(until) {}

  int status = 500;
  std::string_view content_type;  // static; empty: no body
  std::string body;
  std::string location;                  // a URL, or a path beside that of the request; empty: none
  std::vector<std::string> set_cookies;  // each a header's value
  std::string security_policy;           // Content-Security-Policy
  bool caller_is_known = false;          // somebody has proved who they are
  bool cacheable = false;                // by everybody, for a day
  std::string error_code;                // empty: success
  std::string cause;                     // for the log alone
  store::Wait wait;                      // as EndpointResponse has it
};

// Which workers a request is for.
enum class Work {
  kQuick,
  kHash,          // it looks at a password
  kRevokes,       // it signs out, and counts for no limit
  kHashRevoking,  // it may end sessions, and computes a hash
};

// A path: after that of the pool, if any.
struct BrowserEndpoint {
  std::string_view path;
  BrowserResponse (*run)(const domain::Services& services, const BrowserRequest& request);
  std::string_view methods;  // "GET, POST"
  Work get;
  Work post;
  std::string_view discovery_member = {};  // empty: it is in no document
};
std::span<const BrowserEndpoint> BrowserEndpoints();
// nullptr: `path` is none of them. `pool_id`: what stands before it in the path.
const BrowserEndpoint* FindEndpoint(std::string_view path, std::string_view* pool_id);

// Each may block, and does not throw.
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

// What http itself has to say: the queue is full, a release could not be confirmed.
BrowserResponse Trouble(const BrowserRequest& request, base::Error error);

}  // namespace sallyport::login
