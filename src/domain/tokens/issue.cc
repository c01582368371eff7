#include "domain/tokens/issue.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error_codes.h"
#include "base/log.h"
#include "base/random.h"
#include "domain/errors.h"
#include "domain/keys/key_ring.h"
#include "domain/pools/resource_server.h"
#include "domain/records/commit.h"
#include "domain/records/standing.h"
#include "domain/tokens/family_keeper.h"
#include "domain/tokens/revoke.h"
#include "domain/tokens/scope.h"
#include "domain/tokens/session_limit.h"
#include "domain/tokens/time_to_issue.h"
#include "domain/tokens/token_claims.h"
#include "domain/tokens/token_customisation.h"
#include "jose/token.h"
#include "store/store.h"

namespace sallyport::domain {

namespace {

// A use that follows the recorded one within this time is not written, so many refreshes cost one
// write.
constexpr int64_t kUseGranularityMillis = 30'000;

template <typename T>
base::Status StatusOf(const base::Result<T>& result) {
  if (result.ok()) return {};
  return result.error();
}

constexpr size_t kGreatestToken = jose::UnverifiedToken::kMaxSize;

// An app may read an ID token without asking anybody, so one that no gate accepts is not refused.
void WarnOfLongIdToken(const ClaimSources& sources, const IssuedTokens& tokens) {
  if (tokens.id_token.size() <= kGreatestToken) return;
  base::LogWarning("an ID token is longer than any gate accepts",
                   {{"pool", sources.pool.id},
                    {"sub", sources.user.sub},
                    {"bytes", static_cast<int64_t>(tokens.id_token.size())}});
}

base::Result<IssuedTokens> Sign(const Services& services, const ClaimSources& sources,
                                const TokenKey& key) {
  SALLYPORT_TRY(services.keys.CheckLive(key, sources.issuer));
  IssuedTokens tokens;
  SALLYPORT_ASSIGN(tokens.access_token, key.signing.SignJwt(key.kid, AccessClaims(sources)));
  tokens.expires_in = sources.client.settings.access_token_seconds;
  if (sources.changes) SALLYPORT_TRY(CheckReadable(key, tokens.access_token));
  // Nothing accepts a longer one, this server included.
  if (tokens.access_token.size() > kGreatestToken) return error::kTokenTooLong(kGreatestToken);
  if (!OpensIdToken(sources.family.scope)) return tokens;
  SALLYPORT_ASSIGN(tokens.id_token,
                   key.signing.SignJwt(key.kid, IdClaims(sources, tokens.access_token)));
  if (sources.changes) SALLYPORT_TRY(CheckReadable(key, tokens.id_token));
  WarnOfLongIdToken(sources, tokens);
  return tokens;
}

TokenFamily NewFamily(const SignIn& sign_in, int64_t now_millis) {
  TokenFamily family;
  family.carries_origin_jti = sign_in.client->settings.enable_token_revocation;
  family.id =
      sign_in.grant && !sign_in.grant->family.empty() ? sign_in.grant->family : base::RandomUuid();
  // Without origin_jti, the event_id identifies the sign-in for revocation, since all of its tokens
  // have the same one.
  family.event_id = family.carries_origin_jti ? base::RandomUuid() : family.id;
  family.pool_id = sign_in.pool->id;
  family.sub = sign_in.user.sub;
  family.client_id = sign_in.client->id;
  family.auth_time = now_millis / 1000;
  family.factors = sign_in.factors;
  family.created_millis = now_millis;
  family.last_used_millis = now_millis;
  family.refresh_expires = family.auth_time + sign_in.client->settings.refresh_token_seconds;
  if (sign_in.grant) {
    const ClientSettings& settings = sign_in.client->settings;
    family.scope = sign_in.grant->scope;
    family.resource = sign_in.grant->resource;
    family.id_token_claims = sign_in.grant->id_token_claims;
    family.user_info_claims = sign_in.grant->user_info_claims;
    family.browser_session = sign_in.grant->browser_session;
    family.auth_time = sign_in.grant->auth_time;
    // Without a refresh token it is over with its tokens.
    if (!sign_in.grant->refreshes) {
      family.refresh_expires =
          now_millis / 1000 + std::max(settings.access_token_seconds, settings.id_token_seconds);
    }
  }
  if (sign_in.pool->tracks_sessions) family.device = DeviceOf(sign_in.context);
  return family;
}

// The pool as read in this commit, after checking that the client of `sign_in` still exists.
base::Result<std::shared_ptr<const Pool>> StandingPool(store::Tx& tx, const SignIn& sign_in) {
  const auto gone = [&](const std::string& key) {
    return error::kNoSuchClient.Because("deleted since the sign-in began: " + key,
                                        sign_in.client->id);
  };
  const std::string client = ClientKey(sign_in.client->id);
  SALLYPORT_ASSIGN(const bool client_stands, RecordStands(tx, client));
  if (!client_stands) return gone(client);
  auto pool = GetSharedPool(tx, sign_in.pool->id);
  if (!pool && pool.error().code == base::code::kResourceNotFound) {
    return gone(PoolKey(sign_in.pool->id));
  }
  return pool;
}

// The commit of a sign-in: writes the anchor, then ends other sessions, then writes the new family.
// It may run again. Gives the pool.
base::Result<std::shared_ptr<const Pool>> WriteSignIn(store::LogTx& tx, const Services& services,
                                                      const SignIn& sign_in, std::string_view kid,
                                                      TokenFamily family) {
  SALLYPORT_ASSIGN(const User user, WriteProof(tx, *sign_in.pool, sign_in.user, sign_in.change));
  SALLYPORT_ASSIGN(auto pool, StandingPool(tx, sign_in));
  SALLYPORT_ASSIGN(const bool signs, services.keys.StillSigns(tx, kid));
  if (!signs) return error::kKeyWithdrawn();
  family.generation = user.generation;
  family.born = user.version;
  if (sign_in.also) SALLYPORT_TRY(sign_in.also(tx, user, family));
  if (pool->tracks_sessions) SALLYPORT_TRY(MakeRoom(tx, services, *pool, user, family));
  SALLYPORT_TRY(PutFamily(tx, family));
  return pool;
}

// Where sessions are tracked every use is noted, because the last uses decide which session is
// ended at the limit.
void NoteUse(const Services& services, const Refresh& refresh, const ContextData& context,
             int64_t now_millis) {
  if (refresh.pool->tracks_sessions) {
    services.families.NoteUse(refresh.family.id, {now_millis, DeviceOf(context)});
  } else if (now_millis - refresh.family.last_used_millis >= kUseGranularityMillis) {
    services.families.NoteUse(refresh.family.id, {now_millis, {}});
  }
}

// Gives the error, after doing what the pool requires in this case. As every error of a refresh it
// waits for a Barrier.
base::Error RefuseReuse(const Services& services, const Refresh& refresh) {
  if (refresh.pool->settings.revoke_on_refresh_token_reuse) {
    const auto revoke = [&](store::LogTx& tx) -> base::Status {
      SALLYPORT_ASSIGN(std::optional<TokenFamily> family, GetFamily(tx, refresh.family.id));
      if (!family) return {};
      return RevokeFamily(tx, *family, services.clock.WallSeconds());
    };
    base::Status revoked = WithoutRelease(CommitRevoking(services, revoke));
    if (!revoked) return std::move(revoked).error();
  }
  return error::kRefreshTokenReused();
}

// Commits the family's next refresh token, unless another call has just done so, and gives its
// text.
base::Result<std::string> RotateRefreshToken(const Services& services, const Refresh& refresh,
                                             const ContextData& context, int64_t now_millis) {
  TokenFamily present;
  auto standing = RefreshStanding::kReused;
  const auto rotate = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(std::optional<TokenFamily> family, GetFamily(tx, refresh.family.id));
    SALLYPORT_ASSIGN(const std::optional<User> user,
                     GetUser(tx, refresh.user.pool_id, refresh.user.sub));
    if (!family || !IsAlive(*family, user ? &*user : nullptr)) {
      return error::kRefreshTokenRevoked();
    }
    if (!user->enabled) return error::kUserDisabled();
    standing = StandingOf(*family, refresh.token, *refresh.client, now_millis);
    if (standing == RefreshStanding::kCurrent) {
      Rotate(*family, now_millis);
      family->last_used_millis = now_millis;
      if (refresh.pool->tracks_sessions && !context.ip.empty()) family->device = DeviceOf(context);
      SALLYPORT_TRY(PutFamily(tx, *family));
    }
    present = std::move(*family);
    return {};
  };
  SALLYPORT_TRY(Commit(services, rotate));
  if (standing == RefreshStanding::kReused) return RefuseReuse(services, refresh);
  return PresentRefreshToken(services.vault, present);
}

// Reduces the scopes of the refresh to those of the sign-in that are asked for and that the client
// still has.
base::Status NarrowScopes(store::Reader& reader, Refresh& refresh) {
  for (const std::string& asked : SplitScope(refresh.asked_scope)) {
    if (!jose::HasScope(ScopeOf(refresh.family), asked)) return error::kScopeNotOfSignIn();
  }
  std::string& scope = refresh.family.scope;
  if (scope.empty()) return {};
  std::string wanted;
  for (const std::string& granted : SplitScope(scope)) {
    if (!refresh.asked_scope.empty() && !jose::HasScope(refresh.asked_scope, granted)) continue;
    wanted += (wanted.empty() ? "" : " ") + granted;
  }
  SALLYPORT_ASSIGN(scope, ScopesLeft(reader, *refresh.pool, *refresh.client, wanted));
  if (scope.empty())
    return error::kInvalidRefreshToken.Because("the client has none of its scopes left");
  refresh.narrowed = scope != wanted;
  return {};
}

// Reads `token`, which belongs to `client` as read by `reader`, and checks whether it may be used.
base::Result<Refresh> ReadRefresh(const Services& services, store::Reader& reader,
                                  const std::shared_ptr<const Client>& client,
                                  const RefreshToken& token, std::string_view asked_scope,
                                  int64_t now_millis) {
  SALLYPORT_ASSIGN(std::optional<TokenFamily> family, GetFamily(reader, token.family_id));
  if (!family || !Matches(services.vault, *family, token) || family->client_id != client->id) {
    return error::kInvalidRefreshToken();
  }
  SALLYPORT_ASSIGN(std::optional<User> user, GetUser(reader, family->pool_id, family->sub));
  if (!IsAlive(*family, user ? &*user : nullptr)) {
    return error::kRefreshTokenRevoked();
  }
  if (!user->enabled) return error::kUserDisabled();
  if (now_millis / 1000 >= family->refresh_expires) {
    return error::kRefreshTokenExpired();
  }
  SALLYPORT_ASSIGN(auto pool, GetSharedPool(reader, family->pool_id));
  SALLYPORT_ASSIGN(auto key, services.keys.Current(reader, family->pool_id));
  const store::Expecting ahead(services.store.read_ahead(), {.keys = GroupKeysOf(*user)});
  SALLYPORT_ASSIGN(Groups groups, GroupsOf(reader, *user));
  Refresh refresh{.pool = std::move(pool),
                  .client = client,
                  .user = *std::move(user),
                  .family = *std::move(family),
                  .asked_scope = std::string(asked_scope),
                  .token = token,
                  .key = std::move(key),
                  .groups = std::move(groups),
                  .now_millis = now_millis};
  SALLYPORT_TRY(NarrowScopes(reader, refresh));
  return refresh;
}

// What ReadRefresh and its caller read. Nothing rests on it.
store::Expecting ExpectRefresh(const Services& services, std::string_view client_id,
                               const std::optional<RefreshToken>& token) {
  store::ReadAhead* const ahead = services.store.read_ahead();
  if (ahead == nullptr) return {};
  store::Reads reads{.keys = {ClientKey(client_id)}};
  // Earlier calls have shown to which pool the client belongs.
  if (const auto client = RememberedClient(client_id)) {
    reads.keys.push_back(PoolKey(client->pool_id));
    reads.firsts.push_back(FirstKeyOf(client->pool_id));
  }
  if (token) reads.following.push_back(UserOfFamily(token->family_id));
  return {ahead, std::move(reads)};
}

// Reads again what a refresh relies on, after a function that may have taken seconds.
base::Result<Refresh> Reread(const Services& services, const Refresh& refresh) {
  SALLYPORT_ASSIGN(const int64_t now_millis, TimeToIssue(services));
  const store::Expecting ahead = ExpectRefresh(services, refresh.client->id, refresh.token);
  SALLYPORT_ASSIGN(const auto reader, services.store.Snapshot());
  // The client must still exist in the same state of the store.
  SALLYPORT_TRY(StatusOf(GetSharedClient(*reader, refresh.client->id)));
  return ReadRefresh(services, *reader, refresh.client, refresh.token, refresh.asked_scope,
                     now_millis);
}

base::Result<TokenIssuance> IssueRefreshed(const Services& services, const Refresh& refresh,
                                           const std::optional<TokenChanges>& changes,
                                           const ContextData& context) {
  const int64_t now_millis = refresh.now_millis;
  const ClaimSources sources{*refresh.pool,
                             *refresh.client,
                             refresh.user,
                             refresh.family,
                             refresh.groups,
                             changes,
                             IssuerOf(services.settings, refresh.pool->id),
                             now_millis / 1000,
                             {}};
  SALLYPORT_ASSIGN(IssuedTokens tokens, Sign(services, sources, *refresh.key));
  if (refresh.narrowed) tokens.narrowed_scope = refresh.family.scope;
  if (refresh.client->settings.rotates_refresh_tokens) {
    SALLYPORT_ASSIGN(tokens.refresh_token,
                     RotateRefreshToken(services, refresh, context, now_millis));
    return TokenIssuance{std::move(tokens), store::Wait::NothingRevoked()};
  }
  NoteUse(services, refresh, context, now_millis);
  return TokenIssuance{std::move(tokens), store::Wait::NothingRevoked()};
}

// Signs the tokens and commits the sign-in. Nothing here takes long.
base::Result<TokenIssuance> IssueSignedIn(const Services& services, const SignIn& sign_in,
                                          const Groups& groups,
                                          const std::optional<TokenChanges>& changes) {
  SALLYPORT_ASSIGN(const int64_t now_millis, TimeToIssue(services));
  SALLYPORT_ASSIGN(const auto key, services.keys.Current(sign_in.pool->id));
  TokenFamily family = NewFamily(sign_in, now_millis);
  const bool refreshes = !sign_in.grant || sign_in.grant->refreshes;
  std::string refresh_token = refreshes ? MakeRefreshToken(family) : std::string();
  const ClaimSources sources{*sign_in.pool,
                             *sign_in.client,
                             sign_in.user,
                             family,
                             groups,
                             changes,
                             IssuerOf(services.settings, sign_in.pool->id),
                             now_millis / 1000,
                             sign_in.grant ? sign_in.grant->nonce : std::string()};
  SALLYPORT_ASSIGN(IssuedTokens tokens, Sign(services, sources, *key));
  if (sign_in.grant && sign_in.grant->narrowed) tokens.narrowed_scope = family.scope;
  bool tracked = sign_in.pool->tracks_sessions;
  const auto commit = [&](store::LogTx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const auto pool, WriteSignIn(tx, services, sign_in, key->kid, family));
    tracked = pool->tracks_sessions;
    return {};
  };
  SALLYPORT_ASSIGN(const store::Release release, CommitLog(services, commit));
  tokens.refresh_token = std::move(refresh_token);
  // Where sessions are tracked, the answer waits even if this sign-in ended no session: revocations
  // by another sign-in may not have reached the gates yet.
  return TokenIssuance{std::move(tokens),
                       tracked ? store::Wait(release) : store::Wait::NothingRevoked()};
}

}  // namespace

base::Result<User> WriteProof(store::Tx& tx, const Pool& pool, const User& relied_on,
                              const UserChange& change) {
  SALLYPORT_ASSIGN(std::optional<User> user, GetUser(tx, relied_on.pool_id, relied_on.sub));
  if (!user || user->password_version != relied_on.password_version ||
      user->status != relied_on.status) {
    return error::kIncorrectUsernameOrPassword();
  }
  if (!user->enabled) return error::kUserDisabled();
  if (change) {
    SALLYPORT_TRY(change(tx, *user));
    SALLYPORT_TRY(UpdateUser(tx, pool, *user));
  } else {
    SALLYPORT_TRY(PutUser(tx, *user));
  }
  return *std::move(user);
}

base::Result<TokenIssuance> CompleteSignIn(const Services& services, const SignIn& sign_in) {
  SALLYPORT_ASSIGN(const Groups groups, GroupsOf(services.store, sign_in.user));
  SALLYPORT_ASSIGN(
      const std::optional<TokenChanges> changes,
      AskTokenChanges(services,
                      {*sign_in.pool, *sign_in.client, sign_in.token_source, &sign_in.user, groups,
                       sign_in.grant ? std::string_view(sign_in.grant->scope) : kApiScope,
                       sign_in.client_metadata, sign_in.context.user_agent}));
  auto issued = IssueSignedIn(services, sign_in, groups, changes);
  // If the pool got another key after this one was read, the tokens are issued again with the new
  // key. The function is not asked again.
  if (!issued && error::kKeyWithdrawn.Is(issued.error())) {
    return IssueSignedIn(services, sign_in, groups, changes);
  }
  return issued;
}

base::Result<Refresh> CheckRefreshToken(const Services& services, std::string_view client_id,
                                        const ClientReader& read_client,
                                        std::string_view refresh_token,
                                        std::string_view asked_scope) {
  const auto parsed = ParseRefreshToken(refresh_token);
  const base::Result<int64_t> now_millis = TimeToIssue(services);
  const store::Expecting ahead = ExpectRefresh(services, client_id, parsed);
  SALLYPORT_ASSIGN(const auto reader, services.store.Snapshot());
  SALLYPORT_ASSIGN(const auto client, read_client(*reader));
  if (!parsed) return error::kInvalidRefreshToken();
  if (!now_millis) return now_millis.error();
  return ReadRefresh(services, *reader, client, *parsed, asked_scope, *now_millis);
}

base::Result<Refresh> CheckRefreshToken(const Services& services,
                                        const std::shared_ptr<const Client>& client,
                                        std::string_view refresh_token,
                                        std::string_view asked_scope) {
  const auto read_client =
      [&](store::Reader& reader) -> base::Result<std::shared_ptr<const Client>> {
    SALLYPORT_TRY(StatusOf(GetSharedClient(reader, client->id)));
    return client;
  };
  return CheckRefreshToken(services, client->id, read_client, refresh_token, asked_scope);
}

base::Result<TokenIssuance> CompleteRefresh(const Services& services, const Refresh& refresh,
                                            const ContextData& context) {
  if (StandingOf(refresh.family, refresh.token, *refresh.client, refresh.now_millis) ==
      RefreshStanding::kReused) {
    return RefuseReuse(services, refresh);
  }
  SALLYPORT_ASSIGN(
      const std::optional<TokenChanges> changes,
      AskTokenChanges(services, {*refresh.pool, *refresh.client, "TokenGeneration_RefreshTokens",
                                 &refresh.user, refresh.groups, ScopeOf(refresh.family),
                                 refresh.client_metadata, context.user_agent}));
  if (!changes) return IssueRefreshed(services, refresh, {}, context);
  SALLYPORT_ASSIGN(const Refresh again, Reread(services, refresh));
  return IssueRefreshed(services, again, changes, context);
}

}  // namespace sallyport::domain
