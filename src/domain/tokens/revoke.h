// Revoke: the only functions that append to the RevocationLog. Each is part of a commit
// (store::Store::UpdateRevoking or UpdateLog), so the entry is written together with its cause. The
// caller's answer then waits for the commit's Release, even where there was nothing left to revoke.
//
// docs/decisions/0002 and 0025 say for how long an entry is kept.
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

struct BrowserSession;
struct Client;
struct RefreshToken;
struct TokenFamily;
struct Services;
struct User;
struct UserAnchor;

// AWS's RevokeAssociatedSessions: what is ended with a session.
enum class Associated {
  kNone,    // nothing else
  kLinked,  // with a browser's session, the families that began in it; with a family, its browser's
            // session
};

// The longest validity that any token of the client can have, considering its present and its past
// settings; nullopt where the client does not exist any more.
base::Result<std::optional<int64_t>> GreatestTokenSeconds(store::Reader& reader,
                                                          std::string_view client_id);

// Revokes the refresh token of `family` and every token that it has produced, and writes the
// record. Appends nothing where the family was revoked before.
base::Status RevokeFamily(store::LogTx& tx, TokenFamily& family, int64_t now_seconds);

// Revokes the family of a refresh token at the request of `client`, which has proved itself. Any
// token that the family ever had will do, including one that was replaced by rotation. It is no
// error if the family is unknown or was revoked before. UnauthorizedException where the token was
// issued to another client.
base::Status RevokeRefreshToken(const Services& services, store::LogTx& tx,
                                const RefreshToken& token, const Client& client,
                                Associated associated);

// Ends the session of a browser and revokes each family of the user that began in it. Writes the
// user's anchor record, which orders this sign-out against sign-ins; therefore `user` must have
// been read in this commit.
base::Status SignOutBrowserSession(store::LogTx& tx, User& user, std::string_view id,
                                   int64_t now_seconds);
// The same for all sessions that the user has had in that browser; `session` is the last of them.
// Afterwards nothing that the user signed in to in this browser goes on, whatever has ended the
// sessions themselves.
base::Status SignOutBrowser(store::LogTx& tx, User& user, const BrowserSession& session,
                            int64_t now_seconds);

// Revokes every family of the user that existed before this commit, except `spared_family` if it is
// not empty. It first increments user.generation and writes the user's anchor record, which orders
// this sign-out against sign-ins; therefore `user` must have been read in this commit. No entry is
// appended for a family whose refresh token expired so long ago that no gate could still consider
// one of its tokens valid.
base::Status RevokeAllFamilies(store::LogTx& tx, User& user, int64_t now_seconds,
                               std::string_view spared_family = {});

// RevokeAllFamilies in two steps, for signing out many users: what it would read and write is
// prepared outside of the commit, so that the commit is short.
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
// `snapshot` must be one state of the store, in which `anchor` was read.
base::Result<PreparedSignOut> PrepareSignOut(store::Reader& snapshot, UserAnchor anchor);

// What a commit needs to know of a family's client.
struct ClientOfFamily {
  // The longest validity that its tokens can have; where nobody knows, the longest of all.
  int64_t greatest_token_seconds = 0;
  bool is_told = false;  // it has a back-channel URI (logout_notice.h)
};

// What a commit needs to read only once, however many families it revokes.
struct Retention {
  std::optional<store::TimeRecord> time;
  std::map<std::string, ClientOfFamily, std::less<>> clients;
};

// False: the anchor has changed since it was read, and nothing was written; use RevokeAllFamilies
// instead. An unchanged anchor proves that no family was added since, because every sign-in writes
// the anchor.
base::Result<bool> SignOutAsPrepared(store::LogTx& tx, const PreparedSignOut& prepared,
                                     int64_t now_seconds, Retention& retention);

// Revokes every token of the client, whatever its family. The caller deletes or keeps the client's
// record.
base::Status RevokeClient(store::LogTx& tx, std::string_view client_id, int64_t now_seconds);

// Revokes every token of the issuer. The caller removes keys and records.
base::Status RevokePool(store::LogTx& tx, std::string_view issuer, int64_t now_seconds);

// Publishes a key to the gates; `jwk` is its public half. A kid may be published only once, under
// one issuer: if it ever was published before, the commit fails. Otherwise gates would disagree:
// one that has seen the key withdrawn would not accept it again, and one that is started later
// would (docs/decisions/0022).
base::Status PublishKey(store::LogTx& tx, std::string_view issuer, std::string_view kid,
                        std::string_view jwk);
// Withdraws a key from the gates. The entry is kept for ever, as the publication is: a snapshot
// with only the publication would bring the key back.
base::Status WithdrawKey(store::LogTx& tx, std::string_view issuer, std::string_view kid);

// What PublishKey and WithdrawKey have noted about a kid: record "kid/{kid}", which is never
// deleted.
struct KidRecord {
  std::string issuer;  // the issuer under which it was last published
  bool withdrawn = false;
};
std::string KidKey(std::string_view kid);
// nullopt: the kid was never published.
base::Result<std::optional<KidRecord>> GetKid(store::Reader& reader, std::string_view kid);
base::Status PutKid(store::Tx& tx, std::string_view kid, const KidRecord& record);

}  // namespace sallyport::domain
