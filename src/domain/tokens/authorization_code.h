// AuthorizationCode: a sign-in in a browser gives it to an app, which redeems it for tokens (RFC
// 6749 section 4.1). It can be used once, within five minutes. Record "authorization-code/{SHA-256
// of the code}": only the hash is kept. The record stays for another hour, so that a second use is
// recognised.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/tokens/browser_session.h"

namespace sallyport::store {
class Reader;
class Tx;
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
  int64_t expires_millis = 0;
  int64_t ends_millis = 0;  // by the watched time
  bool used = false;
  std::string family;  // the family that was made by redeeming it; empty: it was not used
};

inline constexpr int64_t kAuthorizationCodeSeconds = 300;
// Sort ExpirySort(the watched time from which nobody needs the record).
inline constexpr std::string_view kAuthorizationCodesByExpiry = "authorization-codes-by-expiry";

// Makes a new random code.
std::string RandomAuthorizationCode();
// A part of the commit that issues it. `code` has what the app asked for; `session`, as it is in
// this commit, says who has signed in.
base::Status PutNewCode(store::Tx& tx, const Services& services, std::string_view text,
                        AuthorizationCode code, const BrowserSession& session);

// The record's key, by the code's text.
std::string AuthorizationCodeKey(std::string_view text);
// The error is kInvalidGrant (errors.h) if there is no such code.
base::Result<AuthorizationCode> GetAuthorizationCode(store::Reader& reader, const std::string& key);
base::Status PutAuthorizationCode(store::Tx& tx, const std::string& key,
                                  const AuthorizationCode& code);

// Whether BASE64URL(SHA256(verifier)) is `challenge` (RFC 7636 section 4.6).
bool IsVerifierOf(std::string_view verifier, std::string_view challenge);
// Whether it has 43 to 128 of the unreserved characters (section 4.1).
bool IsVerifier(std::string_view text);

}  // namespace sallyport::domain
