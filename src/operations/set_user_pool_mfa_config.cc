// SetUserPoolMfaConfig: what can be kept until factors can be enrolled; what nobody would be
// protected by is refused (shared/settings_table.h).
#include "domain/commit.h"
#include "domain/pool.h"
#include "operations/operation.h"
#include "operations/shared/mfa_config.h"
#include "operations/shared/named_resources.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunSetUserPoolMfaConfig(Call& call, const json::object& input) {
  const std::string pool_id = kNamedPool.Read(input).pool_id;
  json::object answer;
  const auto set = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::Pool pool, domain::GetPool(tx, pool_id));
    SALLYPORT_TRY(SetMfaConfig(input, pool));
    pool.modified_millis = call.services.clock.WallMillis();
    answer = MfaConfig(pool);
    return domain::PutPool(tx, pool);
  };
  SALLYPORT_TRY(domain::Commit(call.services, set));
  return answer;
}

}  // namespace

const Operation kSetUserPoolMfaConfig{RunSetUserPoolMfaConfig, nullptr, UnknownMembers::kRefused};

}  // namespace sallyport::operations
