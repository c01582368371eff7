#include "domain/tokens/caller.h"

#include <optional>
#include <unordered_map>
#include <utility>

#include "domain/errors.h"
#include "domain/keys/key_ring.h"
#include "domain/tokens/issue.h"
#include "domain/tokens/time_to_issue.h"
#include "store/store.h"

namespace sallyport::domain {
namespace {

// A PublicKey is not thread-safe, so each thread makes its own, once for each key.
const jose::PublicKey& PublicKeyOf(const std::shared_ptr<const TokenKey>& key) {
  struct Entry {
    std::shared_ptr<const TokenKey> key;
    jose::PublicKey public_key;
  };
  constexpr size_t kMost = 512;
  thread_local std::unordered_map<std::string, Entry> entries;
  auto found = entries.find(key->kid);
  if (found != entries.end() && found->second.key == key) return found->second.public_key;
  if (entries.size() >= kMost) entries.clear();
  found = entries.insert_or_assign(key->kid, Entry{key, key->signing.ToPublic()}).first;
  return found->second.public_key;
}

struct Signed {
  jose::VerifiedToken token;
  std::string pool_id;
};

std::string FamilyIdOf(const jose::Claims& claims) {
  return std::string(claims.origin_jti.empty() ? claims.event_id : claims.origin_jti);
}

// What is read for a caller with this AccessToken, its key included.
store::Expecting ExpectCaller(const Services& services, const TokenKey& key,
                              const jose::Claims& claims) {
  return {*services.store.read_ahead(),
          {TokenKeyKey(key.kid), PoolKey(key.pool_id), ClientKey(claims.client_id),
           FamilyKey(FamilyIdOf(claims)), UserKey(key.pool_id, claims.sub)}};
}

// Checks signature and issuer. `refusal` is the error for a token that this server has not signed.
// `ahead`: what will be read about the caller is read together with the key, where the store offers
// that.
base::Result<Signed> CheckSigned(const Services& services, std::string_view token,
                                 const base::Sentence<0>& refusal,
                                 store::Expecting* ahead = nullptr) {
  auto parsed = jose::UnverifiedToken::Parse(token);
  if (!parsed) return refusal.Because(parsed.error().cause);
  const bool at_once = ahead != nullptr && services.store.read_ahead() != nullptr;
  std::shared_ptr<const TokenKey> key;
  // A kid never gets another key. Whether this one is still there is read below.
  if (at_once) key = services.keys.Remembered(parsed->kid());
  const bool remembered = key != nullptr;
  if (!remembered) {
    SALLYPORT_ASSIGN(key, services.keys.Find(parsed->kid()));
  }
  if (!key) return refusal.Because("unknown key");
  auto verified = jose::VerifiedToken::Verify(std::move(*parsed), PublicKeyOf(key));
  if (!verified) return refusal.Because(verified.error().cause);
  if (at_once) *ahead = ExpectCaller(services, *key, verified->claims());
  if (remembered) {
    SALLYPORT_ASSIGN(const auto present, services.keys.Find(key->kid));
    if (!present) return refusal.Because("unknown key");
  }
  if (verified->claims().iss != IssuerOf(services.settings, key->pool_id)) {
    return refusal.Because("issuer of another pool or of other settings");
  }
  return Signed{std::move(*verified), key->pool_id};
}

struct Checked {
  jose::VerifiedToken token;
  std::shared_ptr<const Pool> pool;
};

// Checks what the token itself shows: signature, issuer, use, expiry and scope.
base::Result<Checked> CheckToken(const Services& services, std::string_view token,
                                 std::string_view scope, store::Expecting& ahead) {
  SALLYPORT_ASSIGN(Signed by_us, CheckSigned(services, token, error::kInvalidAccessToken, &ahead));
  const jose::Claims& claims = by_us.token.claims();
  if (claims.token_use != "access") return error::kInvalidAccessToken.Because("no access token");
  if (services.clock.WallSeconds() >= claims.exp) return error::kAccessTokenExpired();
  if (!scope.empty() && !jose::HasScope(claims.scope, scope)) {
    return error::kAccessTokenLacksScopes();
  }
  auto pool = GetPool(services, by_us.pool_id);
  if (!pool) return error::kInvalidAccessToken.Because("the pool is gone");
  return Checked{std::move(by_us.token), std::move(*pool)};
}

}  // namespace

bool WasIssuedHere(const Services& services, std::string_view token) {
  return CheckSigned(services, token, error::kInvalidAccessToken).ok();
}

base::Result<GivenIdToken> ReadIdToken(const Services& services, std::string_view token) {
  SALLYPORT_ASSIGN(const Signed by_us, CheckSigned(services, token, error::kIdTokenHintInvalid));
  const jose::Claims& claims = by_us.token.claims();
  if (claims.token_use != "id") return error::kIdTokenHintInvalid.Because("no ID token");
  return GivenIdToken{by_us.pool_id, std::string(claims.aud), std::string(claims.sub)};
}

base::Result<AccessTokenCaller> CheckAccessToken(const Services& services, std::string_view token,
                                                 std::string_view scope) {
  // A restored store may have lost revocations, so it cannot prove that a token is valid.
  SALLYPORT_TRY(MayIssue(services));
  store::Expecting ahead;
  SALLYPORT_ASSIGN(Checked checked, CheckToken(services, token, scope, ahead));
  const jose::Claims& claims = checked.token.claims();
  auto client = GetClient(services, claims.client_id);
  if (!client) return error::kAccessTokenRevoked.Because("the client is gone");
  SALLYPORT_ASSIGN(std::optional<TokenFamily> family,
                   GetFamily(services.store, FamilyIdOf(claims)));
  SALLYPORT_ASSIGN(std::optional<User> user, GetUser(services.store, checked.pool->id, claims.sub));
  if (!family || family->client_id != claims.client_id ||
      !IsAlive(*family, user ? &*user : nullptr)) {
    return error::kAccessTokenRevoked();
  }
  if (!user->enabled) return error::kUserDisabled();
  return AccessTokenCaller{std::move(checked.pool), std::move(*client), std::move(*user),
                           std::move(*family), std::move(checked.token)};
}

}  // namespace sallyport::domain
