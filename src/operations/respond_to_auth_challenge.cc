// RespondToAuthChallenge: a client's user answers a challenge of its sign-in.
#include "operations/operation.h"
#include "operations/shared/sign_in.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> Run(Call& call, const boost::json::object& input) {
  return Respond(call, input, Caller::kClient);
}

}  // namespace

const Operation kRespondToAuthChallenge{Run, HashLane};

}  // namespace sallyport::operations
