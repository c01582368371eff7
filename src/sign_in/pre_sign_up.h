// Pre Sign-up: the pool's function that is asked before a user is made.
// Source: "Pre sign-up Lambda trigger", Amazon Cognito developer guide.
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
  const domain::Pool& pool;  // has the function
  std::string_view source;   // "PreSignUp_SignUp"
  std::string_view client_id;
  std::string_view user_agent;
  const domain::User& user;  // what is to be written
  boost::json::value validation = nullptr;
  const boost::json::object* metadata = nullptr;  // nullptr: the event has none
};

// The function's response. CallHook's errors.
base::Result<boost::json::object> AskPreSignUp(PreSignUpCall call);

}  // namespace sallyport::sign_in
