#include "domain/tokens/logout_token.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/random.h"
#include "domain/keys/key_ring.h"
#include "domain/pools/pool.h"

namespace sallyport::domain {

namespace json = boost::json;

base::Result<std::string> MakeLogoutToken(const Services& services, const LogoutNotice& notice) {
  constexpr std::string_view kEvent = "http://schemas.openid.net/event/backchannel-logout";
  constexpr int64_t kLogoutTokenSeconds = 120;
  const std::string issuer = IssuerOf(services.settings, notice.pool_id);
  SALLYPORT_ASSIGN(const auto key, services.keys.Current(notice.pool_id));
  SALLYPORT_TRY(services.keys.CheckLive(*key, issuer));
  const int64_t now = services.clock.WallSeconds();
  const json::object claims{{"iss", issuer},
                            {"sub", notice.sub},
                            {"aud", notice.client_id},
                            {"iat", now},
                            {"exp", now + kLogoutTokenSeconds},
                            {"jti", base::RandomUuid()},
                            {"sid", notice.family},
                            {"events", json::object{{kEvent, json::object()}}}};
  // The type keeps it from being taken for another kind of token (RFC 8725 section 3.11).
  return key->signing.SignJwt(key->kid, json::serialize(claims), "logout+jwt");
}

}  // namespace sallyport::domain
