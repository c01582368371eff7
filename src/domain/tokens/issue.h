// Issue: how tokens come to be. Claims, their order and their types are Cognito's.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <memory>
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
class Tx;
}

namespace sallyport::domain {

struct TokenKey;

struct IssuedTokens {
  std::string access_token;
  std::string id_token;
  std::string refresh_token;  // empty after a refresh without rotation: the one presented goes on
  int64_t expires_in = 0;     // seconds, of the access token
};

// What a sign-in or a refresh gives, and what its answer waits for, so that the sessions that it
// ended are refused everywhere by then. Errors of both calls wait for a Barrier: a refresh may have
// revoked its family, or found it revoked a moment ago.
struct TokenIssuance {
  IssuedTokens tokens;
  store::Wait wait;
};

// What a proof changes in its user, within the commit that finds the user again: `user` is as read
// in it, and is written with its names afterwards. May be run again.
using UserChange = std::function<base::Status(store::Tx& tx, User& user)>;

// Within a commit: finds the user again as a proof relied on: there, enabled, with the same
// password and status (NotAuthorizedException otherwise); makes `change`, if it is not null, and
// writes the anchor. Gives the user as written.
base::Result<User> WriteProof(store::Tx& tx, const Pool& pool, const User& relied_on,
                              const UserChange& change);

// A sign-in whose proof is complete: password verified, challenges answered.
struct SignIn {
  std::shared_ptr<const Pool> pool;
  std::shared_ptr<const Client> client;
  // As read and checked in the prepare step; its attributes are what the ID token says.
  User user;
  UserChange change;  // in the commit; null: none
  ContextData context{};
  // For hooks: the call's ClientMetadata, and triggerSource of Pre Token Generation.
  boost::json::object client_metadata = {};
  std::string_view token_source = "TokenGeneration_Authentication";
  std::vector<ProvedFactor> factors = {};
};

// Asks the pool's Pre Token Generation function, if it has one, and signs; then commits the new
// TokenFamily. The commit finds again the pool, the client, the signing
// key, and the user (WriteProof). Where the pool tracks sessions it makes room for the new one
// (session_limit.h).
base::Result<TokenIssuance> CompleteSignIn(const Services& services, const SignIn& sign_in);

// A refresh whose token was checked and whose client has yet to prove itself (secret hash).
struct Refresh {
  std::shared_ptr<const Pool> pool;
  std::shared_ptr<const Client> client;
  User user;
  TokenFamily family;
  RefreshToken token;                        // as presented; any that the family ever had
  std::shared_ptr<const TokenKey> key;       // that signs
  Groups groups;                             // the user's
  int64_t now_millis = 0;                    // TimeToIssue, before all of it was read
  boost::json::object client_metadata = {};  // for the Pre Token Generation function
};

// The family, user, pool and key of `refresh_token`, which was given to `client`.
// NotAuthorizedException "Invalid Refresh Token", "Refresh Token has been revoked", "Refresh Token
// has expired", "User is disabled."
base::Result<Refresh> CheckRefreshToken(const Services& services,
                                        const std::shared_ptr<const Client>& client,
                                        std::string_view refresh_token);

// New access and ID tokens of the same family. Where the pool has a Pre Token Generation function
// it is asked first, and what CheckRefreshToken has checked is checked again after it. Without
// rotation there is no commit: what a revocation names by family covers tokens that are signed
// while it commits.
//
// Where the client rotates refresh tokens, the commit replaces the one presented, and
// IssuedTokens::refresh_token is the family's present one: the same to all who present its
// predecessor within the grace period, so that a retry loses nothing and makes no second chain.
//
// RefreshTokenReuseException: the token was replaced, and its grace period is over. Where the pool
// says so the family is revoked.
base::Result<TokenIssuance> CompleteRefresh(const Services& services, const Refresh& refresh,
                                            const ContextData& context = {});

}  // namespace sallyport::domain
