// ServersFleet: the real processes of a run with several servers on one PostgreSQL, each on a host
// of its own: the servers, the agents, and PostgreSQL. The gates, which read their agent's Replica,
// and the clients are where the checker is. So the wire is between servers and agents, and between
// servers and the database; each client talks to a server on that server's host.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "clock_file.h"
#include "history.h"
#include "network.h"
#include "patroni.h"
#include "postgres.h"
#include "process.h"
#include "recorder.h"
#include "revoker.h"
#include "upstream.h"

namespace sallyport::history {

struct ServersOptions {
  std::string binaries;   // a build's bin directory
  std::string directory;  // empty and the run's own
  // Another version's, with which everything but the clients begins; empty: there is none.
  std::string old_binaries = {};
  bool upgrades = false;  // from old_binaries
  Nanos ttl = 2 * kSecond;
  int servers = 3;
  int agents = 4;
  // Of one server, where they differ from those of the others.
  std::vector<std::vector<std::string>> arguments_of{};
  std::vector<Environment> environment_of{};
  // The servers' program is the one of tests/faults, whatever `binaries` is: a reader of the log
  // can be stuck in it, while the file StuckWhile() is there.
  bool may_be_stuck = false;
  // The database is a cluster under Patroni.
  bool fails_over = false;
  bool clocks_of_their_own = false;  // the servers' clocks can be moved: ClockFile
  Environment server_environment{};
  Environment agent_environment{};
};

class ServersFleet {
 public:
  // `network` has hosts() hosts.
  ServersFleet(ServersOptions options, std::unique_ptr<Network> network);

  static int Hosts(const ServersOptions& options) {
    return 1 + options.servers + options.agents + (options.fails_over ? Patroni::kNodes : 0);
  }

  // Starts everything, and waits until each gate serves and each agent has two servers. False, with
  // a line on standard error: something did not come up.
  bool Start();
  // Returns once it is ready for calls. False: it is not.
  bool StartServer(int server);
  // The server, which has ended, and the agent, which has or has not, are of `binaries` from now
  // on.
  void Upgrade(int server);
  void UpgradeAgent(int agent);
  // `sallyport recover` with the first server's data, while no server runs. The exit code.
  int Recover() const;
  // Returns once the server is ready for calls. False: it is not.
  bool AwaitReady(int server, Nanos timeout);
  // Returns once all servers are ready, and each agent has a second one. False: that did not
  // happen.
  bool AwaitWhole(Nanos timeout);

  const ServersOptions& options() const { return options_; }
  Network& network() { return *network_; }
  Recorder& recorder() { return recorder_; }
  Upstream& upstream() { return upstream_; }
  Site& site() { return site_; }
  Postgres& database() { return *database_; }  // unless it fails over
  Patroni& cluster() { return *cluster_; }     // where it does
  Process& server(int number) { return *servers_[number]; }
  Process& agent(int number) { return *gates_[number].agent; }
  ClockFile& clock(int server) { return *clocks_[server]; }
  // Between this host and all others, or only PostgreSQL's and etcd, nothing passes.
  void CutOff(int host);
  void CutOffFromDatabases(int host);
  // Places in the network. Where the database fails over, its nodes are behind the agents.
  static int database_host() { return 0; }
  static int server_host(int number) { return 1 + number; }
  int agent_host(int number) const { return 1 + options_.servers + number; }
  std::string StuckWhile(int server) const;
  // The server from which the agent has its leases; -1: none is known.
  int ServerOf(int agent) const;

 private:
  struct Gate {
    std::string directory;
    Command agent_command;
    std::unique_ptr<Process> agent;
    std::unique_ptr<Process> nginx;
  };

  void PlaceDatabase();
  std::string StoreUrl() const { return cluster_ ? cluster_->url() : database_->url(); }
  std::string DataOf(int server) const;
  std::unique_ptr<Process> NewServer(int number, const std::string& binaries);
  std::string FirstBinaries() const {
    return options_.upgrades ? options_.old_binaries : options_.binaries;
  }
  bool ShareKeys(int server) const;
  bool MakePool();
  bool AddGate(int number);
  bool HasTwoServers(int agent) const;
  // What `sallyport agent --status` prints; "" where the agent does not answer.
  std::string StatusOf(int agent) const;
  bool AwaitServed();

  ServersOptions options_;
  std::unique_ptr<Network> network_;
  Upstream upstream_;
  Recorder recorder_;
  Site site_;
  std::string issuer_;
  std::unique_ptr<Postgres> database_;
  std::unique_ptr<Patroni> cluster_;
  std::vector<std::unique_ptr<ClockFile>> clocks_;
  std::vector<std::unique_ptr<Process>> servers_;
  std::vector<Gate> gates_;
};

}  // namespace sallyport::history
