// Refusal: why a sign-in is refused. It has a reason for the program and a sentence for the caller.
// Judged<T> is a value or a Refusal.
#pragma once

#include <concepts>
#include <string>
#include <utility>

#include "base/result.h"

namespace sallyport::sign_in {

enum class Reason {
  kWrongProof,      // the input does not prove it; nobody is told in which way it was wrong
  kNoSuchUser,      // used only where the client may be told
  kLockedOut,       // for a while, after too many wrong passwords; nothing was looked at
  kInvalidSession,  // it is unknown, or the user or client has changed since
  kUsedSession,
  kExpiredSession,
  kDisabled,
  kNotConfirmed,
  kResetRequired,
  kNoSecondFactor,   // the pool requires one, and this version cannot ask for any
  kExpiredPassword,  // a temporary password has expired
  kNotOffered,       // the pool has no functions for such a sign-in
  kWrongClient,      // the client has not proved itself
  kUnacceptable,     // what the user has chosen is not allowed, such as a weak password
  kFailed,           // not the caller's fault: a function of the pool, a ceiling, the store
};

struct Refusal {
  // Derives the reason from the error's sentence; kFailed where the sentence stands for no reason.
  Refusal(base::Error what);
  Refusal(Reason why, base::Error what) : reason(why), error(std::move(what)) {}

  Reason reason;
  base::Error error;  // an error of the Cognito API, with AWS's sentence
};

// A refusal with the sentence that AWS uses for this reason. `cause` is for the log. Precondition:
// AWS has exactly one such sentence, so the reason is not kWrongClient, kUnacceptable or kFailed.
Refusal Refuse(Reason reason, std::string cause = {});
// kUnacceptable, or kFailed where the error is the server's own fault.
Refusal Unacceptable(base::Error error);

// A value, or the Refusal that says why there is none. Like a Result, it can be made from anything
// that converts to the value, and also from the error of a Result.
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
