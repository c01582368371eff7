// DeleteUserAttributes: the caller deletes some of their own attributes, of those that their client
// may write.
#include <string>
#include <vector>

#include "domain/tokens/caller.h"
#include "domain/users/attributes.h"
#include "operations/operation.h"
#include "operations/users/attribute_update.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunDeleteUserAttributes(
    Call& call, const api::DeleteUserAttributesInput& input) {
  const domain::Pool& pool = *call.caller->pool;
  const std::vector<std::string> names = api::Copies(input.user_attribute_names());
  SALLYPORT_TRY(domain::CheckDeletedAttributes(pool, names));
  domain::Attributes changes;
  for (const std::string& name : names) changes.emplace(name, "");
  SALLYPORT_TRY(domain::CheckMayWrite(*call.caller->client, changes));
  SALLYPORT_TRY(ChangeCaller(call, [&](store::Tx& tx, domain::User& user) {
    return DeleteAttributes(tx, call.services, pool, user, names);
  }));
  return boost::json::object();
}

}  // namespace

const Operation<api::DeleteUserAttributesInput> kDeleteUserAttributes =
    MakeOperation<RunDeleteUserAttributes>();

}  // namespace sallyport::operations
