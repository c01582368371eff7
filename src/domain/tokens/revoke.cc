#include "domain/tokens/revoke.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <string>
#include <utility>

#include "domain/clients/client.h"
#include "domain/errors.h"
#include "domain/records/json.h"
#include "domain/records/record.h"
#include "domain/tokens/browser_session.h"
#include "domain/tokens/family.h"
#include "domain/tokens/logout_notice.h"
#include "domain/tokens/refresh_token.h"
#include "domain/users/user.h"
#include "revocation/revocation.h"
#include "store/server_time.h"
#include "store/store.h"

namespace sallyport::domain {
namespace {

using revocation::Kind;

// Where no client says how long its tokens are valid: the longest validity in Cognito.
constexpr int64_t kOfNoClient = revocation::kGreatestTokenLifetimeSeconds;

// When every token with this validity that was issued up to the reading `issued` of the clock has
// expired at every gate.
int64_t KeepUntil(int64_t issued, int64_t validity_seconds) {
  return issued + validity_seconds + revocation::kGreatestLeewaySeconds +
         revocation::kRetentionSlackSeconds;
}

base::Result<store::TimeRecord> TimeOf(store::Tx& tx, Retention& retention) {
  if (!retention.time) {
    SALLYPORT_ASSIGN(retention.time, store::ReadTimeRecord(tx));
  }
  return *retention.time;
}

// The same for everything that was issued before this commit. The clock may have been ahead at that
// time.
base::Result<int64_t> KeepFrom(store::Tx& tx, int64_t now_seconds, int64_t validity_seconds) {
  SALLYPORT_ASSIGN(const store::TimeRecord time, store::ReadTimeRecord(tx));
  return KeepUntil(std::max(now_seconds, time.latest_issue), validity_seconds);
}

// What names a family in the log, and to its app.
struct EndedFamily {
  const std::string& id;
  bool carries_origin_jti;
  const std::string& pool_id;
  const std::string& client_id;
  const std::string& sub;
};

// The only place that appends a family, so that each revocation is also told to its app.
base::Status AppendFamily(store::LogTx& tx, const EndedFamily& family, const ClientOfFamily& client,
                          int64_t keep_until) {
  if (client.is_told) {
    SALLYPORT_TRY(PutLogoutNotice(tx, {.family = family.id,
                                       .pool_id = family.pool_id,
                                       .client_id = family.client_id,
                                       .sub = family.sub,
                                       .given_up = keep_until + kLogoutNoticeSeconds}));
  }
  return tx.Append(
      {family.carries_origin_jti ? Kind::kFamily : Kind::kEvent, family.id, "", keep_until});
}

EndedFamily Ended(const TokenFamily& family) {
  return {family.id, family.carries_origin_jti, family.pool_id, family.client_id, family.sub};
}

ClientOfFamily ReadClientOfFamily(store::Reader& reader, std::string_view id) {
  const auto client = GetSharedClient(reader, id);
  // Tokens are revoked even where the record of their client cannot be read.
  if (!client) return ClientOfFamily{.greatest_token_seconds = kOfNoClient};
  return ClientOfFamily{.greatest_token_seconds = (*client)->greatest_token_seconds,
                        .is_told = !(*client)->settings.back_channel_uri().empty()};
}

// Revokes a family of a user who is signed out.
base::Status AppendSignedOut(store::LogTx& tx, const EndedFamily& family, int64_t refresh_expires,
                             int64_t now_seconds, Retention& retention) {
  auto known = retention.clients.find(family.client_id);
  if (known == retention.clients.end()) {
    known =
        retention.clients.emplace(family.client_id, ReadClientOfFamily(tx, family.client_id)).first;
  }
  const int64_t validity = known->second.greatest_token_seconds;
  SALLYPORT_ASSIGN(const store::TimeRecord time, TimeOf(tx, retention));
  // last_used_millis is not used here: a refresh notes its use after it has answered, so a family
  // that looks idle may have tokens that were just issued. The expiry of the refresh token is a
  // reliable limit. The wall clock is not used, since it may be ahead for a while.
  if (KeepUntil(refresh_expires, validity) < time.forget_before) return {};
  return AppendFamily(tx, family, known->second,
                      KeepUntil(std::max(now_seconds, time.latest_issue), validity));
}

std::string KeySubject(std::string_view issuer, std::string_view kid) {
  std::string subject(issuer);
  subject += ' ';
  subject += kid;
  return subject;
}

constexpr auto kKidRecord = RecordOf<KidRecord>(Member("Issuer", &KidRecord::issuer),
                                                Member("Withdrawn", &KidRecord::withdrawn));

}  // namespace

base::Result<std::optional<int64_t>> GreatestTokenSeconds(store::Reader& reader,
                                                          std::string_view client_id) {
  const auto client = GetSharedClient(reader, client_id);
  if (client) return std::optional((*client)->greatest_token_seconds);
  if (error::kNoSuchClient.Is(client.error())) return std::optional<int64_t>();
  // Tokens are revoked even where the record of their client cannot be read.
  return std::optional(kOfNoClient);
}

base::Status RevokeFamily(store::LogTx& tx, TokenFamily& family, int64_t now_seconds) {
  if (family.revoked) return {};
  const ClientOfFamily client = ReadClientOfFamily(tx, family.client_id);
  family.revoked = true;
  SALLYPORT_TRY(PutFamily(tx, family));
  SALLYPORT_ASSIGN(const int64_t keep_until,
                   KeepFrom(tx, now_seconds, client.greatest_token_seconds));
  return AppendFamily(tx, Ended(family), client, keep_until);
}

base::Status RevokeRefreshToken(const Services& services, store::LogTx& tx,
                                const RefreshToken& token, const Client& client,
                                Associated associated) {
  SALLYPORT_ASSIGN(std::optional<TokenFamily> family, GetFamily(tx, token.family_id));
  if (!family || !Matches(services.vault, *family, token)) return {};
  if (family->client_id != client.id) {
    return error::kTokenOfAnotherClient(client.id);
  }
  if (associated == Associated::kLinked && !family->browser_session.empty()) {
    SALLYPORT_TRY(EndBrowserSession(tx, family->browser_session));
  }
  return RevokeFamily(tx, *family, services.clock.WallSeconds());
}

base::Status SignOutBrowserSession(store::LogTx& tx, User& user, std::string_view id,
                                   int64_t now_seconds) {
  SALLYPORT_TRY(PutUser(tx, user));
  SALLYPORT_TRY(EndBrowserSession(tx, id));
  return VisitFamilies(tx, user, [&](TokenFamily& family) -> base::Status {
    if (family.browser_session != id) return {};
    return RevokeFamily(tx, family, now_seconds);
  });
}

base::Status SignOutBrowser(store::LogTx& tx, User& user, const BrowserSession& session,
                            int64_t now_seconds) {
  SALLYPORT_TRY(PutUser(tx, user));
  SALLYPORT_TRY(DeleteBrowserSession(tx, session.id));
  return VisitFamilies(tx, user, [&](TokenFamily& family) -> base::Status {
    const auto& former = session.former;
    const bool born_in_it =
        family.browser_session == session.id ||
        std::find(former.begin(), former.end(), family.browser_session) != former.end();
    return born_in_it ? RevokeFamily(tx, family, now_seconds) : base::Status();
  });
}

base::Status RevokeAllFamilies(store::LogTx& tx, User& user, int64_t now_seconds,
                               std::string_view spared_family) {
  const User before = user;
  ++user.generation;
  SALLYPORT_TRY(PutUser(tx, user));
  Retention retention;
  return VisitFamilies(tx, before, [&](TokenFamily& family) -> base::Status {
    if (family.id == spared_family) {
      family.generation = user.generation;
      return PutFamily(tx, family);
    }
    return AppendSignedOut(tx, Ended(family), family.refresh_expires, now_seconds, retention);
  });
}

base::Result<PreparedSignOut> PrepareSignOut(store::Reader& snapshot, UserAnchor anchor) {
  PreparedSignOut prepared{.pool_id = anchor.user.pool_id,
                           .sub = anchor.user.sub,
                           .before = std::move(anchor.record),
                           .after = {},
                           .families = {}};
  SALLYPORT_TRY(VisitFamilies(snapshot, anchor.user, [&](TokenFamily& family) -> base::Status {
    prepared.families.push_back({std::move(family.id), family.carries_origin_jti,
                                 std::move(family.client_id), family.refresh_expires});
    return {};
  }));
  ++anchor.user.generation;
  prepared.after = NextUserRecord(anchor.user);
  return prepared;
}

base::Result<bool> SignOutAsPrepared(store::LogTx& tx, const PreparedSignOut& prepared,
                                     int64_t now_seconds, Retention& retention) {
  SALLYPORT_ASSIGN(const bool unchanged, tx.Exchange(UserKey(prepared.pool_id, prepared.sub),
                                                     prepared.before, prepared.after));
  if (!unchanged) return false;
  for (const PreparedSignOut::Family& family : prepared.families) {
    const EndedFamily ended{family.id, family.carries_origin_jti, prepared.pool_id,
                            family.client_id, prepared.sub};
    SALLYPORT_TRY(AppendSignedOut(tx, ended, family.refresh_expires, now_seconds, retention));
  }
  return true;
}

base::Status RevokeClient(store::LogTx& tx, std::string_view client_id, int64_t now_seconds) {
  SALLYPORT_ASSIGN(const int64_t keep_until,
                   KeepFrom(tx, now_seconds, revocation::kGreatestTokenLifetimeSeconds));
  return tx.Append({Kind::kClient, std::string(client_id), "", keep_until});
}

base::Status RevokePool(store::LogTx& tx, std::string_view issuer, int64_t now_seconds) {
  SALLYPORT_ASSIGN(const int64_t keep_until,
                   KeepFrom(tx, now_seconds, revocation::kGreatestTokenLifetimeSeconds));
  return tx.Append({Kind::kPool, std::string(issuer), "", keep_until});
}

std::string KidKey(std::string_view kid) {
  return "kid/" + std::string(kid);
}

base::Result<std::optional<KidRecord>> GetKid(store::Reader& reader, std::string_view kid) {
  const std::string key = KidKey(kid);
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return std::optional<KidRecord>();
  SALLYPORT_ASSIGN(const boost::json::object record, ParseRecord(key, *bytes));
  return std::optional(kKidRecord.Read(record));
}

base::Status PutKid(store::Tx& tx, std::string_view kid, const KidRecord& record) {
  return tx.Put(KidKey(kid), boost::json::serialize(kKidRecord.Write(record)), {});
}

base::Status PublishKey(store::LogTx& tx, std::string_view issuer, std::string_view kid,
                        std::string_view jwk) {
  SALLYPORT_ASSIGN(const auto known, GetKid(tx, kid));
  if (known) {
    return base::InternalError("key " + std::string(kid) + " was published before, under " +
                               known->issuer + ": a key is never published twice");
  }
  SALLYPORT_TRY(PutKid(tx, kid, {std::string(issuer), false}));
  return tx.Append(
      {Kind::kKeyPublished, KeySubject(issuer, kid), std::string(jwk), revocation::kNever});
}

base::Status WithdrawKey(store::LogTx& tx, std::string_view issuer, std::string_view kid) {
  SALLYPORT_TRY(PutKid(tx, kid, {std::string(issuer), true}));
  return tx.Append({Kind::kKeyWithdrawn, KeySubject(issuer, kid), "", revocation::kNever});
}

}  // namespace sallyport::domain
