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
  // Beside the address, which has none.
  base::Secret password = {};
  // The ceiling of the pool. Five more are the store's own.
  size_t connections = 24;
  // After this a call gives up that has got no answer; an unknown outcome is looked up for as long
  // again. So no call waits for the database for longer than twice this.
  std::chrono::milliseconds budget = std::chrono::seconds(4);
  // D: for how long a server counts as alive after a beat (membership.h). At least what a lease
  // lasts, margin included.
  std::chrono::milliseconds period = std::chrono::seconds(4);
  // No other server may serve the database meanwhile: for a command that changes all of it.
  bool alone = false;
  // Above this size of the database only what revokes is accepted; 0: no limit.
  uint64_t greatest_bytes = 0;
  // Between two generations of the store (store::Lineage).
  std::chrono::milliseconds generation_period = std::chrono::hours(1);
  // What becomes of a process whose database has lost entries of the log that it had confirmed, or
  // that had to be alone and is not: nothing that it has in memory counts any more. Null: it ends.
  std::function<void(const std::string& why)> on_lost = {};
};

// What has happened since the store was opened.
struct PostgresFigures {
  uint64_t round_trips = 0;  // to the database and back
  uint64_t conflicts = 0;    // runs of a change that were in another's way, and run again
  uint64_t given_up = 0;     // changes that were in the way too often
  uint64_t looked_up = 0;    // commits whose outcome was not known, and was looked up
};

class PostgresStore : public Store {
 public:
  virtual PostgresFigures figures() const = 0;
};

// Opens the store at `address` ("postgresql://user@host/database"); makes its tables where the
// database has none. `directory` is the server's own: it is made where absent (0700), is locked,
// and holds the witness file. Empty: the store is opened to be copied and not served, and nothing
// judges whether it is an older copy of itself. Errors carry the code "store_unusable" or
// "invalid_setting" and a message for the administrator: not reachable, not permitted, newer,
// emptied, another's. Where one of this store and another server's must be alone it is refused;
// where that one has died, it waits until it must have ended, 1.25 period. A store that turns out
// to be an older copy of itself is opened, and says so (Store::is_restored).
base::Result<std::unique_ptr<PostgresStore>> OpenPostgres(const std::string& address,
                                                          const std::string& directory,
                                                          const PostgresOptions& options = {});

}  // namespace sallyport::store
