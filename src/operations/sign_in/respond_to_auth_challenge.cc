// RespondToAuthChallenge: a client's user answers a challenge of its sign-in.
#include "operations/operation.h"
#include "operations/sign_in/sign_in.h"

namespace sallyport::operations {
namespace {

base::Result<Issued> RunRespondToAuthChallenge(Call& call,
                                               const api::RespondToAuthChallengeInput& input) {
  return Respond(call, ChallengeResponse(input));
}

}  // namespace

const Operation<api::RespondToAuthChallengeInput> kRespondToAuthChallenge =
    MakeOperation<RunRespondToAuthChallenge, RespondLane>();

}  // namespace sallyport::operations
