// The statements by which a server beats, and by which the rows of servers are read, written and
// removed (membership.h).
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
  bool alone = false;         // it must be the only server
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

// Makes one beat, in a commit of its own. The commit is durable unless the connection was warned
// (Connection::warned).
Outcome<BeatAnswer> SendBeat(Connection& connection, const BeatSent& sent, Deadline deadline);

// Makes a commit that changes nothing, and waits for it as for any other. When it is confirmed,
// what the connection has read before it is durable too. A database that has been replaced confirms
// none.
Outcome<void> Settle(Connection& connection, Deadline deadline);

// Reads the rows of all servers.
Outcome<std::vector<ServerRow>> ReadServers(Connection& connection, Deadline deadline);
// Writes a row with the id and the period of `row`. It holds back the log's head as the statement
// sees it. False: another server must be the only one; or this one must be (`row.alone`), and there
// is another one.
Outcome<bool> InsertServer(Connection& connection, const ServerRow& row, Deadline deadline);
// Removes a row. False: it has another counter, or does not exist.
Outcome<bool> RemoveServer(Connection& connection, const std::string& id, int64_t counter,
                           Deadline deadline);
// Removes a row, whatever its counter is.
Outcome<void> GiveUpServer(Connection& connection, const std::string& id, Deadline deadline);

}  // namespace sallyport::store::postgres
