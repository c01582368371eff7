#include "operations/groups/group_shapes.h"

#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "domain/records/json.h"

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

base::Status ChangeMembership(
    Call& call, const NamedMembership& named,
    const std::function<base::Status(store::Tx& tx, domain::User& user,
                                     const domain::Group& group)>& change) {
  const auto commit = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, named.pool_id));
    SALLYPORT_ASSIGN(domain::User user, domain::RequireUser(tx, pool, named.username));
    SALLYPORT_ASSIGN(const domain::Group group, domain::RequireGroup(tx, pool.id, named.group));
    return change(tx, user, group);
  };
  return domain::Commit(call.services, commit);
}

}  // namespace sallyport::operations
