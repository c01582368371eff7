// GlobalSignOut: the caller signs out everywhere. The answer waits until every gate refuses all
// tokens of the caller.
#include "domain/tokens/caller.h"
#include "domain/tokens/revoke.h"
#include "operations/operation.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<Revoked> RunGlobalSignOut(Call& call, const api::GlobalSignOutInput&) {
  return RevokeCaller(call, [&](store::LogTx& tx, domain::User& user) {
    return domain::RevokeAllFamilies(tx, user, call.services.clock.WallSeconds());
  });
}

}  // namespace

const Operation<api::GlobalSignOutInput> kGlobalSignOut = MakeOperation<RunGlobalSignOut>();

}  // namespace sallyport::operations
