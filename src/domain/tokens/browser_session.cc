#include "domain/tokens/browser_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <tuple>
#include <utility>

#include "base/encoding.h"
#include "base/random.h"
#include "base/secret.h"
#include "domain/clients/client.h"
#include "domain/pools/pool.h"
#include "domain/records/digest.h"
#include "domain/records/expiry.h"
#include "domain/records/json.h"
#include "domain/records/record.h"
#include "domain/services.h"
#include "revocation/revocation.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

constexpr std::string_view kBrowserPrefix = "browser-session/";
constexpr std::string_view kIdPrefix = "sso";
constexpr size_t kIdText = 28;
constexpr size_t kBrowserSecretBytes = 32;
constexpr size_t kBrowserSecretText = 43;
// The prefix of the id of AWS's SSO session.
constexpr int64_t kLeastMinutes = 60;
constexpr int64_t kMinute = 60'000;
// The record must stay as long as a code that was issued in the session can be redeemed.
constexpr int64_t kKeptSeconds = 3600;
// No user has more families where sessions are tracked, which is where sessions are ended alone.
constexpr size_t kMostFormer = 100;

constexpr auto kBrowserDevice =
    RecordOf<Device>(Sparse("Device", &Device::type), Sparse("Ip", &Device::ip));

constexpr auto kBrowserRecord = RecordOf<BrowserSession>(
    Member("Id", &BrowserSession::id), Member("SecretHash", &BrowserSession::secret_hash),
    Member("PoolId", &BrowserSession::pool_id), Member("Sub", &BrowserSession::sub),
    Member("ClientId", &BrowserSession::client_id),
    Member("Generation", &BrowserSession::generation),
    Member("PasswordVersion", &BrowserSession::password_version),
    Member("AuthTime", &BrowserSession::auth_time), Member("Amr", &BrowserSession::factors),
    Member("Created", &BrowserSession::created_millis),
    Member("LastUsed", &BrowserSession::last_used_millis),
    Member("Expires", &BrowserSession::expires_millis),
    Member("Ends", &BrowserSession::ends_millis), Inline(&BrowserSession::device, kBrowserDevice),
    // A record without this member was not written by this server.
    Member("Ended", &BrowserSession::ended, true), Sparse("Former", &BrowserSession::former),
    Member("LastToken", &BrowserSession::last_token_seconds));

std::string SortOf(std::string_view pool_id, std::string_view sub, uint64_t generation) {
  return fmt::format("{}/{}/{:016x}/", pool_id, sub, generation);
}

std::string SortOf(const BrowserSession& session) {
  return SortOf(session.pool_id, session.sub, session.generation) +
         ExpirySort(session.ended ? 0 : session.ends_millis / 1000);
}

// When nobody needs the record any more, in the watched time, which is never ahead.
int64_t KeptUntil(const BrowserSession& session) {
  return std::max(session.ends_millis / 1000 + kKeptSeconds, session.last_token_seconds);
}

bool IsIdText(std::string_view id) {
  return id.size() == kIdText && id.starts_with(kIdPrefix) &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return base::kLowerAlphanumeric.find(c) != std::string_view::npos;
         });
}

base::Result<BrowserSession> Parse(std::string_view key, std::string_view bytes) {
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, bytes));
  return kBrowserRecord.Read(record);
}

base::Status PutBrowserSession(store::Tx& tx, const BrowserSession& session) {
  return tx.Put(BrowserSessionKey(session.id), json::serialize(kBrowserRecord.Write(session)),
                {{std::string(kBrowserSessionsByUser), SortOf(session)},
                 {std::string(kBrowserSessionsByExpiry), ExpirySort(KeptUntil(session))}});
}

bool IsOf(const BrowserSession& session, const User& user) {
  return session.pool_id == user.pool_id && session.sub == user.sub;
}

// Whether the session was not ended, leaving aside its expiry.
bool LivesOn(const BrowserSession& session, const User& user) {
  return !session.ended && IsOf(session, user) && user.enabled &&
         session.generation == user.generation && session.password_version == user.password_version;
}

bool Proves(const BrowserCookie& cookie, const BrowserSession& session) {
  return base::ConstantTimeEqual(Sha256TextOf(cookie.secret), session.secret_hash);
}

// What a sign-in does with the session that the browser had. If it is of the same user, what was
// issued in it will be signed out together with the new one. The new session has its id if it was
// not ended. The id of an ended session is not used again, since its codes would come back with it.
base::Status TakeOver(store::Tx& tx, const User& user, const BrowserCookie& had,
                      BrowserSession& session) {
  SALLYPORT_ASSIGN(auto before, GetBrowserSession(tx, had.id));
  if (!before || before->pool_id != user.pool_id || !Proves(had, *before)) return {};
  if (!IsOf(*before, user)) return EndBrowserSession(tx, before->id);
  session.former = std::move(before->former);
  session.last_token_seconds = before->last_token_seconds;
  if (LivesOn(*before, user)) {
    session.id = before->id;
    session.created_millis = before->created_millis;
    return {};
  }
  session.former.push_back(before->id);
  if (session.former.size() > kMostFormer) session.former.erase(session.former.begin());
  return DeleteBrowserSession(tx, before->id);
}

}  // namespace

std::string BrowserSessionKey(std::string_view id) {
  std::string key(kBrowserPrefix);
  key += id;
  return key;
}

std::optional<BrowserCookie> ParseBrowserCookie(std::string_view text) {
  if (text.size() != kIdText + 1 + kBrowserSecretText || text[kIdText] != '.') return std::nullopt;
  BrowserCookie cookie{std::string(text.substr(0, kIdText)), std::string(text.substr(kIdText + 1))};
  if (!IsIdText(cookie.id) || !base::Base64UrlDecode(cookie.secret)) return std::nullopt;
  return cookie;
}

NewBrowserSession MakeBrowserSession(const Services& services, const Pool& pool,
                                     const Client& client, const std::vector<ProvedFactor>& factors,
                                     const ContextData& context) {
  std::array<uint8_t, kBrowserSecretBytes> bytes{};
  base::RandomBytes(bytes);
  const std::string secret = base::Base64UrlEncode(bytes);
  const int64_t now = services.clock.WallMillis();
  const int64_t life =
      kMinute * std::max({kLeastMinutes, pool.greatest_sso_minutes, client.sso_minutes});
  BrowserSession session;
  session.id = std::string(kIdPrefix) +
               base::RandomString(base::kLowerAlphanumeric, kIdText - kIdPrefix.size());
  session.secret_hash = Sha256TextOf(secret);
  session.pool_id = pool.id;
  session.client_id = client.id;
  session.auth_time = now / 1000;
  session.factors = factors;
  session.created_millis = now;
  session.last_used_millis = now;
  session.expires_millis = now + life;
  session.ends_millis = services.clock.watched().millis() + life;
  if (pool.tracks_sessions) session.device = DeviceOf(context);
  return {std::move(session), secret};
}

base::Status StartBrowserSession(store::Tx& tx, const Services& services, const Pool& pool,
                                 const User& user, const std::optional<BrowserCookie>& had,
                                 BrowserSession& session) {
  session.sub = user.sub;
  session.generation = user.generation;
  session.password_version = user.password_version;
  if (had) SALLYPORT_TRY(TakeOver(tx, user, *had, session));
  SALLYPORT_TRY(PutBrowserSession(tx, session));
  if (!pool.tracks_sessions) return {};
  const auto most = static_cast<size_t>(std::max<int64_t>(pool.most_sessions, 1) - 1);
  return LimitBrowserSessions(tx, services, user, session.id, most);
}

std::string BrowserCookieText(const BrowserSession& session, std::string_view secret) {
  return fmt::format("{}.{}", session.id, secret);
}

base::Result<std::optional<BrowserSession>> GetBrowserSession(store::Reader& reader,
                                                              std::string_view id) {
  const std::string key = BrowserSessionKey(id);
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return std::optional<BrowserSession>();
  SALLYPORT_ASSIGN(BrowserSession session, Parse(key, *bytes));
  return std::optional(std::move(session));
}

base::Result<std::optional<ProvenBrowserSession>> FindBrowserSession(store::Reader& reader,
                                                                     const Services& services,
                                                                     std::string_view pool_id,
                                                                     const BrowserCookie& cookie) {
  SALLYPORT_ASSIGN(auto session, GetBrowserSession(reader, cookie.id));
  if (!session || session->pool_id != pool_id || !Proves(cookie, *session)) {
    return std::optional<ProvenBrowserSession>();
  }
  SALLYPORT_ASSIGN(auto user, GetUser(reader, session->pool_id, session->sub));
  if (!user) return std::optional<ProvenBrowserSession>();
  const bool lives = LivesOn(*session, *user) &&
                     !services.clock.HasPassed(session->expires_millis, session->ends_millis);
  return std::optional(ProvenBrowserSession{*std::move(session), *std::move(user), lives});
}

base::Result<std::optional<BrowserSession>> StandingBrowserSession(store::Reader& reader,
                                                                   const User& user,
                                                                   std::string_view id) {
  SALLYPORT_ASSIGN(auto session, GetBrowserSession(reader, id));
  if (session && !LivesOn(*session, user)) session.reset();
  return session;
}

base::Status PutBornIn(store::Tx& tx, const Pool& pool, BrowserSession session,
                       const TokenFamily& family, const Device& device) {
  constexpr int64_t kTokens = revocation::kGreatestTokenLifetimeSeconds;
  const bool kept_long_enough = family.refresh_expires + kTokens <= session.last_token_seconds;
  if (kept_long_enough && !pool.tracks_sessions) return {};
  if (!kept_long_enough) {
    // As long as if it were the last one that can be made in this session.
    const int64_t validity = family.refresh_expires - family.created_millis / 1000;
    const int64_t last_made =
        std::max(family.created_millis, session.expires_millis) / 1000 + kKeptSeconds;
    session.last_token_seconds = last_made + validity + kTokens;
  }
  session.last_used_millis = std::max(session.last_used_millis, family.created_millis);
  if (!device.type.empty()) session.device = device;
  return PutBrowserSession(tx, session);
}

base::Status VisitBrowserSessions(store::Reader& reader, const Services& services, const User& user,
                                  const std::function<base::Status(BrowserSession&)>& visit) {
  constexpr size_t kAtATime = 100;
  const std::string prefix = SortOf(user.pool_id, user.sub, user.generation);
  // All sessions before these have ended.
  std::optional<store::ListPosition> after{
      {prefix + ExpirySort(services.clock.watched().millis() / 1000), ""}};
  for (;;) {
    SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                     reader.List(kBrowserSessionsByUser, prefix, after, kAtATime));
    for (const store::ListItem& item : items) {
      SALLYPORT_ASSIGN(BrowserSession session, Parse(item.key, item.value));
      if (!LivesOn(session, user) ||
          services.clock.HasPassed(session.expires_millis, session.ends_millis)) {
        continue;
      }
      SALLYPORT_TRY(visit(session));
    }
    if (items.size() < kAtATime) return {};
    after = {items.back().sort, items.back().key};
  }
}

base::Status EndBrowserSession(store::Tx& tx, std::string_view id) {
  SALLYPORT_ASSIGN(auto session, GetBrowserSession(tx, id));
  if (!session || session->ended) return {};
  session->ended = true;
  return PutBrowserSession(tx, *session);
}

base::Status DeleteBrowserSession(store::Tx& tx, std::string_view id) {
  return tx.Delete(BrowserSessionKey(id));
}

base::Status LimitBrowserSessions(store::Tx& tx, const Services& services, const User& user,
                                  std::string_view kept, size_t most) {
  std::vector<BrowserSession> others;
  SALLYPORT_TRY(
      VisitBrowserSessions(tx, services, user, [&](BrowserSession& session) -> base::Status {
        if (session.id != kept) others.push_back(std::move(session));
        return {};
      }));
  std::sort(others.begin(), others.end(), [](const auto& a, const auto& b) {
    return std::tie(a.last_used_millis, a.id) < std::tie(b.last_used_millis, b.id);
  });
  const size_t too_many = others.size() - std::min(others.size(), most);
  for (size_t i = 0; i < too_many; ++i) SALLYPORT_TRY(EndBrowserSession(tx, others[i].id));
  return {};
}

}  // namespace sallyport::domain
