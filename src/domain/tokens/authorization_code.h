// AuthorizationCode: what a sign-in in a browser gives to an app, which redeems it for tokens
// (RFC 6749 section 4.1). It serves once, for five minutes at most.
//
// Record "authorization-code/{SHA-256 of the code}": only the hash is kept. The record stays for an
// hour longer, so that a second use is known for one.
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
  bool redirect_given = false;  // in the authorization request, and so to be given again
  std::string challenge;        // PKCE's S256; empty: none
  std::string scope;            // space-separated
  std::string nonce;
  std::string resource;  // the access token's audience; empty: none
  int64_t auth_time = 0;
  std::vector<ProvedFactor> factors;
  int64_t expires_millis = 0;
  int64_t ends_millis = 0;  // by the watched time
  bool used = false;
  std::string family;  // that it gave birth to; empty: it was not used
};

inline constexpr int64_t kAuthorizationCodeSeconds = 300;
// Sort ExpirySort(when the record serves nobody any more, by the watched time).
inline constexpr std::string_view kAuthorizationCodesByExpiry = "authorization-codes-by-expiry";

// A new random one.
std::string RandomAuthorizationCode();
// A part of the commit that gives it: `code` says what the app asked for. Who signed in is told by
// `session`, as it stands in this commit.
base::Status PutNewCode(store::Tx& tx, const Services& services, std::string_view text,
                        AuthorizationCode code, const BrowserSession& session);

// The record's key, by the code's text.
std::string AuthorizationCodeKey(std::string_view text);
// The error is kInvalidGrant (errors.h) where there is none.
base::Result<AuthorizationCode> GetAuthorizationCode(store::Reader& reader, const std::string& key);
base::Status PutAuthorizationCode(store::Tx& tx, const std::string& key,
                                  const AuthorizationCode& code);

// BASE64URL(SHA256(verifier)) is `challenge` (RFC 7636 section 4.6).
bool IsVerifierOf(std::string_view verifier, std::string_view challenge);
// 43 to 128 of the unreserved characters (section 4.1).
bool IsVerifier(std::string_view text);

}  // namespace sallyport::domain
