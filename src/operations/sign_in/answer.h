// The answers of a sign-in in the form of the API.
#pragma once

#include <boost/json/object.hpp>

#include "domain/tokens/issue.h"
#include "sign_in/outcome.h"

namespace sallyport::operations {

// AuthenticationResultType.
boost::json::object AuthenticationResult(const domain::IssuedTokens& tokens);

// AuthenticationResult, with empty ChallengeParameters.
boost::json::object TokensAnswer(const domain::IssuedTokens& tokens);

// ChallengeName, Session and ChallengeParameters.
boost::json::object ChallengeAnswer(const sign_in::Challenge& challenge);

}  // namespace sallyport::operations
