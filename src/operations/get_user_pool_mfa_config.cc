#include "domain/pool.h"
#include "operations/operation.h"
#include "operations/shared/mfa_config.h"
#include "operations/shared/named_resources.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunGetUserPoolMfaConfig(Call& call, const json::object& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, kNamedPool.Read(input).pool_id));
  return MfaConfig(*pool);
}

}  // namespace

const Operation kGetUserPoolMfaConfig{RunGetUserPoolMfaConfig};

}  // namespace sallyport::operations
