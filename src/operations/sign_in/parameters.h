// AuthParameters and ChallengeResponses: AWS's maps of strings, as what the engine takes.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "base/result.h"
#include "sign_in/input.h"

namespace sallyport::operations {

// A member that cannot be done without: InvalidParameterException "Missing required parameter
// {name}".
base::Result<std::string_view> RequiredParameter(const boost::json::object& parameters,
                                                 std::string_view name);

// What InitiateAuth gives. `flow`: one that is no refresh. All views are into `parameters`.
base::Result<sign_in::Input> BeginningOf(std::string_view flow,
                                         const boost::json::object& parameters);

// What RespondToAuthChallenge gives, for the challenge that its input names. Views into `input`.
base::Result<sign_in::Input> AnswerOf(const boost::json::object& input);

}  // namespace sallyport::operations
