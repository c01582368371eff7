#include "domain/issue.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <utility>

#include "base/random.h"
#include "domain/commit.h"
#include "domain/family_keeper.h"
#include "domain/key_ring.h"
#include "domain/revoke.h"
#include "domain/session_limit.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

// A use so soon after the recorded one is not written: many refreshes cost one write.
constexpr int64_t kUseGranularityMillis = 30'000;

base::Error NotAuthorized(std::string_view message) {
  return {"NotAuthorizedException", std::string(message), ""};
}

// What both tokens of one issue say.
struct Issue {
  const Pool& pool;
  const Client& client;
  const User& user;
  const TokenFamily& family;
  const Groups& groups;
  std::string issuer;
  int64_t now = 0;  // Unix seconds
};

void AddLife(json::object& claims, const Issue& issue, int64_t validity) {
  claims["auth_time"] = issue.family.auth_time;
  claims["exp"] = issue.now + validity;
  claims["iat"] = issue.now;
  claims["jti"] = base::RandomUuid();
}

void AddGroups(json::object& claims, const Issue& issue) {
  if (issue.groups.empty()) return;
  json::array names;
  for (const auto& group : issue.groups) names.emplace_back(group->name);
  claims["cognito:groups"] = std::move(names);
}

void AddRoles(json::object& claims, const Issue& issue) {
  json::array roles;
  for (const auto& group : issue.groups) {
    const json::value role(group->role_arn);
    const bool known = std::find(roles.begin(), roles.end(), role) != roles.end();
    if (!group->role_arn.empty() && !known) roles.push_back(role);
  }
  if (roles.empty()) return;
  claims["cognito:roles"] = std::move(roles);
  const std::string_view preferred = PreferredRole(issue.groups);
  if (!preferred.empty()) claims["cognito:preferred_role"] = preferred;
}

std::string AccessClaims(const Issue& issue) {
  json::object claims;
  claims.reserve(16);
  claims["sub"] = issue.user.sub;
  AddGroups(claims, issue);
  claims["iss"] = issue.issuer;
  claims["client_id"] = issue.client.id;
  if (issue.family.carries_origin_jti) claims["origin_jti"] = issue.family.id;
  claims["event_id"] = issue.family.event_id;
  claims["token_use"] = "access";
  claims["scope"] = "aws.cognito.signin.user.admin";
  AddLife(claims, issue, issue.client.access_token_seconds);
  claims["username"] = issue.user.username;
  return json::serialize(claims);
}

bool MayRead(const Client& client, std::string_view attribute) {
  const auto& readable = client.read_attributes;
  return readable.empty() ||
         std::find(readable.begin(), readable.end(), attribute) != readable.end();
}

// email_verified and phone_number_verified are JSON booleans, address is an object (OpenID Connect
// Core section 5.1), the rest is text.
void AddAttributes(json::object& claims, const Issue& issue) {
  for (const auto& [name, value] : issue.user.attributes) {
    if (!MayRead(issue.client, name)) continue;
    if (name == "email_verified" || name == "phone_number_verified") {
      claims[name] = value == "true";
    } else if (name == "address") {
      claims[name] = json::object{{"formatted", value}};
    } else {
      claims[name] = value;
    }
    if (name == "email" || name == "phone_number") {
      const std::string verified = name + "_verified";
      if (MayRead(issue.client, verified) && !claims.contains(verified)) claims[verified] = false;
    }
  }
}

std::string IdClaims(const Issue& issue) {
  json::object claims;
  claims.reserve(20 + issue.user.attributes.size());
  claims["sub"] = issue.user.sub;
  AddGroups(claims, issue);
  AddRoles(claims, issue);
  claims["iss"] = issue.issuer;
  claims["cognito:username"] = issue.user.username;
  if (issue.family.carries_origin_jti) claims["origin_jti"] = issue.family.id;
  claims["aud"] = issue.client.id;
  claims["event_id"] = issue.family.event_id;
  claims["token_use"] = "id";
  AddLife(claims, issue, issue.client.id_token_seconds);
  AddAttributes(claims, issue);
  return json::serialize(claims);
}

base::Result<IssuedTokens> Sign(const Issue& issue, const TokenKey& key) {
  IssuedTokens tokens;
  SALLYPORT_ASSIGN(tokens.access_token, key.signing.SignJwt(key.kid, AccessClaims(issue)));
  SALLYPORT_ASSIGN(tokens.id_token, key.signing.SignJwt(key.kid, IdClaims(issue)));
  tokens.expires_in = issue.client.access_token_seconds;
  return tokens;
}

TokenFamily NewFamily(const SignIn& sign_in, int64_t now_millis) {
  TokenFamily family;
  family.carries_origin_jti = sign_in.client->enable_token_revocation;
  family.id = base::RandomUuid();
  // Without origin_jti the event_id, which all tokens of the sign-in share, is what is revoked.
  family.event_id = family.carries_origin_jti ? base::RandomUuid() : family.id;
  family.pool_id = sign_in.pool->id;
  family.sub = sign_in.user.sub;
  family.client_id = sign_in.client->id;
  family.auth_time = now_millis / 1000;
  family.created_millis = now_millis;
  family.last_used_millis = now_millis;
  family.refresh_expires = family.auth_time + sign_in.client->refresh_token_seconds;
  if (sign_in.pool->tracks_sessions) family.device = DeviceOf(sign_in.peer);
  return family;
}

base::Error Gone(const SignIn& sign_in, std::string what) {
  return {"ResourceNotFoundException",
          "User pool client " + sign_in.client->id + " does not exist.",
          "gone since the sign-in began: " + std::move(what)};
}

// Pool and user as they are in this commit.
struct Present {
  std::shared_ptr<const Pool> pool;
  User user;
};

// What the prepare step relied on, if it is still so.
base::Result<Present> Recheck(store::Tx& tx, const SignIn& sign_in, std::string_view kid) {
  const User& relied_on = sign_in.user;
  SALLYPORT_ASSIGN(std::optional<User> user, GetUser(tx, relied_on.pool_id, relied_on.sub));
  if (!user || user->password_version != relied_on.password_version ||
      user->status != relied_on.status) {
    return NotAuthorized("Incorrect username or password.");
  }
  if (!user->enabled) return NotAuthorized("User is disabled.");
  for (const std::string& key : {ClientKey(sign_in.client->id), TokenKeyKey(kid)}) {
    SALLYPORT_ASSIGN(const auto record, tx.Get(key));
    if (!record) return Gone(sign_in, key);
  }
  auto pool = GetSharedPool(tx, sign_in.pool->id);
  if (!pool && pool.error().code == "ResourceNotFoundException") {
    return Gone(sign_in, PoolKey(sign_in.pool->id));
  }
  if (!pool) return std::move(pool).error();
  return Present{std::move(*pool), std::move(*user)};
}

// The commit of a sign-in: the anchor, then what it ends, then the new family. May be run again.
base::Result<Present> WriteSignIn(store::Tx& tx, const Services& services, const SignIn& sign_in,
                                  std::string_view kid, TokenFamily family) {
  SALLYPORT_ASSIGN(Present present, Recheck(tx, sign_in, kid));
  User& user = present.user;
  if (sign_in.also) {
    SALLYPORT_TRY(sign_in.also(tx, user));
    SALLYPORT_TRY(UpdateUser(tx, *sign_in.pool, user));
  } else {
    SALLYPORT_TRY(PutUser(tx, user));
  }
  family.generation = user.generation;
  family.born = user.version;
  if (present.pool->tracks_sessions) {
    SALLYPORT_TRY(MakeRoom(tx, services, *present.pool, user, family));
  }
  SALLYPORT_TRY(PutFamily(tx, family));
  return present;
}

// Every use where sessions are tracked: which one was used last decides which one is evicted.
void NoteUse(const Services& services, const Refresh& refresh, const Peer& peer,
             int64_t now_millis) {
  if (refresh.pool->tracks_sessions) {
    services.families.NoteUse(refresh.family.id, {now_millis, DeviceOf(peer)});
  } else if (now_millis - refresh.family.last_used_millis >= kUseGranularityMillis) {
    services.families.NoteUse(refresh.family.id, {now_millis, {}});
  }
}

// The error, after what the pool wants done.
base::Error RefuseReuse(const Services& services, const Refresh& refresh, uint64_t* await_release) {
  if (refresh.pool->revoke_on_refresh_token_reuse) {
    const auto revoke = [&](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(std::optional<TokenFamily> family, GetFamily(tx, refresh.family.id));
      if (!family) return {};
      return RevokeFamily(tx, *family, services.clock.WallSeconds());
    };
    base::Status revoked = Commit(services, revoke, await_release);
    if (!revoked) return std::move(revoked).error();
  }
  return {"RefreshTokenReuseException", "Refresh token has been invalidated by rotation", ""};
}

// Commits the family's next refresh token, unless another call has just done so; gives its text.
base::Result<std::string> RotateRefreshToken(const Services& services, const Refresh& refresh,
                                             const Peer& peer, int64_t now_millis,
                                             uint64_t* await_release) {
  TokenFamily present;
  auto standing = RefreshStanding::kReused;
  const auto rotate = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(std::optional<TokenFamily> family, GetFamily(tx, refresh.family.id));
    SALLYPORT_ASSIGN(const std::optional<User> user,
                     GetUser(tx, refresh.user.pool_id, refresh.user.sub));
    if (!family || !IsAlive(*family, user ? &*user : nullptr)) {
      return NotAuthorized("Refresh Token has been revoked");
    }
    if (!user->enabled) return NotAuthorized("User is disabled.");
    standing = StandingOf(*family, refresh.token, *refresh.client, now_millis);
    if (standing == RefreshStanding::kCurrent) {
      Rotate(*family, now_millis);
      family->last_used_millis = now_millis;
      if (refresh.pool->tracks_sessions && !peer.ip.empty()) family->device = DeviceOf(peer);
      SALLYPORT_TRY(PutFamily(tx, *family));
    }
    present = std::move(*family);
    return {};
  };
  SALLYPORT_TRY(Commit(services, rotate));
  if (standing == RefreshStanding::kReused) return RefuseReuse(services, refresh, await_release);
  return PresentRefreshToken(services.vault, present);
}

}  // namespace

base::Status MayIssue(const Services& services) {
  if (!services.issuing_stopped()) return {};
  return base::InternalError(
      "nothing is issued: the store was restored from a backup; run `sallyport recover`");
}

base::Result<IssuedTokens> CompleteSignIn(const Services& services, const SignIn& sign_in) {
  SALLYPORT_TRY(MayIssue(services));
  const int64_t now_millis = services.clock.WallMillis();
  SALLYPORT_ASSIGN(const auto key, services.keys.Current(sign_in.pool->id));
  TokenFamily family = NewFamily(sign_in, now_millis);
  std::string refresh_token = MakeRefreshToken(family);
  SALLYPORT_ASSIGN(const Groups groups, GroupsOf(services.store, sign_in.user));
  const Issue issue{*sign_in.pool,    *sign_in.client,
                    sign_in.user,     family,
                    groups,           IssuerOf(services.settings, sign_in.pool->id),
                    now_millis / 1000};
  SALLYPORT_ASSIGN(IssuedTokens tokens, Sign(issue, *key));
  bool tracked = sign_in.pool->tracks_sessions;
  const auto commit = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const Present present, WriteSignIn(tx, services, sign_in, key->kid, family));
    tracked = present.pool->tracks_sessions;
    return {};
  };
  uint64_t head = 0;
  const base::Status committed = Commit(services, commit, &head);
  // Also where nothing was evicted here: another's eviction may be on its way to the gates.
  if (tracked && sign_in.await_release != nullptr) *sign_in.await_release = head;
  SALLYPORT_TRY(committed);
  tokens.refresh_token = std::move(refresh_token);
  return tokens;
}

base::Result<Refresh> CheckRefreshToken(const Services& services,
                                        const std::shared_ptr<const Client>& client,
                                        std::string_view refresh_token) {
  const auto parsed = ParseRefreshToken(refresh_token);
  if (!parsed) return NotAuthorized("Invalid Refresh Token");
  SALLYPORT_ASSIGN(const auto reader, services.store.Snapshot());
  SALLYPORT_ASSIGN(std::optional<TokenFamily> family, GetFamily(*reader, parsed->family_id));
  if (!family || !Matches(services.vault, *family, *parsed) || family->client_id != client->id) {
    return NotAuthorized("Invalid Refresh Token");
  }
  SALLYPORT_ASSIGN(std::optional<User> user, GetUser(*reader, family->pool_id, family->sub));
  if (!IsAlive(*family, user ? &*user : nullptr)) {
    return NotAuthorized("Refresh Token has been revoked");
  }
  if (!user->enabled) return NotAuthorized("User is disabled.");
  if (services.clock.WallSeconds() >= family->refresh_expires) {
    return NotAuthorized("Refresh Token has expired");
  }
  SALLYPORT_ASSIGN(auto pool, GetSharedPool(*reader, family->pool_id));
  SALLYPORT_ASSIGN(auto key, KeyRing::Current(*reader, family->pool_id));
  SALLYPORT_ASSIGN(Groups groups, GroupsOf(*reader, *user));
  return Refresh{std::move(pool), client,         std::move(*user), std::move(*family),
                 *parsed,         std::move(key), std::move(groups)};
}

base::Result<IssuedTokens> CompleteRefresh(const Services& services, const Refresh& refresh,
                                           uint64_t* await_release, const Peer& peer) {
  SALLYPORT_TRY(MayIssue(services));
  const int64_t now_millis = services.clock.WallMillis();
  if (StandingOf(refresh.family, refresh.token, *refresh.client, now_millis) ==
      RefreshStanding::kReused) {
    return RefuseReuse(services, refresh, await_release);
  }
  const Issue issue{*refresh.pool,    *refresh.client,
                    refresh.user,     refresh.family,
                    refresh.groups,   IssuerOf(services.settings, refresh.pool->id),
                    now_millis / 1000};
  SALLYPORT_ASSIGN(IssuedTokens tokens, Sign(issue, *refresh.key));
  if (refresh.client->rotates_refresh_tokens) {
    SALLYPORT_ASSIGN(tokens.refresh_token,
                     RotateRefreshToken(services, refresh, peer, now_millis, await_release));
    return tokens;
  }
  NoteUse(services, refresh, peer, now_millis);
  return tokens;
}

}  // namespace sallyport::domain
