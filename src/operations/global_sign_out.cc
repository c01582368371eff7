// GlobalSignOut: the caller signs out everywhere.
#include "domain/caller.h"
#include "domain/revoke.h"
#include "operations/operation.h"
#include "operations/shared/user_shapes.h"

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
