// Flow: one step of a sign-in, from what the caller gave to what the caller is told.
//
// A sign-in is a state machine whose state is kept in the ChallengeSession. flow.cc is the list of
// what happens in a step; steps/ has what is proved in one. Thread-safe; blocks (hashes, commits,
// functions of the pool).
#pragma once

#include "base/result.h"
#include "sign_in/attempt.h"
#include "sign_in/input.h"
#include "sign_in/outcome.h"

namespace sallyport::sign_in {

// Errors are those of the Cognito API, with AWS's sentences: NotAuthorizedException for whatever
// is not proved, UserNotFoundException where the client may be told, UserNotConfirmedException,
// PasswordResetRequiredException, InvalidParameterException,
// InvalidUserPoolConfigurationException where the pool requires what no step asks for, those of the
// pool's functions (domain/hook.h) and of ceilings (domain/ceilings.h).
base::Result<Outcome> Run(const Attempt& attempt, const Input& input);

}  // namespace sallyport::sign_in
