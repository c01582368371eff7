// GetUserPoolClientSessionConfiguration: shows for how long a sign-in at this client may be reused
// by another one.
#include "operations/clients/client_description.h"
#include "operations/operation.h"
#include "operations/sessions/session_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunGetUserPoolClientSessionConfiguration(
    Call& call, const api::GetUserPoolClientSessionConfigurationInput& input) {
  SALLYPORT_ASSIGN(const auto client,
                   GetClientOf(call.services, input.user_pool_id(), input.client_id()));
  return ClientSessionConfiguration(*client);
}

}  // namespace

const Operation<api::GetUserPoolClientSessionConfigurationInput>
    kGetUserPoolClientSessionConfiguration =
        MakeOperation<RunGetUserPoolClientSessionConfiguration>();

}  // namespace sallyport::operations
