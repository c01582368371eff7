// ListGroups: lists the groups of a pool by name.
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "operations/groups/group_shapes.h"
#include "operations/operation.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunListGroups(Call& call, const api::ListGroupsInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  SALLYPORT_ASSIGN(
      const domain::GroupPage page,
      domain::ListGroups(call.services.store, pool->id, input.next_token(), QueryLimit(input)));
  json::array groups;
  for (const domain::Group& group : page.groups) groups.push_back(GroupType(group));
  json::object answer{{"Groups", std::move(groups)}};
  if (!page.next.empty()) answer["NextToken"] = page.next;
  return answer;
}

}  // namespace

const Operation<api::ListGroupsInput> kListGroups = MakeOperation<RunListGroups>();

}  // namespace sallyport::operations
