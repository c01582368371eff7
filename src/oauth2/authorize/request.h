// AuthorizationRequest: the request of an app that a browser brings (RFC 6749 section 4.1.1, OpenID
// Connect Core section 3.1.2.1), once the checks have shown that it may be answered.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "codec/form.h"
#include "domain/clients/client.h"
#include "domain/pools/pool.h"
#include "domain/records/record.h"
#include "domain/services.h"

namespace sallyport::oauth2 {

enum class ResponseType {
  kCode,
  kToken,  // Cognito's implicit grant: access and ID token, no refresh token
};
enum class ResponseMode { kQuery, kFragment, kFormPost };
enum class Prompt { kNone, kLogin, kSelectAccount, kConsent };

struct AuthorizationRequest {
  std::shared_ptr<const domain::Pool> pool;
  std::shared_ptr<const domain::Client> client;
  std::string redirect_uri;
  // The request names the redirect URI, so it is not the client's DefaultRedirectURI.
  bool redirect_given = false;
  ResponseType type = ResponseType::kCode;
  ResponseMode mode = ResponseMode::kQuery;
  std::string state;
  std::string scope;  // space-separated, not empty
  std::string nonce;
  std::string challenge;  // PKCE's S256; empty: none
  std::string resource;   // the access token's audience; empty: none
  // The attributes that are asked for by name, in the form that TokenFamily keeps.
  std::string id_token_claims;
  std::string user_info_claims;
  domain::SetOf<Prompt> prompt;
  std::optional<int64_t> max_age;  // seconds
  std::string login_hint;
  std::string hinted_sub;  // the only user about whom there may be an answer; empty: anybody
};

// Where the parameters have arrived.
enum class Carrier {
  kEndpoint,  // /oauth2/authorize
  kPage,      // a page to which the endpoint has passed them on
  kSignOut,   // /logout, where a new sign-in is to follow
};

struct Carried {
  Carrier by;
  std::string_view pool_id;  // from the path; empty: not in the path
  std::string_view host;
  const codec::Form& parameters;
};

// The answer that a browser takes to the client.
struct ClientAnswer {
  std::string redirect_uri;
  ResponseMode mode = ResponseMode::kQuery;
  std::vector<std::pair<std::string, std::string>> parameters;
};
// The URL to send the browser to; not for kFormPost.
std::string LocationOf(const ClientAnswer& answer);
// The error answer of RFC 6749 section 4.1.2.1, with `iss` (RFC 9207). It does not contain the
// error's cause. An error that is the server's own fault becomes server_error; one of a full disk
// or a limit becomes temporarily_unavailable.
ClientAnswer RefusalOf(const domain::Services& services, const AuthorizationRequest& request,
                       const base::Error& error);

// The request may not be answered. The client is told why if the redirect URI is known to be the
// client's; otherwise only the person at the browser is.
struct ToldToPerson {
  base::Error error;
};
struct ToldToClient {
  ClientAnswer answer;
  base::Error error;
};
using JudgedRequest = std::variant<AuthorizationRequest, ToldToPerson, ToldToClient>;
// Blocks (reads).
JudgedRequest JudgeRequest(const domain::Services& services, const Carried& carried);

}  // namespace sallyport::oauth2
