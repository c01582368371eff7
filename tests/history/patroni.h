// Patroni: three nodes of PostgreSQL under Patroni with synchronous replication, and the etcd in
// which they agree on who leads, each on a host of its own.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "network.h"
#include "process.h"

namespace sallyport::history {

class Patroni {
 public:
  static constexpr int kNodes = 3;
  static constexpr int kNobody = -1;

  // Whether Debian's patroni and etcd-server are there.
  static bool Installed();

  // `directory` is made. The nodes are on `first_host` and the hosts after it. Clients come from
  // 10.91.0.0/24 and need no password.
  Patroni(std::string directory, const Network& network, int etcd_host, int first_host);

  // Makes the cluster with an empty database. False: it did not come up.
  bool Make();
  // Returns once there is one who leads, and the others follow it, one of them synchronously.
  // False: that did not happen.
  bool AwaitWhole(Nanos timeout);
  // The node that leads, as it says itself. kNobody: none does, or none that answers.
  int Leader() const;
  // The node that must have a commit before it is confirmed, as they have agreed.
  int SynchronousStandby() const;
  // Returns once another one than `node` leads and takes changes. kNobody: none does.
  int AwaitLeaderOtherThan(int node, Nanos timeout) const;

  // Everything on the node's host: Patroni and its PostgreSQL.
  Process& node(int number) { return *nodes_[number]; }
  void Start(int number) { nodes_[number]->Start(); }
  // PostgreSQL alone; Patroni goes on.
  void CrashPostgres(int number) { nodes_[number]->KillNamed("postgres"); }
  // Patroni alone; PostgreSQL goes on. Process::Continue ends it.
  void StopPatroni(int number) { nodes_[number]->StopNamed("patroni"); }
  int host(int number) const { return first_host_ + number; }

  // Of all nodes, in their order.
  std::string url() const;
  // One statement at a node, as the administrator: what it prints. nullopt: it failed.
  std::optional<std::string> Ask(int number, const std::string& sql,
                                 const std::string& database = "postgres") const;
  // Changes what the nodes have agreed on: a JSON object.
  bool Configure(const std::string& change) const;

 private:
  // Of the answer of the node's Patroni; 0: none.
  int StatusOf(int number, const std::string& request) const;
  // Whether the node's Patroni answers a GET of `path` with 200.
  bool Says(int number, const std::string& path) const;

  const std::string directory_;
  const Network& network_;
  const int first_host_;
  std::unique_ptr<Process> etcd_;
  std::array<std::unique_ptr<Process>, kNodes> nodes_;
};

}  // namespace sallyport::history
