// client_id: the client. It must belong to the pool that the path or the Host names, if they name
// one.
#include <optional>
#include <string>

#include "base/error_codes.h"
#include "domain/errors.h"
#include "domain/pools/pool_domain.h"
#include "oauth2/authorize/checks.h"
#include "store/store.h"

namespace sallyport::oauth2 {

base::Status CheckClientId(const CheckInput& input, AuthorizationRequest& request) {
  const domain::Services& services = input.services;
  const std::string_view id = input.Get("client_id");
  if (id.empty()) return domain::error::kFormParameterMissing("client_id");
  auto client = domain::GetClient(services, id);
  if (!client) {
    if (client.error().code != base::code::kResourceNotFound) return std::move(client).error();
    return domain::error::kAppUnknown();
  }
  std::optional<std::string> pool_id;
  if (!input.carried.pool_id.empty()) {
    pool_id = input.carried.pool_id;
  } else {
    SALLYPORT_ASSIGN(pool_id,
                     domain::FindPoolOfHost(services.store, services.settings, input.carried.host));
  }
  if (pool_id && *pool_id != (*client)->pool_id) {
    return domain::error::kAppUnknown.Because("a client of another pool");
  }
  auto pool = domain::GetPool(services, (*client)->pool_id);
  if (!pool) {
    if (pool.error().code != base::code::kResourceNotFound) return std::move(pool).error();
    return domain::error::kAppUnknown.Because("the pool is gone");
  }
  request.client = *std::move(client);
  request.pool = *std::move(pool);
  return {};
}

}  // namespace sallyport::oauth2
