// The answers of a sign-in, as the API shows them.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "domain/issue.h"
#include "domain/pool.h"
#include "domain/user.h"

namespace sallyport::operations {

// AuthenticationResultType.
boost::json::object AuthenticationResult(const domain::IssuedTokens& tokens);

// AuthenticationResult and empty ChallengeParameters.
boost::json::object TokensAnswer(const domain::IssuedTokens& tokens);

// ChallengeName NEW_PASSWORD_REQUIRED and its parameters.
boost::json::object NewPasswordAnswer(const domain::Pool& pool, const domain::User& user,
                                      std::string_view session);

}  // namespace sallyport::operations
