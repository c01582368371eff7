// Pre Authentication and Post Authentication: a pool's functions before and after a sign-in.
// Source: "Pre authentication Lambda trigger" and "Post authentication Lambda trigger", Amazon
// Cognito developer guide.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "base/result.h"
#include "domain/client.h"
#include "domain/issue.h"
#include "domain/pool.h"
#include "operations/operation.h"

namespace sallyport::operations {

// Member ClientMetadata; empty where there is none.
boost::json::object ClientMetadataOf(const boost::json::object& input);

// Who tries to sign in, by the name that was typed.
struct SignInAttempt {
  const domain::Pool& pool;
  const domain::Client& client;
  std::string_view username;
  const boost::json::object& client_metadata;  // InitiateAuth's or AdminInitiateAuth's
};

// Before the proof is looked at, of a password or SRP; Cognito does not call it for CUSTOM_AUTH,
// where Define Auth Challenge decides (aws-amplify/amplify-js issue 5318). Nothing is done in a
// pool without the function. It may take seconds: the caller reads the user afterwards. Asked of a
// user who does not exist where the client prevents user existence errors, and told so. CallHook's
// errors.
base::Status CallPreAuthentication(const Call& call, const SignInAttempt& attempt);

// After the proof is complete and before anything is written. sign_in.client_metadata:
// RespondToAuthChallenge's or AdminRespondToAuthChallenge's; InitiateAuth's is not passed.
// CallHook's errors.
base::Status CallPostAuthentication(const Call& call, const domain::SignIn& sign_in);

}  // namespace sallyport::operations
