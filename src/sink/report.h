// What a sink tells its operator.
#pragma once

#include <cstdint>
#include <string>

namespace sallyport::sink {

struct Report {
  bool connected = false;
  bool following = false;  // the table has everything that the server had at some time
  bool leases = true;      // whether leases are asked for
  bool holds_lease = false;
  uint64_t sequence = 0;  // that the table has
  uint64_t received = 0;  // the last one that the server has sent
  // For how long the table may have been behind: since the oldest entry arrived that was received
  // and is not in the table, or, while the sink does not follow the log, since the server was heard
  // last. 0: it has everything that the server has sent.
  int64_t lag_millis = 0;
  // Since the start: items written, and frames whose entries are in the table, with the sum of the
  // times from the arrival of each of these to its position in the table.
  uint64_t items = 0;
  uint64_t frames = 0;
  int64_t frame_nanos = 0;
  uint64_t failures = 0;   // calls to the table that had to be repeated
  uint64_t conflicts = 0;  // how often another sink has moved the position
  uint64_t losses = 0;     // how often the table had lost what was written
  uint64_t connects = 0;
  uint64_t snapshots = 0;
  std::string feed_problem;   // why there is no connection
  std::string table_problem;  // why the last call has failed; empty: it has not
};

// One a line; empty: the table is up to date.
std::string ProblemsOf(const Report& report);
// In the Prometheus text exposition format 0.0.4.
std::string ToMetrics(const Report& report);

}  // namespace sallyport::sink
