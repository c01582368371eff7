#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "domain/json.h"
#include "domain/pool.h"
#include "operations/operation.h"
#include "operations/shared/named_resources.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunListUserPools(Call& call, const json::object& input) {
  const NamedPage asked = kNamedPage.Read(input);
  SALLYPORT_ASSIGN(const domain::PoolPage page,
                   domain::ListPools(call.services, call.region + "/", asked.next_token,
                                     static_cast<size_t>(asked.most_results)));
  json::array pools;
  for (const domain::Pool& pool : page.pools) {
    pools.push_back(json::object{{"Id", pool.id},
                                 {"Name", pool.name},
                                 {domain::kHooksMember, pool.description.at(domain::kHooksMember)},
                                 {"LastModifiedDate", domain::Timestamp(pool.modified_millis)},
                                 {"CreationDate", domain::Timestamp(pool.created_millis)}});
  }
  json::object answer{{"UserPools", std::move(pools)}};
  if (!page.next.empty()) answer["NextToken"] = page.next;
  return answer;
}

}  // namespace

const Operation kListUserPools{RunListUserPools};

}  // namespace sallyport::operations
