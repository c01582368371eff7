// InitiateAuth: a client's user signs in with a password, or refreshes.
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
