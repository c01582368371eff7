// BrowserSession: somebody is signed in in a browser, beyond one client. It is AWS's SSO session.
//
// Record "browser-session/{id}". Whoever presents its id with its secret is that browser; the
// record keeps the secret's hash. It lives until it is ended or its time has come, while its user
// is enabled and has the sign-out generation and the password with which he signed in: so whatever
// signs a user out everywhere ends it, and so does a new password.
//
// A session that lives no more signs nobody in, and its record stays, so that the browser can still
// sign out what was born in it: as long as any refresh token of that may serve.
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
  // The same by the watched time, by which the record is deleted.
  int64_t ends_millis = 0;
  Device device;  // where the pool tracks sessions
  bool ended = false;
  // Sessions of the same user that this browser had before, and that have ended before what was
  // born of them.
  std::vector<std::string> former;
  // When the last token of what was born in the browser has expired, Unix seconds.
  int64_t last_token_seconds = 0;
};

// Index of all of them: sort "{pool id}/{sub}/{generation, 16 hex digits}/{when it ends by the
// watched time, Unix seconds; 0: it was ended}".
inline constexpr std::string_view kBrowserSessionsByUser = "browser-sessions-by-user";
// Sort ExpirySort(when the record serves nobody any more, by the watched time).
inline constexpr std::string_view kBrowserSessionsByExpiry = "browser-sessions-by-expiry";

// What a browser presents: "{id}.{secret}". nullopt: none of ours.
struct BrowserCookie {
  std::string id;
  std::string secret;
};
std::optional<BrowserCookie> ParseBrowserCookie(std::string_view text);

// Of a new sign-in. `secret` is the browser's alone: BrowserCookieText is what it presents.
struct NewBrowserSession {
  BrowserSession session;
  std::string secret;
};
NewBrowserSession MakeBrowserSession(const Services& services, const Pool& pool,
                                     const Client& client, const std::vector<ProvedFactor>& factors,
                                     const ContextData& context);
std::string BrowserCookieText(const BrowserSession& session, std::string_view secret);
// A part of the sign-in's commit: binds `session` to `user`, as written in it, and writes it. A
// session that the browser had goes on as this one, under its id, where it is the same user's, and
// ends where it is another's; one that had ended before becomes a former one. Where the pool tracks
// sessions, the least recently used sessions of the user end until it has no more than a user may.
base::Status StartBrowserSession(store::Tx& tx, const Services& services, const Pool& pool,
                                 const User& user, const std::optional<BrowserCookie>& had,
                                 BrowserSession& session);

// nullopt: there is no record of it. Whether it lives is not looked at.
base::Result<std::optional<BrowserSession>> GetBrowserSession(store::Reader& reader,
                                                              std::string_view id);
// The session that `cookie` proves, and its user.
struct ProvenBrowserSession {
  BrowserSession session;
  User user;
  bool lives = false;  // otherwise it signs nobody in, and can be signed out all the same
};
base::Result<std::optional<ProvenBrowserSession>> FindBrowserSession(store::Reader& reader,
                                                                     const Services& services,
                                                                     std::string_view pool_id,
                                                                     const BrowserCookie& cookie);
// The session of that id while it belongs to `user`, as read in the same commit, and nothing has
// ended it; its expiry is not looked at.
base::Result<std::optional<BrowserSession>> StandingBrowserSession(store::Reader& reader,
                                                                   const User& user,
                                                                   std::string_view id);

// Writes that it was used now.
base::Status UseBrowserSession(store::Tx& tx, BrowserSession session, int64_t now_millis,
                               const Device& device);
// A part of the commit of the birth of `family` in it: the same, and the record stays as long as
// the family's tokens may serve.
base::Status PutBornIn(store::Tx& tx, BrowserSession session, const TokenFamily& family);

// Calls `visit` for each of the user's sessions that lives. `visit` may not write.
base::Status VisitBrowserSessions(store::Reader& reader, const Services& services, const User& user,
                                  const std::function<base::Status(BrowserSession&)>& visit);

// Ends it alone. What was born of it goes on, and its browser can still sign it out.
base::Status EndBrowserSession(store::Tx& tx, std::string_view id);
// Of a browser in which everything was signed out.
base::Status DeleteBrowserSession(store::Tx& tx, std::string_view id);
// A part of the commit of a family's birth, in a pool that tracks sessions: `most` sessions may
// stay beside that of the newcomer, `kept` (empty: none). The least recently used end.
base::Status LimitBrowserSessions(store::Tx& tx, const Services& services, const User& user,
                                  std::string_view kept, size_t most);

}  // namespace sallyport::domain
