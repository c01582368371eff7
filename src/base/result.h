// Result<T>: a value or an Error. (g++ 12 has no <expected>.)
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/error_codes.h"

namespace sallyport::base {

// What went wrong. `code` is the exact wire code (`NotAuthorizedException`, `invalid_grant`),
// `message` is the public text that goes on the wire, `cause` is for the log only and never leaves
// the process.
struct Error {
  std::string code;
  std::string message;
  std::string cause;
};

// An error that is the server's own fault: answered as 500 with no detail, logged with `cause`.
inline Error InternalError(std::string cause) {
  return {code::kInternalError, "Internal server error", std::move(cause)};
}

// E: what says what went wrong, an Error nearly everywhere.
template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Precondition of the next three: ok(). Otherwise std::bad_variant_access is thrown.
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Precondition: !ok().
  const E& error() const& { return std::get<1>(state_); }
  E&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, E> state_;
};

template <typename E>
class [[nodiscard]] Result<void, E> {
 public:
  Result() = default;
  Result(E error) : error_(std::move(error)) {}

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  // Precondition: !ok().
  const E& error() const& { return error_.value(); }
  E&& error() && { return std::move(error_).value(); }

 private:
  std::optional<E> error_;
};

using Status = Result<void>;

}  // namespace sallyport::base

// Each use of the two below has names of its own, so that one may stand within another's argument,
// in a lambda. A header does without them: its functions must be the same in every file.
#define SALLYPORT_CONCAT_(a, b) a##b
#define SALLYPORT_CONCAT(a, b) SALLYPORT_CONCAT_(a, b)

// SALLYPORT_TRY(expr): leaves the function with the error of a failed Status.
#define SALLYPORT_TRY(expr) SALLYPORT_TRY_(SALLYPORT_CONCAT(sallyport_status_, __COUNTER__), expr)
#define SALLYPORT_TRY_(name, expr)    \
  do {                                \
    if (auto name = (expr); !name) {  \
      return std::move(name).error(); \
    }                                 \
  } while (false)

// SALLYPORT_ASSIGN(auto x, expr): x is the value of expr, or the function is left with its error.
// These are several statements. After an `if` without braces they do not compile: the result is
// declared in the first of them, and no other scope has its name for the second.
#define SALLYPORT_ASSIGN(lhs, expr) \
  SALLYPORT_ASSIGN_(SALLYPORT_CONCAT(sallyport_result_, __COUNTER__), lhs, expr)
#define SALLYPORT_ASSIGN_(name, lhs, expr)     \
  auto name = (expr);                          \
  if (!(name)) return std::move(name).error(); \
  lhs = std::move(name).value()
