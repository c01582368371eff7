// GetUserPoolMfaConfig: shows the settings for second factors that SetUserPoolMfaConfig stored.
#include "domain/pools/pool.h"
#include "operations/operation.h"
#include "operations/pools/mfa_config.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunGetUserPoolMfaConfig(Call& call,
                                                   const api::GetUserPoolMfaConfigInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  return MfaConfig(*pool);
}

}  // namespace

const Operation<api::GetUserPoolMfaConfigInput> kGetUserPoolMfaConfig =
    MakeOperation<RunGetUserPoolMfaConfig>();

}  // namespace sallyport::operations
