// Fleet: the real processes of a run: one server, and for each gate an agent, its link to the
// server, and an nginx with the module.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "history.h"
#include "link.h"
#include "process.h"
#include "recorder.h"
#include "revoker.h"
#include "upstream.h"

namespace sallyport::history {

struct FleetOptions {
  std::string binaries;   // a build's bin directory
  std::string directory;  // empty and the run's own
  Nanos ttl = 2 * kSecond;
  Nanos stream_recheck = 200 * kMillisecond;
  int gates = 1;
  bool shared_key = false;  // all agents have the same key
  int spare_pools = 0;
  // A gate counts as started when it has served this many requests in a row, each on a connection
  // of its own, because every worker must have found the Replica.
  int served_in_a_row = 20;
  int disk_mib = 0;  // the server's data is on a disk of its own of this size; 0: it is not
  bool clock_of_its_own = false;  // the server's clocks can be moved: see clock_scenario.cc
  std::vector<std::string> server_arguments;
  Environment server_environment;
  Environment agent_environment;
  Environment gate_environment;
};

class Fleet {
 public:
  explicit Fleet(FleetOptions options);
  ~Fleet();

  // What `options.disk_mib` asks for. False: this user may not do it. It is visible to the main
  // thread and what that starts, and gone when they are gone.
  bool MakeDisk();

  // Starts everything, makes pools and clients, and waits until each gate serves. False, with a
  // line on standard error: something did not come up.
  bool Start();

  // Returns once the server answers. False: it does not.
  bool StartServer();
  // Returns once it listens. False: it does not.
  bool StartNginx(int gate);

  const FleetOptions& options() const { return options_; }
  uint16_t feed_port() const { return feed_port_; }
  // Where the API is.
  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(site_.api_port); }
  // Of the pools, the first one of which has site().client.
  const std::vector<std::string>& issuers() const { return issuers_; }
  std::string data() const { return options_.directory + "/data"; }
  Recorder& recorder() { return recorder_; }
  Upstream& upstream() { return upstream_; }
  Site& site() { return site_; }
  Process& server() { return *server_; }
  Process& agent(int gate) { return *gates_[gate].agent; }
  Process& nginx(int gate) { return *gates_[gate].nginx; }
  Link& link(int gate) { return *gates_[gate].link; }
  // `sallyport WORD...`. The exit code.
  int Manage(std::vector<std::string> words);
  // `sallyport recover` on the server's data, while it does not run. The exit code.
  int Recover();

 private:
  struct Gate {
    uint16_t port = 0;
    std::string directory;
    std::unique_ptr<Link> link;
    std::unique_ptr<Process> agent;
    std::unique_ptr<Process> nginx;
  };

  std::unique_ptr<Process> NewServer() const;
  bool MakePools();
  std::string EnrolmentFile(int gate) const;
  // `sallyport agents add`. False: it failed.
  bool Enrol(int gate) const;
  bool AddGate(int index);
  bool AwaitServed();

  FleetOptions options_;
  Upstream upstream_;
  Recorder recorder_;
  Site site_;
  uint16_t feed_port_;
  std::vector<std::string> issuers_;
  std::unique_ptr<Process> server_;
  std::vector<Gate> gates_;
};

}  // namespace sallyport::history
