#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "domain/commit.h"
#include "domain/json.h"
#include "domain/pool.h"
#include "operations/operation.h"
#include "operations/shared/schema.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunAddCustomAttributes(Call& call, const json::object& input) {
  const auto add = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::Pool pool,
                     domain::GetPool(tx, domain::StringMember(input, "UserPoolId")));
    json::array& schema = pool.description[domain::kSchemaMember].as_array();
    SALLYPORT_TRY(AddCustom(input.at("CustomAttributes").as_array(), schema));
    pool.modified_millis = call.services.clock.WallMillis();
    return domain::PutPool(tx, pool);
  };
  SALLYPORT_TRY(domain::Commit(call.services, add));
  return json::object();
}

}  // namespace

const Operation kAddCustomAttributes{RunAddCustomAttributes};

}  // namespace sallyport::operations
