// The hooks around a sign-up: PreSignUp before a user is made, PostConfirmation after one is
// confirmed. Neither does anything where the pool has no such function.
// Source: "Pre sign-up Lambda trigger", "Post confirmation Lambda trigger", Cognito developer
// guide.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "base/result.h"
#include "domain/pools/pool.h"
#include "domain/users/user.h"
#include "operations/operation.h"

namespace sallyport::operations {

// request.clientMetadata is the call's ClientMetadata; absent where the call has none (nullptr).
void AddClientMetadata(const boost::json::object* metadata, boost::json::object& request);

// What a call says of somebody who signs up, for the function alone.
struct ForPreSignUp {
  template <typename Input>
  explicit ForPreSignUp(const Input& input)
      : validation(input.validation_data()), metadata(input.client_metadata()) {}

  api::List<api::AttributeType> validation;
  const boost::json::object* metadata;  // nullptr: none
};

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
                                      const ForPreSignUp& given);
// AdminCreateUser: the function can refuse, but what it sets counts for nothing.
base::Status CallPreSignUpByAdmin(const Call& call, const domain::Pool& pool,
                                  std::string_view client_id, const domain::User& user,
                                  const ForPreSignUp& given);

inline constexpr std::string_view kConfirmedSignUp = "PostConfirmation_ConfirmSignUp";
inline constexpr std::string_view kConfirmedForgotPassword =
    "PostConfirmation_ConfirmForgotPassword";

// After the commit that confirmed `user`: what the function's error says is answered, and the user
// stays confirmed, as AWS has it. `client_id`: empty for an administrator's call; `metadata`:
// nullptr where the call has none.
base::Status CallPostConfirmation(const Call& call, const domain::Pool& pool,
                                  std::string_view source, std::string_view client_id,
                                  const domain::User& user, const boost::json::object* metadata);

}  // namespace sallyport::operations
