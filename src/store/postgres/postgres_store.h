// A store in PostgreSQL, which any number of servers serve at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "store/store.h"

namespace sallyport::store {

struct PostgresOptions {
  // The database user's password, which the address must not contain.
  base::Secret password = {};
  // How many connections the pool has at most. The store has five more for itself.
  size_t connections = 24;
  // A call gives up when it has had no answer for this long. If it is then unknown whether it was
  // committed, that is looked up for as long again. So no call waits for the database for longer
  // than twice this time.
  std::chrono::milliseconds budget = std::chrono::seconds(4);
  // D: for how long a server counts as alive after a beat (membership.h). It must be at least as
  // long as a lease with its margin.
  std::chrono::milliseconds period = std::chrono::seconds(4);
  // This must be the only server. It is for commands that change the whole database.
  bool alone = false;
  // When the database is larger than this, only calls that revoke are accepted; 0: no limit.
  uint64_t greatest_bytes = 0;
  // Between two generations of the store (store::Lineage).
  std::chrono::milliseconds generation_period = std::chrono::hours(1);
  // Called when the database has lost entries of the log that it had confirmed, or when this server
  // had to be the only one and is not. What the process has in memory is not valid any more. Null:
  // the process ends.
  std::function<void(const std::string& why)> on_lost = {};
};

class PostgresStore : public Store {
 public:
  virtual DatabaseFigures figures() const = 0;
};

// Opens the store at `address` ("postgresql://user@host/database"), and makes its tables if the
// database has none. `directory` belongs to this server alone: it is made if it does not exist
// (0700), it is locked, and it has the witness file. If it is empty, the store is opened to be
// copied and not served, and nothing judges whether it is an older copy of itself. Errors have the
// code "store_unusable" or "invalid_setting" and a message for the administrator: the database
// cannot be reached, does not permit this, is newer, was emptied, or belongs to another store. If
// this server or another one must be the only one, it is refused; if that other one has died, it
// waits until that must have ended, for 1.25 periods. A store that turns out to be an older copy of
// itself is opened, and says so (Store::is_restored).
base::Result<std::unique_ptr<PostgresStore>> OpenPostgres(const std::string& address,
                                                          const std::string& directory,
                                                          const PostgresOptions& options = {});

}  // namespace sallyport::store
