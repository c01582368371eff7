// Converts AWS's maps of strings, AuthParameters and ChallengeResponses, to the input of the
// sign-in engine.
#pragma once

#include <string_view>

#include "base/result.h"
#include "operations/operation.h"
#include "operations_model/inputs.h"
#include "sign_in/input.h"

namespace sallyport::operations {

// The value of a parameter that is required: InvalidParameterException "Missing required parameter
// {name}" where it is absent.
base::Result<std::string_view> RequiredParameter(const api::Parameter& parameter);

// Reads what InitiateAuth gives. `flow` may be any flow except a refresh. All views refer to
// `parameters`.
base::Result<sign_in::Input> BeginningOf(api::AuthFlowType flow,
                                         const api::AuthParametersType& parameters);

// Reads what RespondToAuthChallenge gives for that challenge. `session` is empty where it gives
// none. Views refer to both arguments.
base::Result<sign_in::Input> AnswerOf(api::ChallengeNameType challenge, std::string_view session,
                                      const api::ChallengeResponsesType& responses);
// The lane for such a call: SRP's second step, and answers that functions verify, need no password
// hash.
Lane LaneOfAnswer(api::ChallengeNameType challenge);

}  // namespace sallyport::operations
