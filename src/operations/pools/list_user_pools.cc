// ListUserPools: lists the user pools of the region that the call is signed for, in the order of
// their creation.
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "domain/pools/pool.h"
#include "domain/records/json.h"
#include "operations/operation.h"
#include "operations/pools/lambda_config.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunListUserPools(Call& call, const api::ListUserPoolsInput& input) {
  SALLYPORT_ASSIGN(const domain::PoolPage page,
                   domain::ListPools(call.services, call.region + "/", input.next_token(),
                                     static_cast<size_t>(input.max_results())));
  json::array pools;
  for (const domain::Pool& pool : page.pools) {
    pools.push_back(json::object{{"Id", pool.id},
                                 {"Name", pool.name},
                                 {domain::kHooksMember, LambdaConfigOf(pool)},
                                 {"LastModifiedDate", domain::Timestamp(pool.modified_millis)},
                                 {"CreationDate", domain::Timestamp(pool.created_millis)}});
  }
  json::object answer{{"UserPools", std::move(pools)}};
  if (!page.next.empty()) answer["NextToken"] = page.next;
  return answer;
}

}  // namespace

const Operation<api::ListUserPoolsInput> kListUserPools = MakeOperation<RunListUserPools>();

}  // namespace sallyport::operations
