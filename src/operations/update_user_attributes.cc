// UpdateUserAttributes: the caller changes what its client may write.
#include <boost/json/array.hpp>

#include "domain/attributes.h"
#include "domain/caller.h"
#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> Run(Call& call, const boost::json::object& input) {
  const domain::Pool& pool = *call.caller->pool;
  const domain::Attributes changes =
      domain::ReadAttributes(domain::ArrayMember(input, "UserAttributes"));
  SALLYPORT_TRY(domain::CheckChangedAttributes(pool, changes));
  SALLYPORT_TRY(domain::CheckMayWrite(*call.caller->client, changes));
  SALLYPORT_TRY(ChangeCaller(call, [&](store::Tx& tx, domain::User& user) {
    domain::ApplyAttributes(user, changes);
    user.modified_millis = call.services.clock.WallMillis();
    return domain::UpdateUser(tx, pool, user);
  }));
  return boost::json::object{{"CodeDeliveryDetailsList", boost::json::array()}};
}

}  // namespace

const Operation kUpdateUserAttributes{Run};

}  // namespace sallyport::operations
