// Refusal: why somebody does not sign in, as a reason that the program can act on and a sentence
// that a caller reads; and Judged<T>, a value or a Refusal.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/result.h"

namespace sallyport::sign_in {

enum class Reason {
  kWrongProof,      // what was given does not prove it; whatever was wrong, nothing else is told
  kNoSuchUser,      // only where the client may tell
  kInvalidSession,  // nobody's, or what it stood on has changed
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
  kFailed,           // nobody's fault here: a function of the pool, a ceiling, the store
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

// A value, or why there is none. As base::Result, whose errors it takes, too.
template <typename T>
class [[nodiscard]] Judged {
 public:
  template <typename Value>
  requires(std::convertible_to<Value, T>) Judged(Value&& value)
      : state_(std::in_place_index<0>, std::forward<Value>(value)) {}
  Judged(Refusal refusal) : state_(std::in_place_index<1>, std::move(refusal)) {}
  Judged(base::Error error) : state_(std::in_place_index<1>, Refusal(std::move(error))) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Precondition of these: ok().
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Precondition: !ok().
  const Refusal& error() const& { return std::get<1>(state_); }
  Refusal&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Refusal> state_;
};

template <>
class [[nodiscard]] Judged<void> {
 public:
  Judged() = default;
  Judged(Refusal refusal) : refusal_(std::move(refusal)) {}
  Judged(base::Error error) : refusal_(std::move(error)) {}
  Judged(base::Status status) {
    if (!status) refusal_ = Refusal(std::move(status).error());
  }

  bool ok() const { return !refusal_; }
  explicit operator bool() const { return ok(); }
  // Precondition: !ok().
  const Refusal& error() const& { return refusal_.value(); }
  Refusal&& error() && { return std::move(refusal_).value(); }

 private:
  std::optional<Refusal> refusal_;
};

}  // namespace sallyport::sign_in
