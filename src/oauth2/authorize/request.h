// AuthorizationRequest: what an app asks a browser to bring it (RFC 6749 section 4.1.1, OpenID
// Connect Core section 3.1.2.1), once it is known to be one that may be answered.
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
  bool redirect_given = false;  // it was not left to the client's DefaultRedirectURI
  ResponseType type = ResponseType::kCode;
  ResponseMode mode = ResponseMode::kQuery;
  std::string state;
  std::string scope;  // space-separated, not empty
  std::string nonce;
  std::string challenge;  // PKCE's S256; empty: none
  std::string resource;   // the access token's audience; empty: none
  domain::SetOf<Prompt> prompt;
  std::optional<int64_t> max_age;  // seconds
  std::string login_hint;
  std::string hinted_sub;  // who alone may be told of; empty: anybody
};

// Where the parameters came.
enum class Carrier {
  kEndpoint,  // /oauth2/authorize
  kPage,      // a page behind it, to which they were handed on
  kSignOut,   // /logout, where a new sign-in is to follow
};

struct Carried {
  Carrier by;
  std::string_view pool_id;  // of the path; empty: not named there
  std::string_view host;
  const codec::Form& parameters;
};

// What a browser takes to the client.
struct ClientAnswer {
  std::string redirect_uri;
  ResponseMode mode = ResponseMode::kQuery;
  std::vector<std::pair<std::string, std::string>> parameters;
};
// The URL to send the browser to; not for kFormPost.
std::string LocationOf(const ClientAnswer& answer);
// RFC 6749 section 4.1.2.1, with `iss` (RFC 9207). The cause is told nobody. An error that is the
// server's own fault becomes server_error, one of a full disk or a limit temporarily_unavailable.
ClientAnswer RefusalOf(const domain::Services& services, const AuthorizationRequest& request,
                       const base::Error& error);

// It may not be answered. Who is told: the client, once it is proved that the redirect URI is the
// client's; before that, the person alone.
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
