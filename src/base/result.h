// Result<T>: a value or an Error. (g++ 12 has no <expected>.)
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/error_codes.h"

namespace sallyport::base {

// What went wrong. `code` is the exact wire code (`NotAuthorizedException`, `invalid_grant`),
// `message` is the public text that is sent to the caller, and `cause` is only for the log and
// never leaves the process.
struct Error {
  std::string code;
  std::string message;
  std::string cause;
};

// An error that is the server's own fault: it is answered with 500 and no detail, and logged with
// `cause`.
inline Error InternalError(std::string cause) {
  return {code::kInternalError, "Internal server error", std::move(cause)};
}

// E describes what went wrong; it is nearly always an Error.
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

// Each use of the two macros below declares variables with unique names, so that one may be within
// another's argument, in a lambda. Headers must not use them, since a function in a header has to
// be identical in every file that includes it.
#define SALLYPORT_CONCAT_(a, b) a##b
#define SALLYPORT_CONCAT(a, b) SALLYPORT_CONCAT_(a, b)

// SALLYPORT_TRY(expr): returns from the function with the error of a Status that failed.
#define SALLYPORT_TRY(expr) SALLYPORT_TRY_(SALLYPORT_CONCAT(sallyport_status_, __COUNTER__), expr)
#define SALLYPORT_TRY_(name, expr)    \
  do {                                \
    if (auto name = (expr); !name) {  \
      return std::move(name).error(); \
    }                                 \
  } while (false)

// SALLYPORT_ASSIGN(auto x, expr): x becomes the value of expr, or the function returns its error.
// The macro consists of several statements. After an `if` without braces it does not compile: the
// first statement declares the result, and the second would be in another scope.
#define SALLYPORT_ASSIGN(lhs, expr) \
  SALLYPORT_ASSIGN_(SALLYPORT_CONCAT(sallyport_result_, __COUNTER__), lhs, expr)
#define SALLYPORT_ASSIGN_(name, lhs, expr)     \
  auto name = (expr);                          \
  if (!(name)) return std::move(name).error(); \
  lhs = std::move(name).value()
