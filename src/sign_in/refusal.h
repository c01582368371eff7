// Refusal: why somebody does not sign in, as a reason that the program can act on and a sentence
// that a caller reads; and Judged<T>, a value or a Refusal.
#pragma once

#include <concepts>
#include <string>
#include <utility>

#include "base/result.h"

namespace sallyport::sign_in {

enum class Reason {
  kWrongProof,      // what was given does not prove it; whatever was wrong, nothing else is told
  kNoSuchUser,      // only where the client may tell
  kLockedOut,       // after too many wrong passwords, for a while: nothing was looked at
  kInvalidSession,  // unknown, or the user or client has changed since
  kUsedSession,
  kExpiredSession,
  kDisabled,
  kNotConfirmed,
  kResetRequired,
  kNoSecondFactor,   // the pool requires one, and no step asks for it
  kExpiredPassword,  // a temporary one
  kNotOffered,       // the pool has no functions for such a sign-in
  kWrongClient,      // the client has not proved itself
  kUnacceptable,     // what was chosen cannot be had: a weak password
  kFailed,           // not the caller's fault: a function of the pool, a ceiling, the store
};

struct Refusal {
  // The reason is found by the error's sentence; kFailed where it tells none.
  Refusal(base::Error what);
  Refusal(Reason why, base::Error what) : reason(why), error(std::move(what)) {}

  Reason reason;
  base::Error error;  // of the Cognito API, with AWS's sentence
};

// With the sentence that AWS has for it. `cause` is for the log. Precondition: AWS has one, whoever
// it is told: not kWrongClient, kUnacceptable, kFailed.
Refusal Refuse(Reason reason, std::string cause = {});
// kUnacceptable, or kFailed where that was the server's own fault.
Refusal Unacceptable(base::Error error);

// A value, or why there is none: a Result that takes what converts to its value, and the errors of
// other Results, which are Refusals then.
template <typename T>
class [[nodiscard]] Judged : public base::Result<T, Refusal> {
 public:
  template <typename Value>
  requires(std::convertible_to<Value, T>) Judged(Value&& value)
      : base::Result<T, Refusal>(T(std::forward<Value>(value))) {}
  Judged(Refusal refusal) : base::Result<T, Refusal>(std::move(refusal)) {}
  Judged(base::Error error) : base::Result<T, Refusal>(Refusal(std::move(error))) {}
};

template <>
class [[nodiscard]] Judged<void> : public base::Result<void, Refusal> {
 public:
  Judged() = default;
  Judged(Refusal refusal) : Result(std::move(refusal)) {}
  Judged(base::Error error) : Result(Refusal(std::move(error))) {}
  Judged(base::Status status) {
    if (!status) *this = Refusal(std::move(status).error());
  }
};

}  // namespace sallyport::sign_in
