// `sallyport agent`: follows the RevocationFeed of one server and keeps one Replica.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sallyport::agent {

struct Options {
  // The file that enrols this Agent with a server (channel/enrolment.h), not accessible to others.
  // Read again at each connection, so that it can be replaced.
  std::string enrolment_file;
  // HOST:PORT of the feed, tried in this order. Empty: those that the file names.
  std::vector<std::string> servers;
  std::string replica_path = "/run/sallyport/replica";
  // host:port for GET /metrics (Prometheus text) and /healthz; empty: none. Port 0: any, logged.
  std::string metrics_listen;
};

// The socket that answers each connection with the Agent's status, as JSON.
std::string StatusSocketOf(const std::string& replica_path);

// All work is done by the thread that runs `io`. Public functions only from there, or before it
// runs.
class Agent {
 public:
  // Errors: an option, the enrolment file, a Replica that another agent writes, an address taken.
  static base::Result<std::unique_ptr<Agent>> Start(boost::asio::io_context& io, Options options,
                                                    const base::Clock& clock);
  // Takes the lease out, wherever the work stands.
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Takes the lease out at once and ends all work, so that io.run() returns: at once, or within
  // seconds while it connects.
  void Stop();

  // Reads the enrolment file again: a key or a server that has changed is used at once, on a new
  // connection. With a file that cannot be read the connection stays, and the log says so.
  void Reload();

  // One JSON object: server, connected, replica, sequence, entries, lease and so on.
  std::string StatusJson() const;
  uint16_t metrics_port() const;

 private:
  class Impl;
  explicit Agent(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

// The command: runs until SIGTERM or SIGINT, takes the lease out, returns 0. SIGHUP reloads, and
// opens the log file again. What prevents a start is one line on standard error, and 1.
int RunAgent(const Options& options);

// `sallyport agent --status`: prints the status of the Agent that writes options.replica_path. 0:
// it is healthy; 1: it is not, and "problems" says why; 2: none answers.
int RunAgentStatus(const Options& options);

}  // namespace sallyport::agent
