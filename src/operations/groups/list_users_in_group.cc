// ListUsersInGroup: lists the members of a group in the order in which they joined.
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "operations/groups/group_shapes.h"
#include "operations/operation.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunListUsersInGroup(Call& call,
                                               const api::ListUsersInGroupInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  SALLYPORT_ASSIGN(const auto reader, call.services.store.Snapshot());
  SALLYPORT_ASSIGN(const domain::Group group,
                   domain::RequireGroup(*reader, pool->id, input.group_name()));
  SALLYPORT_ASSIGN(const domain::MemberPage page,
                   domain::ListMembers(*reader, group, input.next_token(), QueryLimit(input)));
  json::array users;
  for (const domain::User& user : page.users) users.push_back(UserType(user));
  json::object answer{{"Users", std::move(users)}};
  if (!page.next.empty()) answer["NextToken"] = page.next;
  return answer;
}

}  // namespace

const Operation<api::ListUsersInGroupInput> kListUsersInGroup =
    MakeOperation<RunListUsersInGroup>();

}  // namespace sallyport::operations
