// `sallyport sink dynamodb`: follows the RevocationFeed of one server, and mirrors its log into a
// table of DynamoDB.
//
// The sink asks for leases as an Agent does, and acknowledges an entry when the table has it: a
// revoking call is answered when the table has its entry, or when the sink's lease has ended
// because the table takes too long.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "dynamodb/credentials.h"
#include "dynamodb/table.h"

namespace sallyport::sink {

struct Options {
  std::string enrolment_file;        // read again for each connection
  std::vector<std::string> servers;  // HOST:PORT; empty: those in the enrolment file
  dynamodb::Table table;
  std::string credentials_file;
  std::string ca_file;  // PEM, for the table; empty: the system's certificates
  int64_t call_millis = 2'000;
  bool leases = true;          // false: revoking calls do not wait for the table
  std::string metrics_listen;  // HOST:PORT; empty: none
};

// The command: runs until SIGTERM or SIGINT, and returns 0. SIGHUP reopens the log file. If it
// cannot start, it prints one line on standard error and returns 1.
int RunSink(const Options& options);

}  // namespace sallyport::sink
