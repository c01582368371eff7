// GlobalSignOut: the caller signs out everywhere.
#include "domain/caller.h"
#include "domain/revoke.h"
#include "operations/operation.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> Run(Call& call, const boost::json::object&) {
  SALLYPORT_TRY(RevokeCaller(call, [&](store::Tx& tx, domain::User& user) {
    return domain::RevokeAllFamilies(tx, user, call.services.clock.WallSeconds());
  }));
  return boost::json::object();
}

}  // namespace

const Operation kGlobalSignOut{.run = Run, .revokes = true};

}  // namespace sallyport::operations
