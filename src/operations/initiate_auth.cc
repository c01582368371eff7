// InitiateAuth: a client's user signs in with a password, or refreshes.
#include "operations/operation.h"
#include "operations/sign_in/sign_in.h"

namespace sallyport::operations {
namespace {

base::Result<Issued> RunInitiateAuth(Call& call, const boost::json::object& input) {
  return Initiate(call, input, Caller::kClient);
}

}  // namespace

const Operation kInitiateAuth{RunInitiateAuth, InitiateLane};

}  // namespace sallyport::operations
