// The hooks of a sign-up: PreSignUp before a user is created, PostConfirmation after the user is
// confirmed. Neither does anything where the pool has no such function. Source: "Pre sign-up Lambda
// trigger", "Post confirmation Lambda trigger", Cognito developer guide.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "base/result.h"
#include "domain/pools/pool.h"
#include "domain/users/user.h"
#include "operations/operation.h"

namespace sallyport::operations {

// Sets request.clientMetadata to the ClientMetadata of the call; absent where the call has none
// (nullptr).
void AddClientMetadata(const boost::json::object* metadata, boost::json::object& request);

// What a call says about somebody who signs up, for the function only.
struct ForPreSignUp {
  template <typename Input>
  explicit ForPreSignUp(const Input& input)
      : validation(input.validation_data()), metadata(input.client_metadata()) {}

  api::List<api::AttributeType> validation;
  const boost::json::object* metadata;  // nullptr: none
};

// What the function has decided about somebody who signs up.
struct PreSignUp {
  bool confirmed = false;
  bool email_verified = false;
  bool phone_number_verified = false;
};

// For SignUp, called before the password is hashed. `user` is what will be written.
// InvalidLambdaResponseException where the function verifies an attribute that the user does not
// have, or verifies without confirming; and the errors of domain::CallHook.
base::Result<PreSignUp> CallPreSignUp(const Call& call, const domain::Pool& pool,
                                      std::string_view client_id, const domain::User& user,
                                      const ForPreSignUp& given);
// For AdminCreateUser: the function can refuse, but what it sets is ignored.
base::Status CallPreSignUpByAdmin(const Call& call, const domain::Pool& pool,
                                  std::string_view client_id, const domain::User& user,
                                  const ForPreSignUp& given);

inline constexpr std::string_view kConfirmedSignUp = "PostConfirmation_ConfirmSignUp";
inline constexpr std::string_view kConfirmedForgotPassword =
    "PostConfirmation_ConfirmForgotPassword";

// Called after the commit that confirmed `user`. If the function raises an error, the call is
// answered with it, and the user stays confirmed, as in AWS. `client_id` is empty for an
// administrator's call; `metadata` is nullptr where the call has none.
base::Status CallPostConfirmation(const Call& call, const domain::Pool& pool,
                                  std::string_view source, std::string_view client_id,
                                  const domain::User& user, const boost::json::object* metadata);

}  // namespace sallyport::operations
