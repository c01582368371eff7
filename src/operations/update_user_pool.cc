#include "domain/commit.h"
#include "domain/pool.h"
#include "domain/record.h"
#include "operations/operation.h"
#include "operations/shared/pool_description.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

struct ChangedPool {
  std::string id;
  std::string name;  // empty: it keeps its name
};
constexpr auto kChangedPool = domain::RecordOf<ChangedPool>(
    domain::Member("UserPoolId", &ChangedPool::id), domain::Member("PoolName", &ChangedPool::name));

base::Result<json::object> RunUpdateUserPool(Call& call, const json::object& input) {
  const ChangedPool changed = kChangedPool.Read(input);
  const auto update = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::Pool pool, domain::GetPool(tx, changed.id));
    SALLYPORT_TRY(DescribeSettings(input, pool.description));
    if (!changed.name.empty()) pool.name = changed.name;
    pool.modified_millis = call.services.clock.WallMillis();
    return domain::PutPool(tx, pool);
  };
  SALLYPORT_TRY(domain::Commit(call.services, update));
  return json::object();
}

}  // namespace

const Operation kUpdateUserPool{RunUpdateUserPool, nullptr, UnknownMembers::kRefused};

}  // namespace sallyport::operations
