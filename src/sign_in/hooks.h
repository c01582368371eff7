// The hooks of a sign-in: Pre Authentication and Post Authentication. migration.h has User
// Migration. Source: "Pre authentication Lambda trigger", "Post authentication Lambda trigger",
// Amazon Cognito developer guide.
#pragma once

#include <string_view>

#include "base/result.h"
#include "domain/tokens/issue.h"
#include "sign_in/attempt.h"

namespace sallyport::sign_in {

// Called before the proof is looked at. Does nothing in a pool without the function. It may take
// seconds, so the user is read afterwards. Where the client hides whether users exist, the function
// is also called for a user who does not exist, and is told so. Errors: those of CallHook.
base::Status CallPreAuthentication(const Attempt& attempt, std::string_view name);

// Called after the proof is complete and before anything is written, with sign_in.client_metadata.
// Errors: those of CallHook.
base::Status CallPostAuthentication(const Attempt& attempt, const domain::SignIn& sign_in);

}  // namespace sallyport::sign_in
