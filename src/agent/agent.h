// `sallyport agent`: follows the RevocationFeed of a server, or of one of several, and maintains
// one Replica.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sallyport::agent {

struct Options {
  // The file that enrols this Agent with a server (channel/enrolment.h). It must not be accessible
  // to others. It is read again for each connection, so that it can be replaced.
  std::string enrolment_file;
  // The addresses of the feed, HOST:PORT, or names with several addresses. Of several servers of
  // one store, one gives the leases and another is kept ready; which ones depends on the Agent's
  // name (server_choice.h). Empty: those in the enrolment file.
  std::vector<std::string> servers;
  std::string replica_path = "/run/sallyport/replica";
  // The address, HOST:PORT, that serves GET /metrics (Prometheus text) and /healthz; empty: none.
  // With port 0 any free port is used and logged.
  std::string metrics_listen;
  // Gives further metrics, which are appended; null: there are none.
  std::function<std::string()> more_metrics;
};

// The socket on which the Agent answers each connection with its status, as JSON.
std::string StatusSocketOf(const std::string& replica_path);

// All work is done by the thread that runs `io`. Public functions may be called only on that
// thread, or before it runs.
class Agent {
 public:
  // An error where an option or the enrolment file is invalid, another agent writes the Replica, or
  // an address is taken.
  static base::Result<std::unique_ptr<Agent>> Start(boost::asio::io_context& io, Options options,
                                                    const base::Clock& clock);
  // Ends the lease, whatever else is under way.
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Ends the lease at once and all work, so that io.run() returns: at once, or within seconds while
  // the Agent is connecting.
  void Stop();

  // Reads the enrolment file again. If the key or the servers have changed, a new connection is
  // made with them at once. If the file cannot be read, the connection stays and the log says so.
  void Reload();

  // One JSON object with server, connected, replica, sequence, entries, lease and so on.
  std::string StatusJson() const;
  uint16_t metrics_port() const;

 private:
  class Impl;
  explicit Agent(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

// What else the agent's process does, beside following the feed. The thread that runs the Agent
// calls these functions, so none may take long.
class Companion {
 public:
  virtual ~Companion() = default;
  // Called once the Replica exists. After an error, whose message is one line for the operator, the
  // process ends.
  virtual base::Status Start() = 0;
  virtual void Stop() = 0;
  // SIGHUP.
  virtual void Reload() = 0;
  // Further metrics, as Prometheus text.
  virtual std::string Metrics() const = 0;
  // What is wrong, one problem a line; empty: nothing.
  virtual std::string Problems() const = 0;
};

// The command: runs until SIGTERM or SIGINT, then ends the lease and returns 0. SIGHUP reads the
// enrolment file again and reopens the log file. If it cannot start, it prints one line on standard
// error and returns 1.
// `companion` may be null.
int RunAgent(const Options& options, Companion* companion = nullptr);

// The same without a server: there is no feed, no lease and no Replica, only the companion, and
// `metrics_listen` serves what it says.
int RunCompanion(const std::string& metrics_listen, Companion& companion);

// `sallyport agent --status`: prints the status of the Agent that writes options.replica_path.
// Returns 0 if it is healthy, 1 if it is not ("problems" says why), and 2 if none answers.
int RunAgentStatus(const Options& options);

}  // namespace sallyport::agent
