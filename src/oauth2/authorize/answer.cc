// How an answer goes to the client.
#include <algorithm>
#include <string>
#include <utility>

#include "base/encoding.h"
#include "base/error_codes.h"
#include "domain/pools/pool.h"
#include "oauth2/authorize/request.h"
#include "oauth2/hook_error.h"
#include "store/store.h"

namespace sallyport::oauth2 {
namespace {

// A URL as a header may carry it.
std::string HeaderUrl(std::string_view url) {
  std::string safe;
  for (const char c : url) {
    if (c > ' ' && c <= '~') {
      safe += c;
    } else {
      const auto byte = static_cast<uint8_t>(c);
      safe += '%';
      safe += base::HexEncode(std::span(&byte, 1));
    }
  }
  return safe;
}

// The error as RFC 6749 has it, with nothing of the API's own.
base::Error Public(base::Error error) {
  if (store::IsDiskFull(error) || error.code == base::code::kTooManyRequests) {
    error.code = base::code::oauth::kTemporarilyUnavailable;
  } else if (error.code == base::code::kInternalError) {
    error.code = base::code::oauth::kServerError;
    error.message.clear();
  } else if (!error.code.empty() && error.code.front() >= 'A' && error.code.front() <= 'Z') {
    // The API's codes begin with a capital letter: a function of the pool, or a limit of its
    // sessions, has refused the sign-in.
    error = HookError(std::move(error));
    error.code = base::code::oauth::kAccessDenied;
  }
  return error;
}

}  // namespace

std::string LocationOf(const ClientAnswer& answer) {
  std::string url = HeaderUrl(answer.redirect_uri);
  if (answer.parameters.empty()) return url;
  if (answer.mode == ResponseMode::kFragment) {
    url += '#';
  } else if (url.find('?') == std::string::npos) {
    url += '?';
  } else if (url.back() != '?' && url.back() != '&') {
    url += '&';
  }
  return url + codec::EncodeForm(answer.parameters);
}

ClientAnswer RefusalOf(const domain::Services& services, const AuthorizationRequest& request,
                       const base::Error& error) {
  base::Error told = Public(error);
  ClientAnswer answer{request.redirect_uri, request.mode, {}};
  auto& parameters = answer.parameters;
  parameters.emplace_back("error", std::move(told.code));
  if (!told.message.empty()) parameters.emplace_back("error_description", std::move(told.message));
  if (!request.state.empty()) parameters.emplace_back("state", request.state);
  parameters.emplace_back("iss", domain::IssuerOf(services.settings, request.pool->id));
  return answer;
}

}  // namespace sallyport::oauth2
