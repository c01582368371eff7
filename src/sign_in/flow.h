// Flow: one step of a sign-in, from what the caller gave to what the caller is told.
//
// A sign-in is a state machine whose state is kept in the ChallengeSession. flow.cc is the list of
// what happens in a step; steps/ has what is proved in one. Thread-safe; blocks (hashes, commits,
// functions of the pool).
#pragma once

#include <string_view>

#include "sign_in/attempt.h"
#include "sign_in/ending.h"
#include "sign_in/input.h"
#include "sign_in/outcome.h"
#include "sign_in/refusal.h"

namespace sallyport::sign_in {

// On what terms somebody signs in: what differs between those who call the API and those who are
// shown a page.
struct Terms {
  Ending& ending;  // of this call alone
  // By which the client proves itself now, where it has a secret and the ending asks for it
  // (domain/clients/secret_hash.h); empty: none was given.
  std::string_view secret_hash = {};
};

// The Refusal's error is one of the Cognito API, with AWS's sentence: NotAuthorizedException for
// whatever is not proved, UserNotFoundException where the client may be told,
// UserNotConfirmedException, PasswordResetRequiredException, InvalidParameterException,
// InvalidUserPoolConfigurationException where the pool requires what no step asks for, those of
// the pool's functions (domain/hooks/hook.h) and of ceilings (domain/limits/ceilings.h).
//
// A session is spent by the first answer that is looked at, whatever comes of it
// (docs/decisions/0027-a-session-is-spent-first.md).
Judged<Outcome> Run(const Attempt& attempt, const Terms& terms, const Input& input);

}  // namespace sallyport::sign_in
