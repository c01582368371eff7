// One beat: the statement, and what it gives.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "revocation/frame.h"
#include "store_postgres/connection.h"

namespace sallyport::store::postgres {

// A row of `servers`.
struct ServerRow {
  std::string id;             // random, for each registration
  int64_t number = 0;         // in the order of registrations
  int64_t counter = 0;        // of beats; a value is never used twice
  uint64_t holds = 0;         // Peers::Hold
  int64_t period_millis = 0;  // D; never changed
  bool alone = false;         // it suffers no other server
  bool settled = false;       // Peers::Hold
};

struct BeatSent {
  std::string id;
  int64_t counter = 0;  // the new value
  int64_t before = 0;   // the one that was confirmed last
  uint64_t holds = 0;
  bool settled = false;
  revocation::LogId log{};
  // What this server has applied of the log; 0: nothing yet.
  revocation::LogPosition applied;
};

struct BeatAnswer {
  // The server's own place among all; nullopt: nothing was written, because the row is gone, has
  // another counter, or the log is not what the server has applied.
  std::optional<int64_t> number;
  revocation::LogPosition head;
  std::vector<ServerRow> others;
  // Records that every server must know, as they were at the beat; nullopt: there is none.
  std::optional<std::string> time;
  std::optional<std::string> watched;
  std::optional<std::string> restored;
  std::optional<std::string> withdrawals;
};

// A durable commit of its own, unless the connection was warned.
Outcome<BeatAnswer> SendBeat(Connection& connection, const BeatSent& sent, Deadline deadline);

// All rows.
Outcome<std::vector<ServerRow>> ReadServers(Connection& connection, Deadline deadline);
// Writes a row of this id and period, which holds the head as the statement sees it. False: there
// is a server that is alone, or `alone` is wanted and there is another one.
Outcome<bool> InsertServer(Connection& connection, const ServerRow& row, Deadline deadline);
// False: the row has another counter, or is gone.
Outcome<bool> RemoveServer(Connection& connection, const std::string& id, int64_t counter,
                           Deadline deadline);
// Whatever its counter is.
Outcome<void> GiveUpServer(Connection& connection, const std::string& id, Deadline deadline);

}  // namespace sallyport::store::postgres
