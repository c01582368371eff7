// AdminRespondToAuthChallenge: a server answers a challenge of a sign-in that it began.
#include "operations/operation.h"
#include "operations/sign_in/sign_in.h"

namespace sallyport::operations {
namespace {

base::Result<Issued> RunAdminRespondToAuthChallenge(
    Call& call, const api::AdminRespondToAuthChallengeInput& input) {
  return Respond(call, ChallengeResponse(input));
}

}  // namespace

const Operation<api::AdminRespondToAuthChallengeInput> kAdminRespondToAuthChallenge =
    MakeOperation<RunAdminRespondToAuthChallenge, RespondLane>();

}  // namespace sallyport::operations
