#include "domain/clients/client_assertion.h"

#include <optional>
#include <string>
#include <utility>

#include "base/encoding.h"
#include "domain/clients/client.h"
#include "domain/errors.h"
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "domain/records/digest.h"
#include "domain/records/expiry.h"
#include "domain/services.h"
#include "jose/key.h"
#include "jose/token.h"
#include "store/store.h"

namespace sallyport::domain {

namespace {

constexpr int64_t kGreatestAssertionSeconds = 3600;
// How far the client's clock may be ahead.
constexpr int64_t kAssertionLeewaySeconds = 60;

base::Error Unproved(std::string_view cause) {
  return error::kInvalidClient.Because("client_assertion: " + std::string(cause));
}

base::Result<jose::PublicKey> KeyOf(const Client& client, std::string_view kid) {
  for (const std::string& jwk : client.settings.client_keys) {
    std::string known;
    auto key = jose::PublicKey::FromJwk(jwk, &known);
    if (key && known == kid) return key;
  }
  return Unproved("the client has no key of this kid");
}

base::Status CheckAssertedClaims(const Services& services, const Client& client,
                                 const jose::Claims& claims) {
  if (claims.iss != client.id || claims.sub != client.id) return Unproved("iss and sub differ");
  const std::string endpoint =
      services.settings.public_url + "/" + client.pool_id + "/oauth2/token";
  if (claims.aud != IssuerOf(services.settings, client.pool_id) && claims.aud != endpoint) {
    return Unproved("aud is neither the issuer nor the token endpoint");
  }
  const int64_t now = services.clock.WallSeconds();
  if (claims.exp <= now) return Unproved("it has expired");
  if (claims.exp > now + kGreatestAssertionSeconds) return Unproved("exp is too far away");
  if (claims.nbf && *claims.nbf > now + kAssertionLeewaySeconds)
    return Unproved("nbf is in the future");
  if (claims.iat > now + kAssertionLeewaySeconds) return Unproved("iat is in the future");
  if (claims.jti.empty()) return Unproved("there is no jti");
  return {};
}

base::Status UseOnce(const Services& services, const Client& client, const jose::Claims& claims) {
  const std::string text = client.id + "/" + std::string(claims.jti);
  const std::string key = "client-assertion/" + Sha256TextOf(text);
  const int64_t left = claims.exp - services.clock.WallSeconds();
  const int64_t ends = services.clock.watched().millis() / 1000 + left + kAssertionLeewaySeconds;
  return Commit(services, [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const std::optional<std::string> used, tx.Get(key));
    if (used) return Unproved("its jti was used before");
    return tx.Put(key, "{}", {{std::string(kClientAssertionsByExpiry), ExpirySort(ends)}});
  });
}

}  // namespace

base::Status CheckClientAssertion(const Services& services, const Client& client,
                                  std::string_view assertion, AssertionUse use) {
  auto parsed = jose::UnverifiedToken::Parse(assertion);
  if (!parsed) return Unproved(parsed.error().cause);
  SALLYPORT_ASSIGN(const jose::PublicKey key, KeyOf(client, parsed->kid()));
  const auto verified = jose::VerifiedToken::Verify(*std::move(parsed), key);
  if (!verified) return Unproved(verified.error().cause);
  SALLYPORT_TRY(CheckAssertedClaims(services, client, verified->claims()));
  if (use == AssertionUse::kAgain) return {};
  return UseOnce(services, client, verified->claims());
}

base::Result<std::string> KidOfClientKey(std::string_view jwk) {
  std::string kid;
  const auto key = jose::PublicKey::FromJwk(jwk, &kid);
  if (!key) return Unproved(key.error().cause);
  if (kid.empty()) return Unproved("the key has no kid");
  return kid;
}

}  // namespace sallyport::domain
