// Revoke: the one place that appends to the RevocationLog. Each function is a part of a commit
// (store::Store::UpdateRevoking, or UpdateLog) and is written with its cause. The caller's answer
// then waits for the commit's Release, also where nothing was left to revoke.
//
// How long an entry is kept: docs/decisions/0002 and 0025.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/forgetting.h"

namespace sallyport::store {
class Reader;
class LogTx;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct Client;
struct RefreshToken;
struct TokenFamily;
struct Services;
struct User;
struct UserAnchor;

// How long any token of the client may live, as its settings are and ever were; nullopt where the
// client is gone.
base::Result<std::optional<int64_t>> GreatestTokenSeconds(store::Reader& reader,
                                                          std::string_view client_id);

// Revokes the refresh token of `family` and every token that it produced; writes its record.
// Nothing is appended where it was revoked before.
base::Status RevokeFamily(store::LogTx& tx, TokenFamily& family, int64_t now_seconds);

// Revokes the family of a refresh token that `client`, which has proved itself, wants revoked: of
// any that the family ever had, one that was replaced by rotation, too. A family that is unknown or
// was revoked before needs nothing more, and that is no error.
// UnauthorizedException where the token was issued to another client.
base::Status RevokeRefreshToken(const Services& services, store::LogTx& tx,
                                const RefreshToken& token, const Client& client);

// Revokes every family of the user that was born before this commit, except `spared_family` if it
// is not empty. Increments user.generation and writes the user's anchor record first, which orders
// it against sign-ins; so `user` must be as read in this commit. Families whose refresh token has
// expired so long ago that no token of theirs can be alive by any gate's time are not appended.
base::Status RevokeAllFamilies(store::LogTx& tx, User& user, int64_t now_seconds,
                               std::string_view spared_family = {});

// RevokeAllFamilies in two steps, so that the commits of many sign-outs do little: what it would
// read and write is prepared outside.
struct PreparedSignOut {
  struct Family {
    std::string id;
    bool carries_origin_jti = true;
    std::string client_id;
    int64_t refresh_expires = 0;
  };
  std::string pool_id, sub;
  std::string before, after;  // the user's anchor record
  std::vector<Family> families;
};
// `snapshot` is one state of the store, in which `anchor` was read.
base::Result<PreparedSignOut> PrepareSignOut(store::Reader& snapshot, UserAnchor anchor);

// What a commit reads once, however many families it revokes.
struct Retention {
  std::optional<store::TimeRecord> time;
  std::map<std::string, int64_t, std::less<>> validities;  // greatest, of clients' tokens
};

// False: the anchor is another than was read, and nothing was written; RevokeAllFamilies is to be
// used. An anchor that is the same proves that no family was born since, since each birth writes
// it.
base::Result<bool> SignOutAsPrepared(store::LogTx& tx, const PreparedSignOut& prepared,
                                     int64_t now_seconds, Retention& retention);

// Every token of the client, whatever its family. The client's record is left to the caller.
base::Status RevokeClient(store::LogTx& tx, std::string_view client_id, int64_t now_seconds);

// Every token of the issuer. Keys and records are left to the caller.
base::Status RevokePool(store::LogTx& tx, std::string_view issuer, int64_t now_seconds);

// `jwk`: the public key, as gates get it. A kid is published once, under one issuer: where it ever
// was before, the commit fails. A gate that has seen it withdrawn would not take it again, and a
// gate that starts tomorrow would: docs/decisions/0022.
base::Status PublishKey(store::LogTx& tx, std::string_view issuer, std::string_view kid,
                        std::string_view jwk);
// Kept for ever, as the publication is: a snapshot that held the one without the other would bring
// the key back.
base::Status WithdrawKey(store::LogTx& tx, std::string_view issuer, std::string_view kid);

// What the two above wrote down of a kid, record "kid/{kid}", which is never deleted.
struct KidRecord {
  std::string issuer;  // the last under which it was published
  bool withdrawn = false;
};
std::string KidKey(std::string_view kid);
// nullopt: never published.
base::Result<std::optional<KidRecord>> GetKid(store::Reader& reader, std::string_view kid);
base::Status PutKid(store::Tx& tx, std::string_view kid, const KidRecord& record);

}  // namespace sallyport::domain
