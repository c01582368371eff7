// The hooks around a sign-in: Pre Authentication, Post Authentication; migration.h has User
// Migration. Source: "Pre authentication Lambda trigger", "Post authentication Lambda trigger",
// Amazon Cognito developer guide.
#pragma once

#include <string_view>

#include "base/result.h"
#include "domain/tokens/issue.h"
#include "sign_in/attempt.h"

namespace sallyport::sign_in {

// Before the proof is looked at. Nothing is done in a pool without the function. It may take
// seconds: the user is read afterwards. Asked of a user who does not exist where the client
// prevents user existence errors, and told so. CallHook's errors.
base::Status CallPreAuthentication(const Attempt& attempt, std::string_view name);

// After the proof is complete and before anything is written; with sign_in.client_metadata.
// CallHook's errors.
base::Status CallPostAuthentication(const Attempt& attempt, const domain::SignIn& sign_in);

}  // namespace sallyport::sign_in
