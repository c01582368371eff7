// RespondToAuthChallenge: an app answers a challenge of its user's sign-in. Where this ends other
// sessions of the user, the answer waits until every gate refuses their tokens.
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
