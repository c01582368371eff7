// GetUserPoolSessionConfiguration: shows whether the pool tracks sessions, and how many each user
// may have.
#include "operations/operation.h"
#include "operations/sessions/session_shapes.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunGetUserPoolSessionConfiguration(
    Call& call, const api::GetUserPoolSessionConfigurationInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  return PoolSessionConfiguration(*pool);
}

}  // namespace

const Operation<api::GetUserPoolSessionConfigurationInput> kGetUserPoolSessionConfiguration =
    MakeOperation<RunGetUserPoolSessionConfiguration>();

}  // namespace sallyport::operations
