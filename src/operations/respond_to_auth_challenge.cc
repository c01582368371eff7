// RespondToAuthChallenge: a client's user answers a challenge of its sign-in.
#include "operations/operation.h"
#include "operations/sign_in/sign_in.h"

namespace sallyport::operations {
namespace {

base::Result<Issued> RunRespondToAuthChallenge(Call& call, const boost::json::object& input) {
  return Respond(call, input, Caller::kClient);
}

}  // namespace

const Operation kRespondToAuthChallenge{RunRespondToAuthChallenge, RespondLane};

}  // namespace sallyport::operations
