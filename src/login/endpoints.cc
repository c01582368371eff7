// The paths of the pages, which are Cognito's.
#include <array>
#include <exception>
#include <string>

#include "login/browser.h"
#include "login/embedded.h"
#include "login/respond.h"

namespace sallyport::login {
namespace {

// Makes a function that does not throw from one that may.
template <BrowserResponse (*run)(const domain::Services&, const BrowserRequest&)>
BrowserResponse GuardedRun(const domain::Services& services, const BrowserRequest& request) {
  try {
    return run(services, request);
  } catch (const std::exception& error) {
    return Trouble(request, base::InternalError(error.what()));
  }
}

BrowserResponse Script(std::string_view text) {
  BrowserResponse response(store::Wait::NothingRevoked());
  response.status = 200;
  response.content_type = "text/javascript; charset=utf-8";
  response.body = text;
  response.cacheable = true;
  return response;
}

// clang-format off
constexpr std::array kEndpoints{
    BrowserEndpoint{"/oauth2/authorize", GuardedRun<Authorize>, "GET, HEAD, POST", Work::kQuick, Work::kQuick, "authorization_endpoint"},
    BrowserEndpoint{"/login", GuardedRun<SignIn>, "GET, HEAD, POST", Work::kQuick, Work::kHash},
    BrowserEndpoint{"/logout", GuardedRun<SignOut>, "GET, HEAD, POST", Work::kRevokes, Work::kRevokes, "end_session_endpoint"},
    BrowserEndpoint{"/signup", GuardedRun<SignUp>, "GET, HEAD, POST", Work::kQuick, Work::kHash},
    BrowserEndpoint{"/confirm", GuardedRun<ConfirmSignUp>, "GET, HEAD, POST", Work::kQuick, Work::kQuick},
    BrowserEndpoint{"/resendcode", GuardedRun<ResendCode>, "GET, HEAD, POST", Work::kQuick, Work::kQuick},
    BrowserEndpoint{"/forgotPassword", GuardedRun<ForgotPassword>, "GET, HEAD, POST", Work::kQuick, Work::kQuick},
    BrowserEndpoint{"/confirmforgotPassword", GuardedRun<ConfirmForgotPassword>, "GET, HEAD, POST", Work::kQuick, Work::kHashRevoking},
    BrowserEndpoint{"/login/submit.js", GuardedRun<SubmitScript>, "GET, HEAD", Work::kQuick, Work::kQuick},
    BrowserEndpoint{"/login/form.js", GuardedRun<FormScript>, "GET, HEAD", Work::kQuick, Work::kQuick},
};
// clang-format on

}  // namespace

std::span<const BrowserEndpoint> BrowserEndpoints() {
  return kEndpoints;
}

const BrowserEndpoint* FindEndpoint(std::string_view path, std::string_view* pool_id) {
  for (const BrowserEndpoint& endpoint : kEndpoints) {
    if (!path.ends_with(endpoint.path)) continue;
    const std::string_view before = path.substr(0, path.size() - endpoint.path.size());
    const bool is_pool =
        before.size() > 1 && before.front() == '/' && before.find('/', 1) == std::string_view::npos;
    if (!before.empty() && !is_pool) continue;
    *pool_id = before.empty() ? before : before.substr(1);
    return &endpoint;
  }
  return nullptr;
}

BrowserResponse SubmitScript(const domain::Services&, const BrowserRequest&) {
  return Script(embedded::kSubmitJs);
}

BrowserResponse FormScript(const domain::Services&, const BrowserRequest&) {
  return Script(embedded::kFormJs);
}

BrowserResponse Trouble(const BrowserRequest& request, base::Error error) {
  // The response has no page if making the page itself has failed.
  try {
    return ToPerson(LanguageOf(request), error);
  } catch (const std::exception&) {
    BrowserResponse response(store::Wait::NothingRevoked());
    response.error_code = std::move(error.code);
    response.cause = std::move(error.cause);
    return response;
  }
}

}  // namespace sallyport::login
