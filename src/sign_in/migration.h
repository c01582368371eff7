// The hook UserMigration: a function of the pool fetches a user from another directory, at the
// first sign-in with a password or when the password was forgotten. Source: "Migrate user Lambda
// trigger", "Importing users with a user migration Lambda trigger", Cognito developer guide; for
// errors, AWS re:Post "cognito-migration-lambda-trigger-errors".
#pragma once

#include <string_view>

#include "base/result.h"
#include "sign_in/attempt.h"

namespace sallyport::sign_in {

// Both functions do nothing where the pool has no such function, or the user exists. Otherwise they
// call the function, then PreSignUp as AdminCreateUser does, and create the user in one commit. If
// another call creates the user meanwhile, that is no error.
//
// Where the client tells whether users exist, the errors are UserNotFoundException,
// UserLambdaValidationException and InvalidLambdaResponseException. Where it hides that, a sign-in
// gets NotAuthorizedException as for a wrong password, and a forgotten password gets no error, as
// for any unknown user.
//
// No welcome message is sent, whatever messageAction says: it would tell a temporary password,
// which the user does not have. enableSMSMFA has no effect, since there is no MFA by SMS.

// Whether the pool has such a function.
bool MigratesAtSignIn(const Attempt& attempt);
// Called before the password is verified; it becomes the user's password and is hashed here.
// Checking its strength is left to the function, as in AWS. `looked`: whether the function may have
// received the password.
base::Status MigrateAtSignIn(const Attempt& attempt, std::string_view name,
                             std::string_view password, bool& looked);
// Without a password: the status is RESET_REQUIRED, unless the function says otherwise.
base::Status MigrateAtForgotPassword(const Attempt& attempt, std::string_view name);

}  // namespace sallyport::sign_in
