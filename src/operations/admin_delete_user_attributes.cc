// AdminDeleteUserAttributes.
#include <string>
#include <vector>

#include "domain/attributes.h"
#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> Run(Call& call, const boost::json::object& input) {
  SALLYPORT_ASSIGN(const auto pool, PoolOf(call, input));
  const std::vector<std::string> names = domain::StringsMember(input, "UserAttributeNames");
  SALLYPORT_TRY(domain::CheckDeletedAttributes(*pool, names));
  const auto change = [&](store::Tx& tx, domain::User& user) {
    for (const std::string& name : names) {
      user.attributes.erase(name);
      // What is not there cannot be verified.
      if (name == "email" || name == "phone_number") user.attributes.erase(name + "_verified");
    }
    user.modified_millis = call.services.clock.WallMillis();
    return domain::UpdateUser(tx, *pool, user);
  };
  SALLYPORT_TRY(ChangeNamedUser(call, *pool, input, change));
  return boost::json::object();
}

}  // namespace

const Operation kAdminDeleteUserAttributes{Run};

}  // namespace sallyport::operations
