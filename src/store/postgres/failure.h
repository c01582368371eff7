// Failure: why the database did not do what it was asked.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstddef>
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
    // What a change has decided rests on reads before its transaction, and nothing was asked of the
    // database: it must be run again. Never leaves the Committer.
    kUnproved,
    kLost,      // the connection has ended, or the time was up
    kUnknown,   // a commit was done or not, and this cannot be found out
    kAway,      // nothing was sent: there is no connection, or the database accepts no commands
    kFull,      // the database has no space, and wrote nothing
    kReadOnly,  // the database accepts no writes
    kPooler,    // a connection pooler is in between, and does not keep prepared statements
    kOther,     // a fault of this program, or of what is in the database
  };
  Kind kind = Kind::kOther;
  std::string cause;  // for the log
  // How many of the statements that were sent with the one that has failed were executed before it.
  size_t executed = 0;
};

template <typename T>
using Outcome = base::Result<T, Failure>;

// The kind of the error with this SQLSTATE (PostgreSQL's manual, appendix A).
Failure::Kind KindOf(std::string_view sqlstate);

// The error for a caller: "ServiceUnavailableException" with a sentence, or an internal error where
// the fault is this program's.
base::Error ErrorOf(const Failure& failure);

// The error for a call that came while another server may have taken over the database.
base::Error NotOwnedError();

// The error for the administrator, of code store_unusable.
base::Error UnusableDatabase(std::string message, std::string cause = {});
// The same, because of a failure. `doing` says what it has prevented.
base::Error UnusableDatabase(std::string_view doing, const Failure& failure);

}  // namespace sallyport::store::postgres
