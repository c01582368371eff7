// Flow: runs one call of a sign-in, from what the caller gives to what the caller is told.
//
// A sign-in is a state machine whose state is in the ChallengeSession. flow.cc has the list of what
// happens in a call; steps/ has what each kind of proof consists of. Thread-safe; blocks (hashes,
// commits, functions of the pool).
#pragma once

#include <string_view>

#include "sign_in/attempt.h"
#include "sign_in/ending.h"
#include "sign_in/input.h"
#include "sign_in/outcome.h"
#include "sign_in/refusal.h"

namespace sallyport::sign_in {

// What differs between callers of the API and people who are shown a page.
struct Terms {
  Ending& ending;  // used by this call only
  // The proof of a client that has a secret, where the ending requires it in this call
  // (domain/clients/secret_hash.h); empty: none was given.
  std::string_view secret_hash = {};
};

// The error in a Refusal is one of the Cognito API, with AWS's sentence: NotAuthorizedException for
// anything that was not proved; UserNotFoundException where the client may be told;
// UserNotConfirmedException; PasswordResetRequiredException; InvalidParameterException;
// InvalidUserPoolConfigurationException where the pool requires a proof that this version cannot
// ask for; and the errors of the pool's functions (domain/hooks/hook.h) and of ceilings
// (domain/limits/ceilings.h).
//
// The first answer that is looked at uses the session up, whatever the result
// (docs/decisions/0027-a-session-is-spent-first.md).
Judged<Outcome> Run(const Attempt& attempt, const Terms& terms, const Input& input);

}  // namespace sallyport::sign_in
