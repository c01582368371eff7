// The OAuth endpoints: what they need of a request, and what they respond.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/services.h"
#include "domain/tokens/device.h"
#include "store/release.h"

namespace sallyport::oauth2 {

// Views must outlive the call.
struct EndpointRequest {
  std::string_view pool_id;        // from the path /{pool id}/oauth2/...; empty: not in the path
  std::string_view host;           // the Host header
  std::string_view method;         // "POST"
  std::string_view authorization;  // the Authorization header; empty: none
  std::string_view content_type;
  std::string_view body;
  domain::ContextData context{};
};

struct EndpointResponse {
  explicit EndpointResponse(store::Wait until) : wait(until) {}

  int status = 500;
  std::string body;              // JSON; empty: none
  std::string www_authenticate;  // the value of that header; empty: none
  std::string error_code;        // empty: success
  std::string cause;             // only for the log
  // Whether the caller has authenticated, by a client secret or a token. The calls of others are
  // limited by their address.
  bool caller_is_known = false;
  // Whether the call was refused for a token that this server has issued, and that has ended. It is
  // not counted for its address.
  bool token_has_ended = false;
  // The response must not be sent before this is released (http/exchange.h).
  store::Wait wait;
};

// Each may block (commit, signature), so they run on a worker thread. They do not throw.

// POST /oauth2/token with the grants authorization_code, client_credentials and refresh_token. RFC
// 6749, sections 4.1.3, 4.4, 5 and 6. An error of a grant also waits, because a code that is used
// twice revokes what it gave, and a refresh may have revoked its family, or found it revoked.
EndpointResponse Token(const domain::Services& services, const EndpointRequest& request);
// POST /oauth2/revoke: RFC 7009. As every revoking call it waits for a release, whatever the
// answer.
EndpointResponse Revoke(const domain::Services& services, const EndpointRequest& request);
// GET or POST /oauth2/userInfo: OpenID Connect Core, section 5.3.
EndpointResponse UserInfo(const domain::Services& services, const EndpointRequest& request);

// {"error":code,"error_description":message}: RFC 6749, section 5.2. An InternalErrorException
// becomes 500 server_error, a TooManyRequestsException becomes 429 temporarily_unavailable, and the
// error of a store whose disk is full becomes 503 temporarily_unavailable.
EndpointResponse ErrorResponse(int status, base::Error error, store::Wait wait);

}  // namespace sallyport::oauth2
