// AdminRespondToAuthChallenge: a server answers a challenge of the sign-in that it began.
#include "operations/operation.h"
#include "operations/sign_in/sign_in.h"

namespace sallyport::operations {
namespace {

base::Result<Issued> RunAdminRespondToAuthChallenge(Call& call, const boost::json::object& input) {
  return Respond(call, input, Caller::kAdmin);
}

}  // namespace

const Operation kAdminRespondToAuthChallenge{RunAdminRespondToAuthChallenge, RespondLane};

}  // namespace sallyport::operations
