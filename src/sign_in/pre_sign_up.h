// Pre Sign-up: a function of the pool that is asked before a user is created. Source: "Pre sign-up
// Lambda trigger", Amazon Cognito developer guide.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string_view>

#include "base/result.h"
#include "domain/pools/pool.h"
#include "domain/services.h"
#include "domain/users/user.h"

namespace sallyport::sign_in {

struct PreSignUpCall {
  const domain::Services& services;
  const domain::Pool& pool;  // must have the function
  std::string_view source;   // triggerSource, for example "PreSignUp_SignUp"
  std::string_view client_id;
  std::string_view user_agent;
  const domain::User& user;  // the user as it will be written
  boost::json::value validation = nullptr;
  const boost::json::object* metadata = nullptr;  // nullptr: the event has none
};

// The function's response. Errors: those of CallHook.
base::Result<boost::json::object> AskPreSignUp(PreSignUpCall call);

}  // namespace sallyport::sign_in
