#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/group_shapes.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunListGroups(Call& call, const json::object& input) {
  SALLYPORT_ASSIGN(const auto pool, PoolOf(call, input));
  SALLYPORT_ASSIGN(const domain::GroupPage page,
                   domain::ListGroups(call.services.store, pool->id,
                                      domain::StringMember(input, "NextToken"), QueryLimit(input)));
  json::array groups;
  for (const domain::Group& group : page.groups) groups.push_back(GroupType(group));
  json::object answer{{"Groups", std::move(groups)}};
  if (!page.next.empty()) answer["NextToken"] = page.next;
  return answer;
}

}  // namespace

const Operation kListGroups{RunListGroups};

}  // namespace sallyport::operations
