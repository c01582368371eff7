// The hook UserMigration: a function fetches a user from another directory at the first sign-in
// with a password, or when the password is forgotten. Source: "Migrate user Lambda trigger",
// "Importing users with a user migration Lambda trigger", Cognito developer guide; errors: AWS
// re:Post "cognito-migration-lambda-trigger-errors".
#pragma once

#include <string_view>

#include "base/result.h"
#include "sign_in/attempt.h"

namespace sallyport::sign_in {

// Both do nothing where the pool has no such function, or the user exists. Otherwise the function
// is asked, then PreSignUp as of AdminCreateUser, and the user is created in one commit. That
// somebody else creates it meanwhile is no error: it exists then.
//
// Where the client tells whether users exist: UserNotFoundException, UserLambdaValidationException,
// InvalidLambdaResponseException. Where it does not: NotAuthorizedException as for a wrong password
// at a sign-in, and no error where the password is forgotten, as for anybody unknown.
//
// No welcome message is sent, whatever messageAction says: it would tell a temporary password,
// which the user has not. enableSMSMFA has no effect, as there is no MFA by SMS.

// Whether the pool has such a function.
bool MigratesAtSignIn(const Attempt& attempt);
// Before the password is verified, which is the user's then. Its strength is the function's to
// check, as AWS has it. It is hashed here. `looked`: whether the function may have had it.
base::Status MigrateAtSignIn(const Attempt& attempt, std::string_view name,
                             std::string_view password, bool& looked);
// Without a password: RESET_REQUIRED, unless the function says otherwise.
base::Status MigrateAtForgotPassword(const Attempt& attempt, std::string_view name);

}  // namespace sallyport::sign_in
