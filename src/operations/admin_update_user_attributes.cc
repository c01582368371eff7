// AdminUpdateUserAttributes: an administrator may say, too, that an address is verified.
#include "domain/attributes.h"
#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> Run(Call& call, const boost::json::object& input) {
  SALLYPORT_ASSIGN(const auto pool, PoolOf(call, input));
  const domain::Attributes changes =
      domain::ReadAttributes(domain::ArrayMember(input, "UserAttributes"));
  SALLYPORT_TRY(domain::CheckChangedAttributes(*pool, changes));
  const auto change = [&](store::Tx& tx, domain::User& user) {
    domain::ApplyAttributes(user, changes);
    user.modified_millis = call.services.clock.WallMillis();
    return domain::UpdateUser(tx, *pool, user);
  };
  SALLYPORT_TRY(ChangeNamedUser(call, *pool, input, change));
  return boost::json::object();
}

}  // namespace

const Operation kAdminUpdateUserAttributes{Run};

}  // namespace sallyport::operations
