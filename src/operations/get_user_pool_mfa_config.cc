#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunGetUserPoolMfaConfig(Call& call, const json::object& input) {
  SALLYPORT_ASSIGN(const auto pool, PoolOf(call, input));
  json::object answer{{"MfaConfiguration", pool->description.at("MfaConfiguration")}};
  if (pool->software_token_mfa) {
    answer["SoftwareTokenMfaConfiguration"] = json::object{{"Enabled", true}};
  }
  return answer;
}

}  // namespace

const Operation kGetUserPoolMfaConfig{RunGetUserPoolMfaConfig};

}  // namespace sallyport::operations
