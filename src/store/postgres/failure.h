// Failure: why the database did not do what it was asked.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sallyport::store::postgres {

using Deadline = std::chrono::steady_clock::time_point;

inline Deadline After(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

struct Failure {
  enum class Kind {
    kConflict,  // another transaction was in the way: this one wrote nothing and may be run again
    kLost,      // the connection has ended, or the time was up
    kUnknown,   // a commit may have been done, and its outcome cannot be had
    kAway,      // nothing was sent: no connection can be had, or the database takes no commands
    kFull,      // it found no space, and wrote nothing
    kReadOnly,  // it takes no writes
    kPooler,    // there is a pooler between, and it does not keep what a connection has prepared
    kOther,     // a fault of this program, or of what is in the database
  };
  Kind kind = Kind::kOther;
  std::string cause;  // for the log
};

template <typename T>
using Outcome = base::Result<T, Failure>;

// By the SQLSTATE of an error that the database answered (PostgreSQL's manual, appendix A).
Failure::Kind KindOf(std::string_view sqlstate);

// What a caller is told: "ServiceUnavailableException" in words unless it is a fault of its own.
base::Error ErrorOf(const Failure& failure);

// What a call is told that came while another server may have taken the database over.
base::Error NotOwnedError();

// The error for the administrator, of code store_unusable.
base::Error UnusableDatabase(std::string message, std::string cause = {});
// The same of what a failure keeps from being done.
base::Error UnusableDatabase(std::string_view doing, const Failure& failure);

}  // namespace sallyport::store::postgres
