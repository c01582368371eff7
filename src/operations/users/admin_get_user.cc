// AdminGetUser: shows an administrator a user with all attributes.
#include "domain/records/json.h"
#include "domain/users/attributes.h"
#include "operations/operation.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunAdminGetUser(Call& call, const api::AdminGetUserInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  SALLYPORT_ASSIGN(const domain::User user,
                   domain::RequireUser(call.services.store, *pool, input.username()));
  return boost::json::object{{"Username", user.username},
                             {"UserAttributes", domain::AttributeList(user)},
                             {"UserCreateDate", domain::Timestamp(user.created_millis)},
                             {"UserLastModifiedDate", domain::Timestamp(user.modified_millis)},
                             {"Enabled", user.enabled},
                             {"UserStatus", user.status}};
}

}  // namespace

const Operation<api::AdminGetUserInput> kAdminGetUser = MakeOperation<RunAdminGetUser>();

}  // namespace sallyport::operations
