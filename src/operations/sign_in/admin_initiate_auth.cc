// AdminInitiateAuth: a server signs a user in, or refreshes the user's tokens, with its own AWS
// credentials.
#include "operations/operation.h"
#include "operations/sign_in/sign_in.h"

namespace sallyport::operations {
namespace {

base::Result<Issued> RunAdminInitiateAuth(Call& call, const api::AdminInitiateAuthInput& input) {
  return Initiate(call, Initiation(input));
}

}  // namespace

const Operation<api::AdminInitiateAuthInput> kAdminInitiateAuth =
    MakeOperation<RunAdminInitiateAuth, InitiateLane>();

}  // namespace sallyport::operations
