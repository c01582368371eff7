#include "operations/shared/group_shapes.h"

#include "domain/commit.h"
#include "domain/json.h"
#include "domain/pool.h"

namespace sallyport::operations {

namespace json = boost::json;

json::object GroupType(const domain::Group& group) {
  json::object type{{"GroupName", group.name}, {"UserPoolId", group.pool_id}};
  if (!group.description.empty()) type["Description"] = group.description;
  if (!group.role_arn.empty()) type["RoleArn"] = group.role_arn;
  if (group.precedence) type["Precedence"] = *group.precedence;
  type["LastModifiedDate"] = domain::Timestamp(group.modified_millis);
  type["CreationDate"] = domain::Timestamp(group.created_millis);
  return type;
}

void TakeGroupMembers(const json::object& input, domain::Group& group) {
  if (input.contains("Description")) group.description = domain::StringMember(input, "Description");
  if (input.contains("RoleArn")) group.role_arn = domain::StringMember(input, "RoleArn");
  if (input.contains("Precedence")) group.precedence = domain::IntMember(input, "Precedence");
}

base::Status ChangeMembership(
    Call& call, const json::object& input,
    const std::function<base::Status(store::Tx& tx, domain::User& user,
                                     const domain::Group& group)>& change) {
  const auto commit = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Pool pool,
                     domain::GetPool(tx, domain::StringMember(input, "UserPoolId")));
    SALLYPORT_ASSIGN(domain::User user,
                     domain::RequireUser(tx, pool, domain::StringMember(input, "Username")));
    SALLYPORT_ASSIGN(const domain::Group group,
                     domain::RequireGroup(tx, pool.id, domain::StringMember(input, "GroupName")));
    return change(tx, user, group);
  };
  return domain::Commit(call.services, commit);
}

}  // namespace sallyport::operations
