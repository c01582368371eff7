// InitiateAuth: an app begins to sign its user in, or refreshes the user's tokens. Where this ends
// other sessions of the user, the answer waits until every gate refuses their tokens.
#include "operations/operation.h"
#include "operations/sign_in/sign_in.h"

namespace sallyport::operations {
namespace {

base::Result<Issued> RunInitiateAuth(Call& call, const api::InitiateAuthInput& input) {
  return Initiate(call, Initiation(input));
}

}  // namespace

const Operation<api::InitiateAuthInput> kInitiateAuth =
    MakeOperation<RunInitiateAuth, InitiateLane>();

}  // namespace sallyport::operations
