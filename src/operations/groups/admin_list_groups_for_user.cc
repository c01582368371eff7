// AdminListGroupsForUser: lists the groups of a user by precedence, then by name, as in the user's
// tokens.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "domain/records/page.h"
#include "operations/groups/group_shapes.h"
#include "operations/operation.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

size_t Begin(const domain::Groups& groups, const std::optional<store::ListPosition>& after) {
  if (!after) return 0;
  const auto next = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
    return domain::PrecedenceSort(*group) > after->sort;
  });
  return static_cast<size_t>(next - groups.begin());
}

base::Result<json::object> RunAdminListGroupsForUser(
    Call& call, const api::AdminListGroupsForUserInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  SALLYPORT_ASSIGN(const auto reader, call.services.store.Snapshot());
  SALLYPORT_ASSIGN(const domain::User user, domain::RequireUser(*reader, *pool, input.username()));
  SALLYPORT_ASSIGN(const domain::Groups groups, domain::GroupsOf(*reader, user));
  SALLYPORT_ASSIGN(const auto after, domain::DecodePosition(input.next_token()));
  const size_t begin = Begin(groups, after);
  const size_t end = std::min(groups.size(), begin + QueryLimit(input));
  json::array page;
  for (size_t i = begin; i < end; ++i) page.push_back(GroupType(*groups[i]));
  json::object answer{{"Groups", std::move(page)}};
  if (end < groups.size()) {
    const domain::Group& last = *groups[end - 1];
    answer["NextToken"] = domain::EncodePosition({domain::PrecedenceSort(last), last.id});
  }
  return answer;
}

}  // namespace

const Operation<api::AdminListGroupsForUserInput> kAdminListGroupsForUser =
    MakeOperation<RunAdminListGroupsForUser>();

}  // namespace sallyport::operations
