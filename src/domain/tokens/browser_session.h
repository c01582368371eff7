// BrowserSession: somebody is signed in in a browser, to all clients of the pool. It is AWS's SSO
// session. Record "browser-session/{id}". A browser proves that the session is its own by the id
// and a secret, of which the record keeps the hash. The session lives until it is ended or expires,
// and only while its user is enabled and has the same sign-out generation and the same password as
// at the sign-in. So everything that signs a user out everywhere ends it, and so does a new
// password. A session that does not live any more signs nobody in. Its record stays for as long as
// a refresh token may be valid that was issued in it, so that the browser can still sign out all
// that was issued.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/tokens/device.h"
#include "domain/tokens/family.h"
#include "domain/users/user.h"

namespace sallyport::store {
class Reader;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct Client;
struct Pool;
struct Services;

struct BrowserSession {
  std::string id;  // "sso" and 25 lower-case letters and digits
  std::string secret_hash;
  std::string pool_id;
  std::string sub;
  std::string client_id;  // through which the user signed in
  uint64_t generation = 0;
  uint64_t password_version = 0;
  int64_t auth_time = 0;  // of the sign-in, Unix seconds
  std::vector<ProvedFactor> factors;
  int64_t created_millis = 0;
  int64_t last_used_millis = 0;
  int64_t expires_millis = 0;
  // The same in the watched time (server_time.h), by which the record is deleted.
  int64_t ends_millis = 0;
  Device device;  // only if the pool tracks sessions
  bool ended = false;
  // Earlier sessions of the same user in this browser, which have ended while tokens that were
  // issued in them may still be valid.
  std::vector<std::string> former;
  // When the last token has expired that was issued in this browser, Unix seconds. It may be later,
  // so that not each family has to be noted.
  int64_t last_token_seconds = 0;
};

// Index of all of them: sort "{pool id}/{sub}/{generation, 16 hex digits}/{when it ends by the
// watched time, Unix seconds; 0: it was ended}".
inline constexpr std::string_view kBrowserSessionsByUser = "browser-sessions-by-user";
// Sort ExpirySort(the watched time from which nobody needs the record).
inline constexpr std::string_view kBrowserSessionsByExpiry = "browser-sessions-by-expiry";

// Reads what a browser presents: "{id}.{secret}". nullopt: the text has not that form.
struct BrowserCookie {
  std::string id;
  std::string secret;
};
std::optional<BrowserCookie> ParseBrowserCookie(std::string_view text);

// Makes the session of a new sign-in. Only the browser gets `secret`, in BrowserCookieText.
struct NewBrowserSession {
  BrowserSession session;
  std::string secret;
};
NewBrowserSession MakeBrowserSession(const Services& services, const Pool& pool,
                                     const Client& client, const std::vector<ProvedFactor>& factors,
                                     const ContextData& context);
std::string BrowserCookieText(const BrowserSession& session, std::string_view secret);
// A part of the sign-in's commit: binds `session` to `user`, as this commit has written it, and
// writes it. If the browser had a session of the same user, the new one continues it under its id;
// if that had ended before, it becomes a former one; a session of another user ends. If the pool
// tracks sessions, the user's least recently used sessions end until there are no more than a user
// may have.
base::Status StartBrowserSession(store::Tx& tx, const Services& services, const Pool& pool,
                                 const User& user, const std::optional<BrowserCookie>& had,
                                 BrowserSession& session);

// The record's key.
std::string BrowserSessionKey(std::string_view id);
// nullopt: there is no record of it. Does not check whether it lives.
base::Result<std::optional<BrowserSession>> GetBrowserSession(store::Reader& reader,
                                                              std::string_view id);
// A session that a cookie has proved, and its user.
struct ProvenBrowserSession {
  BrowserSession session;
  User user;
  bool lives = false;  // if not, it signs nobody in, but can still be signed out
};
base::Result<std::optional<ProvenBrowserSession>> FindBrowserSession(store::Reader& reader,
                                                                     const Services& services,
                                                                     std::string_view pool_id,
                                                                     const BrowserCookie& cookie);
// The session with this id, if it belongs to `user`, as read in the same commit, and was not ended.
// Does not check whether it has expired.
base::Result<std::optional<BrowserSession>> StandingBrowserSession(store::Reader& reader,
                                                                   const User& user,
                                                                   std::string_view id);

// A part of the commit that makes `family` in this session, by a browser on `device` (empty: it is
// not known): keeps the record for as long as the family's tokens may be valid, and, if the pool
// tracks sessions, notes that the session was used. Seldom has to write if it does not.
base::Status PutBornIn(store::Tx& tx, const Pool& pool, BrowserSession session,
                       const TokenFamily& family, const Device& device);

// Calls `visit` for each living session of the user. `visit` may not write.
base::Status VisitBrowserSessions(store::Reader& reader, const Services& services, const User& user,
                                  const std::function<base::Status(BrowserSession&)>& visit);

// Ends the session alone. The families that were made in it go on, and its browser can still sign
// them out.
base::Status EndBrowserSession(store::Tx& tx, std::string_view id);
// Deletes the session of a browser in which everything was signed out.
base::Status DeleteBrowserSession(store::Tx& tx, std::string_view id);
// A part of the commit that makes a family, in a pool that tracks sessions: ends the user's least
// recently used sessions, until at most `most` are left beside the new family's own, `kept` (empty:
// it has none).
base::Status LimitBrowserSessions(store::Tx& tx, const Services& services, const User& user,
                                  std::string_view kept, size_t most);

}  // namespace sallyport::domain
