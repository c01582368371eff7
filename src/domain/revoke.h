// Revoke: the one place that appends to the RevocationLog. Each function is a part of a commit
// (store::Store::Update) and is written with its cause. The caller's answer then waits for
// Committed::head, also where nothing was left to revoke.
//
// How long an entry is kept: docs/decisions/0002.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace sallyport::store {
class Tx;
}

namespace sallyport::domain {

struct Client;
struct RefreshToken;
struct TokenFamily;
struct Services;
struct User;

// Revokes the refresh token of `family` and every token that it produced; writes its record.
// Nothing is appended where it was revoked before.
base::Status RevokeFamily(store::Tx& tx, TokenFamily& family, int64_t now_seconds);

// Revokes the family of a refresh token that `client`, which has proved itself, wants revoked: of
// any that the family ever had, one that was replaced by rotation, too. A family that is unknown or
// was revoked before needs nothing more, and that is no error.
// UnauthorizedException where the token was issued to another client.
base::Status RevokeRefreshToken(const Services& services, store::Tx& tx, const RefreshToken& token,
                                const Client& client);

// Revokes every family of the user that was born before this commit, except `spared_family` if it
// is not empty. Increments user.generation and writes the user's anchor record first, which orders
// it against sign-ins; so `user` must be as read in this commit. Families whose refresh token has
// expired so long ago that no token of theirs can be alive are not appended.
base::Status RevokeAllFamilies(store::Tx& tx, User& user, int64_t now_seconds,
                               std::string_view spared_family = {});

// Every token of the client, whatever its family. The client's record is left to the caller.
base::Status RevokeClient(store::Tx& tx, std::string_view client_id, int64_t now_seconds);

// Every token of the issuer. Keys and records are left to the caller.
base::Status RevokePool(store::Tx& tx, std::string_view issuer, int64_t now_seconds);

// `jwk`: the public key, as gates get it.
base::Status PublishKey(store::Tx& tx, std::string_view issuer, std::string_view kid,
                        std::string_view jwk);
// Kept for ever, as the publication is: a snapshot that held the one without the other would bring
// the key back.
base::Status WithdrawKey(store::Tx& tx, std::string_view issuer, std::string_view kid);

}  // namespace sallyport::domain
