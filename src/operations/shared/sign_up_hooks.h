// The hooks around a sign-up: PreSignUp before a user is made, PostConfirmation after one is
// confirmed. Neither does anything where the pool has no such function.
// Source: "Pre sign-up Lambda trigger", "Post confirmation Lambda trigger", Cognito developer
// guide.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "base/result.h"
#include "domain/pool.h"
#include "domain/user.h"
#include "operations/operation.h"

namespace sallyport::operations {

// Member ClientMetadata; empty where there is none.
boost::json::object ClientMetadataOf(const boost::json::object& input);
// request.clientMetadata from the call's member ClientMetadata; absent where the call has none.
void AddClientMetadata(const boost::json::object& input, boost::json::object& request);

// What the function decides of somebody who signs up.
struct PreSignUp {
  bool confirmed = false;
  bool email_verified = false;
  bool phone_number_verified = false;
};

// SignUp, before the password is hashed: `user` is what is to be written. What is verified the user
// has. InvalidLambdaResponseException where the function verifies what there is not, or without
// confirming; and the errors of domain::CallHook.
base::Result<PreSignUp> CallPreSignUp(const Call& call, const domain::Pool& pool,
                                      std::string_view client_id, const domain::User& user,
                                      const boost::json::object& input);
// AdminCreateUser: the function can refuse, but what it sets counts for nothing.
base::Status CallPreSignUpByAdmin(const Call& call, const domain::Pool& pool,
                                  std::string_view client_id, const domain::User& user,
                                  const boost::json::object& input);

inline constexpr std::string_view kConfirmedSignUp = "PostConfirmation_ConfirmSignUp";
inline constexpr std::string_view kConfirmedForgotPassword =
    "PostConfirmation_ConfirmForgotPassword";

// After the commit that confirmed `user`: what the function's error says is answered, and the user
// stays confirmed, as AWS has it. `client_id`: empty for an administrator's call.
base::Status CallPostConfirmation(const Call& call, const domain::Pool& pool,
                                  std::string_view source, std::string_view client_id,
                                  const domain::User& user, const boost::json::object& input);

}  // namespace sallyport::operations
