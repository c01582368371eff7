// AuthorizationCode: a sign-in in a browser gives it to an app, which redeems it for tokens (RFC
// 6749 section 4.1). It can be used once, within five minutes.
//
// A code's text is all that there is of it: what it says is sealed in it by the Vault, so that
// giving one writes nothing, and each server can read it. The text also determines the id of the
// family that its use makes. So the record of that family, which stays for more than a day, shows
// that the code was used. See docs/decisions/0042.
//
// Earlier versions wrote a record "authorization-code/{SHA-256 of the text}" when they gave a code,
// whose text was random. These are still read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/tokens/browser_session.h"
#include "domain/tokens/device.h"

namespace sallyport::store {
class Reader;
}  // namespace sallyport::store

namespace sallyport::domain {

struct Services;

struct AuthorizationCode {
  std::string pool_id;
  std::string client_id;
  std::string sub;
  std::string browser_session;
  std::string redirect_uri;
  bool redirect_given = false;  // the authorization request had it, so the app must give it again
  std::string challenge;        // PKCE's S256; empty: none
  std::string scope;            // space-separated
  std::string nonce;
  std::string resource;  // the access token's audience; empty: none
  // As in TokenFamily.
  std::string id_token_claims;
  std::string user_info_claims;
  int64_t auth_time = 0;
  std::vector<ProvedFactor> factors;
  Device device;  // of the browser, where the pool tracks sessions
  int64_t expires_millis = 0;
  int64_t ends_millis = 0;  // by the watched time
  bool used = false;        // by an earlier version
  std::string family;       // the id of the family that its use makes, or has made
};

inline constexpr int64_t kAuthorizationCodeSeconds = 300;
// The records of earlier versions, sort ExpirySort(the watched time from which nobody needs it).
inline constexpr std::string_view kAuthorizationCodesByExpiry = "authorization-codes-by-expiry";

// Makes a new code, and gives its text. `code` has what the app asked for; `session` says who has
// signed in. Everything that ends the session ends the code, which is checked when it is redeemed.
// An error if nothing may be issued (MayIssue).
base::Result<std::string> MakeAuthorizationCode(const Services& services, AuthorizationCode code,
                                                const BrowserSession& session);

// The code as it was given. The error is kInvalidGrant (errors.h) if no server of this store has
// given it, or one has before the store's last `recover`.
base::Result<AuthorizationCode> ReadAuthorizationCode(store::Reader& reader,
                                                      const Services& services,
                                                      std::string_view text);

// Whether BASE64URL(SHA256(verifier)) is `challenge` (RFC 7636 section 4.6).
bool IsVerifierOf(std::string_view verifier, std::string_view challenge);
// Whether it has 43 to 128 of the unreserved characters (section 4.1).
bool IsVerifier(std::string_view text);

}  // namespace sallyport::domain
