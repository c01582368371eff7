// GetUserPoolMfaConfig: what SetUserPoolMfaConfig has stored.
#include "domain/pool.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunGetUserPoolMfaConfig(Call& call,
                                                   const api::GetUserPoolMfaConfigInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  json::object answer{{"MfaConfiguration", pool->description.at("MfaConfiguration")}};
  if (pool->software_token_mfa) {
    answer["SoftwareTokenMfaConfiguration"] = json::object{{"Enabled", true}};
  }
  return answer;
}

}  // namespace

const Operation<api::GetUserPoolMfaConfigInput> kGetUserPoolMfaConfig =
    MakeOperation<RunGetUserPoolMfaConfig>();

}  // namespace sallyport::operations
