// RespondToAuthChallenge: a client's user answers a challenge of its sign-in.
#include "operations/operation.h"
#include "operations/shared/sign_in.h"

namespace sallyport::operations {
namespace {

base::Result<Issued> Run(Call& call, const boost::json::object& input) {
  return Respond(call, input, Caller::kClient);
}

}  // namespace

const Operation kRespondToAuthChallenge{Run, RespondLane};

}  // namespace sallyport::operations
