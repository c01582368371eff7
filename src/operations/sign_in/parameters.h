// AuthParameters and ChallengeResponses: AWS's maps of strings, as what the engine takes.
#pragma once

#include <string_view>

#include "base/result.h"
#include "operations/operation.h"
#include "operations_model/inputs.h"
#include "sign_in/input.h"

namespace sallyport::operations {

// The value of one that cannot be done without: InvalidParameterException "Missing required
// parameter {name}".
base::Result<std::string_view> RequiredParameter(const api::Parameter& parameter);

// What InitiateAuth gives. `flow`: any flow but a refresh. All views are into `parameters`.
base::Result<sign_in::Input> BeginningOf(api::AuthFlowType flow,
                                         const api::AuthParametersType& parameters);

// What RespondToAuthChallenge gives for that challenge. `session`: empty where it gives none.
// Views into both.
base::Result<sign_in::Input> AnswerOf(api::ChallengeNameType challenge, std::string_view session,
                                      const api::ChallengeResponsesType& responses);
// Where such a call runs: SRP's second step and what functions verify hash nothing.
Lane LaneOfAnswer(api::ChallengeNameType challenge);

}  // namespace sallyport::operations
