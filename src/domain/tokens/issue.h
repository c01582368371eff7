// Issues tokens at a sign-in and at a refresh. Claims, their order and their types are Cognito's.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/clients/client.h"
#include "domain/pools/pool.h"
#include "domain/services.h"
#include "domain/tokens/device.h"
#include "domain/tokens/family.h"
#include "domain/tokens/refresh_token.h"
#include "domain/users/group.h"
#include "domain/users/user.h"
#include "store/release.h"

namespace sallyport::store {
class LogTx;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct TokenKey;

struct IssuedTokens {
  std::string access_token;
  std::string id_token;  // empty: the granted scopes do not include openid (scope.h)
  // Empty after a refresh without rotation: the client keeps the one that it has.
  std::string refresh_token;
  int64_t expires_in = 0;  // of the access token, in seconds
  // What the app is to be told of (RFC 6749 section 5.1); empty: they are those that it asked for.
  std::string narrowed_scope;
};

// The result of a sign-in or a refresh, and what its answer has to wait for: by then the sessions
// that it ended are refused everywhere. After an error of either call the answer waits for a
// Barrier, since a refresh may have revoked its family, or found that it had just been revoked.
struct TokenIssuance {
  IssuedTokens tokens;
  store::Wait wait;
};

// A change that a proof makes to its user. It runs within the commit that reads the user again:
// `user` is as read in that commit, and is written afterwards with its names. It may run more than
// once.
using UserChange = std::function<base::Status(store::Tx& tx, User& user)>;

// Called within a commit. Reads the user again and checks that the user is as the proof assumed:
// exists, is enabled, and has the same password and status (otherwise NotAuthorizedException). Then
// applies `change`, if it is not null, and writes the anchor. Gives the user as written.
base::Result<User> WriteProof(store::Tx& tx, const Pool& pool, const User& relied_on,
                              const UserChange& change);

// What an app is granted when a user signs in to it in a browser.
struct OAuthGrant {
  std::string scope;            // space-separated, never empty
  std::string family = {};      // the id of the family to be; empty: a random one
  std::string nonce;            // the ID token repeats it; empty: none
  std::string resource;         // the audience of access tokens; empty: none
  std::string browser_session;  // the session in which the family begins
  int64_t auth_time = 0;        // of the sign-in in the browser, Unix seconds
  bool refreshes = true;        // it gets a refresh token
  bool narrowed = false;        // the client has lost scopes that it had asked for
  // As TokenFamily has them.
  std::string id_token_claims = {};
  std::string user_info_claims = {};
};

// A sign-in whose proofs are complete: the password was verified and challenges were answered.
struct SignIn {
  std::shared_ptr<const Pool> pool;
  std::shared_ptr<const Client> client;
  // As read and checked in the prepare step. The ID token shows its attributes.
  User user;
  UserChange change;  // applied in the commit; null: none
  ContextData context{};
  // For hooks: ClientMetadata of the call, and triggerSource for Pre Token Generation.
  boost::json::object client_metadata = {};
  std::string_view token_source = "TokenGeneration_Authentication";
  std::vector<ProvedFactor> factors = {};
  std::optional<OAuthGrant> grant = {};  // nullopt: by the API
  // A further part of the commit, which may refuse; null: there is none. It runs after the anchor
  // was written, as `user` is, and before `family` is written, and may run more than once.
  std::function<base::Status(store::LogTx& tx, const User& user, TokenFamily& family)> also = {};
};

// Asks the pool's Pre Token Generation function, if it has one, and signs the tokens; then commits
// the new TokenFamily. The commit checks again the pool, the client, the signing key and the user
// (WriteProof). Where the pool tracks sessions, it makes room for the new session
// (session_limit.h).
base::Result<TokenIssuance> CompleteSignIn(const Services& services, const SignIn& sign_in);

// A refresh whose token was checked. The client still has to prove itself (secret hash).
struct Refresh {
  std::shared_ptr<const Pool> pool;
  std::shared_ptr<const Client> client;
  User user;
  TokenFamily family;       // its scopes are those that this refresh gives
  std::string asked_scope;  // RFC 6749 section 6; empty: those of the sign-in
  bool narrowed = false;    // the client has lost some of them
  RefreshToken token;       // as presented: the present one, or one that it has replaced
  std::shared_ptr<const TokenKey> key;       // the key that will sign
  Groups groups;                             // of the user
  int64_t now_millis = 0;                    // TimeToIssue, taken before everything else was read
  boost::json::object client_metadata = {};  // for the Pre Token Generation function
};

// Checks `refresh_token`, which must have been issued to `client`, and gives its family, user, pool
// and key. Otherwise NotAuthorizedException "Invalid Refresh Token", "Refresh Token has been
// revoked", "Refresh Token has expired" or "User is disabled."
//
// `asked_scope`: fewer scopes than those of the sign-in, for this refresh alone; kScopeNotOfSignIn
// (errors.h) where it has others. Scopes that were removed from the client since are not granted;
// where none is left, the token is invalid. A sign-in by the API has no list of scopes, so it loses
// none.
//
// `read_client` reads the client of `client_id`, and checks whether it may refresh, before anything
// is said about the token. Everything is read of one state of the store.
using ClientReader = std::function<base::Result<std::shared_ptr<const Client>>(store::Reader&)>;
base::Result<Refresh> CheckRefreshToken(const Services& services, std::string_view client_id,
                                        const ClientReader& read_client,
                                        std::string_view refresh_token,
                                        std::string_view asked_scope = {});
// The same for a client that was read before. It must still exist.
base::Result<Refresh> CheckRefreshToken(const Services& services,
                                        const std::shared_ptr<const Client>& client,
                                        std::string_view refresh_token,
                                        std::string_view asked_scope = {});

// Issues new access and ID tokens of the same family. Where the pool has a Pre Token Generation
// function, that is asked first, and then everything that CheckRefreshToken has checked is checked
// again. Without rotation there is no commit: a revocation of the family covers tokens that are
// signed while it commits.
//
// Where the client rotates refresh tokens, the commit replaces the token that was presented.
// IssuedTokens::refresh_token is the family's present token: whoever presents its predecessor
// within the grace period gets the same one, so a retry loses nothing and starts no second chain.
//
// RefreshTokenReuseException: the token was replaced and its grace period has passed. The family is
// then revoked, if the pool is set to do so.
base::Result<TokenIssuance> CompleteRefresh(const Services& services, const Refresh& refresh,
                                            const ContextData& context = {});

}  // namespace sallyport::domain
