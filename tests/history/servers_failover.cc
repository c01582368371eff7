// Failovers of a cluster under Patroni with synchronous replication, while the traffic runs.
#include <atomic>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "api.h"
#include "servers_load.h"
#include "servers_scenarios.h"

namespace sallyport::history {
namespace {

// What is done to the node that leads, and what brings it back.
struct Loss {
  std::string name;
  std::function<void(ServersFleet&, int)> inflict;
  std::function<void(ServersFleet&, int)> remedy;
};

// Patroni's ttl is 20 s at least, and the standby looks every loop_wait.
constexpr Nanos kTakenOver = 90 * kSecond;
constexpr Nanos kServesAgain = 60 * kSecond;
constexpr Nanos kNodeIsBack = 120 * kSecond;

void Claim(ServersRun& run, const std::string& what, const std::string& detail, bool held) {
  run.fleet.recorder().Add(history::Check{what, detail, held});
}

// Until each server has confirmed a change. For a few seconds a server is ready by what an old
// primary has confirmed.
bool AllServe(ServersRun& run, Nanos timeout) {
  const Nanos deadline = Now() + timeout;
  for (const Endpoint& server : run.fleet.site().servers) {
    bool serves = false;
    while (!serves && Now() < deadline) {
      serves = !Api(server, 10 * kSecond).CreateClient(run.fleet.site().client.pool_id).empty();
      if (!serves) Pause(100 * kMillisecond);
    }
    if (!serves) return false;
  }
  return true;
}

// The beats of all servers lose their connection to the node that leads, and look for the database.
void CutBeats(const Patroni& cluster, int leader) {
  cluster.Ask(leader,
              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
              "application_name='sallyport' AND query LIKE 'WITH own AS (UPDATE%'");
}

// Whether every server refuses at once what another one has revoked, so that none of them reads
// from a database that does not lead any more, wherever its beats have looked meanwhile.
void AskServers(ServersRun& run, int leader) {
  constexpr int kRounds = 8;
  constexpr int kAskedEach = 6;
  static const std::atomic<bool> kNever{false};
  ServersFleet& fleet = run.fleet;
  Revoker revoker(fleet.recorder(), fleet.site(), run.random());
  bool all_refuse = true;
  int revoked = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::optional<Plan> plan = revoker.Prepare(Cause::kRevokeToken);
    if (!plan || !revoker.Revoke(*plan, kNever, 1)) continue;
    ++revoked;
    CutBeats(fleet.cluster(), leader);
    for (const Endpoint& server : fleet.site().servers) {
      Api api(server, 5 * kSecond);
      for (int i = 0; i < kAskedEach; ++i) {
        const ApiAnswer answer =
            api.Call("GetUser", {{"AccessToken", plan->covered.front().access.jwt}});
        all_refuse = all_refuse && !answer.ok();
      }
    }
  }
  Claim(run, "every server refuses what was revoked after a failover",
        std::to_string(revoked) + " revoked", all_refuse && revoked > 0);
}

// False: all is not well again afterwards.
bool FailOver(ServersRun& run, const Loss& loss) {
  ServersFleet& fleet = run.fleet;
  Patroni& cluster = fleet.cluster();
  const int old = cluster.Leader();
  Fault fault{.what = loss.name + " of node " + std::to_string(old), .server = true};
  fault.begun = Now();
  loss.inflict(fleet, old);
  fault.from = Now();
  const int leader = cluster.AwaitLeaderOtherThan(old, kTakenOver);
  const Nanos taken_over = Now();
  Claim(run, "another node takes over", fault.what, leader != Patroni::kNobody);
  fault.remedy = Now();
  bool well = AllServe(run, kServesAgain);
  const Nanos served = Now();
  Claim(run, "all servers serve while the old primary is not back", fault.what, well);
  if (well) AskServers(run, leader);
  well = AllServe(run, kServesAgain) && well;
  fault.to = Now();
  fleet.recorder().Add(fault);
  std::cout << "  " << fault.what << ": node " << leader << " leads after "
            << (taken_over - fault.begun) / kMillisecond << " ms, all servers serve "
            << (served - taken_over) / kMillisecond << " ms later\n";

  // Nobody notices that the old primary comes back.
  Fault back{.what = "the return of node " + std::to_string(old), .spares_gates = true};
  back.begun = back.from = Now();
  if (loss.remedy) loss.remedy(fleet, old);
  const bool whole = cluster.AwaitWhole(kNodeIsBack);
  back.remedy = back.to = Now();
  fleet.recorder().Add(back);
  Claim(run, "the old primary follows the new one", fault.what, whole);
  well = fleet.AwaitWhole(kServesAgain) && well;
  for (int i = 0; i < fleet.options().servers; ++i) {
    Claim(run, "no server has ended", fault.what, fleet.server(i).running());
  }
  Claim(run, "all is well again", fault.what, well);
  return well && whole;
}

std::vector<Loss> Losses() {
  return {
      {"failover-crash",
       [](ServersFleet& fleet, int node) { fleet.cluster().CrashPostgres(node); },
       {}},
      {"failover-machine", [](ServersFleet& fleet, int node) { fleet.cluster().node(node).Kill(); },
       [](ServersFleet& fleet, int node) { fleet.cluster().Start(node); }},
      {"failover-stop",
       [](ServersFleet& fleet, int node) { fleet.cluster().node(node).Stop(Process::Whom::kAll); },
       [](ServersFleet& fleet, int node) { fleet.cluster().node(node).Continue(); }},
      {"failover-cut",
       [](ServersFleet& fleet, int node) { fleet.CutOff(fleet.cluster().host(node)); },
       [](ServersFleet& fleet, int) { fleet.network().Heal(); }},
      // From the other nodes and from etcd, and not from the servers.
      {"failover-cut-behind",
       [](ServersFleet& fleet, int node) { fleet.CutOffFromDatabases(fleet.cluster().host(node)); },
       [](ServersFleet& fleet, int) { fleet.network().Heal(); }},
      // Nobody stops the old primary: it goes on beside the new one, and confirms nothing.
      {"failover-two-primaries",
       [](ServersFleet& fleet, int node) { fleet.cluster().StopPatroni(node); },
       [](ServersFleet& fleet, int node) { fleet.cluster().node(node).Continue(); }},
  };
}

// What a node has of the log: entries with a number, and those that have none yet.
int64_t EntriesAt(const Patroni& cluster, int node) {
  const std::optional<std::string> entries =
      cluster.Ask(node,
                  "SELECT (SELECT sequence FROM sallyport.log_head)+(SELECT count(*) FROM "
                  "sallyport.log_pending)",
                  "sallyport");
  return entries && !entries->empty() ? std::stoll(*entries) : -1;
}

// The synchronous standby hears nothing any more, so nothing is confirmed, but for eight seconds
// each commit's wait for it is interrupted, as an operator does who is in a hurry. So what is
// committed is visible, and lost when the standby takes over.
void Interrupt(const Patroni& cluster, int leader) {
  for (int round = 0; round < 2; ++round) {
    cluster.Ask(leader,
                "DO $$ BEGIN FOR i IN 1..400 LOOP PERFORM pg_cancel_backend(pid) FROM "
                "pg_stat_activity WHERE wait_event='SyncRep'; PERFORM pg_sleep(0.01); PERFORM "
                "pg_stat_clear_snapshot(); END LOOP; END $$");
  }
}

void LoseVisible(ServersRun& run) {
  Load load(run);
  AwaitTraffic(run);
  int64_t visible = 0, kept = 0;
  const Loss loss{"failover-visible-and-lost",
                  [&](ServersFleet& at, int node) {
                    Patroni& cluster = at.cluster();
                    const int standby = cluster.SynchronousStandby();
                    for (int other = 0; other < Patroni::kNodes; ++other) {
                      if (other == node) continue;
                      at.network().SetBoth(cluster.host(node), cluster.host(other), {.cut = true});
                    }
                    Interrupt(cluster, node);
                    visible = EntriesAt(cluster, node);
                    kept = EntriesAt(cluster, standby);
                    cluster.node(node).Kill();
                  },
                  [](ServersFleet& at, int node) {
                    at.network().Heal();
                    at.cluster().Start(node);
                  }};
  bool well = true;
  do {
    well = FailOver(run, loss);
    std::cout << "  visible " << visible << " entries, of which " << kept << " are kept\n";
    Claim(run, "entries were visible and are lost",
          std::to_string(visible) + " were there, and " + std::to_string(kept) + " remained",
          kept >= 0 && visible > kept);
  } while (well && GoesOn(run));
  End(run, load);
}

// The standbys confirm nothing, and what was confirmed is lost with the primary: each server must
// notice it and end, no gate may allow what was revoked, and nothing is issued before
// `sallyport recover`.
void LoseConfirmed(ServersRun& run) {
  ServersFleet& fleet = run.fleet;
  Patroni& cluster = fleet.cluster();
  const int servers = fleet.options().servers;
  Claim(run, "synchronous replication is off", "",
        cluster.Configure(R"({"synchronous_mode": false, "synchronous_mode_strict": false})"));
  const int old = cluster.Leader();
  const Nanos give_up = Now() + 30 * kSecond;
  while (Now() < give_up && cluster.Ask(old, "SHOW synchronous_standby_names") != "") {
    Pause(200 * kMillisecond);
  }
  {
    Load load(run);
    AwaitTraffic(run);
    for (int other = 0; other < Patroni::kNodes; ++other) {
      if (other != old)
        fleet.network().SetBoth(cluster.host(old), cluster.host(other), {.cut = true});
    }
    Pause(3 * kSecond);
    Fault fault{.what = "confirmed entries are lost", .server = true, .ends_renewal = true};
    fault.begun = Now();
    const int64_t confirmed = EntriesAt(cluster, old);
    cluster.node(old).Kill();
    const int leader = cluster.AwaitLeaderOtherThan(old, kTakenOver);
    const int64_t kept = EntriesAt(cluster, leader);
    const Nanos until = Now() + kServesAgain;
    int ended = 0;
    while (ended < servers && Now() < until) {
      Pause(50 * kMillisecond);
      ended = 0;
      for (int i = 0; i < servers; ++i) ended += !fleet.server(i).running();
    }
    fault.from = Now();
    std::cout << "  of " << confirmed << " entries " << kept << " remained, " << ended
              << " servers have ended\n";
    Claim(run, "confirmed entries are lost", std::to_string(confirmed) + " were there",
          kept >= 0 && confirmed > kept);
    Claim(run, "each server ends that has applied what is lost", std::to_string(ended) + " ended",
          ended == servers);
    fleet.network().Heal();
    // A server that starts now issues nothing.
    fleet.server(0).Start();
    Claim(run, "nothing is issued before recover", "",
          !fleet.AwaitReady(0, 8 * kSecond) && fleet.server(0).running());
    fleet.server(0).Terminate();
    load.Stop();
    // It revokes everything that was issued before.
    Revoke recovery{.cause = "recover",
                    .scope = Scope::kPool,
                    .target = fleet.site().client.pool,
                    .sent = Now()};
    fault.remedy = Now();
    Claim(run, "sallyport recover", "exit code 0", fleet.Recover() == 0);
    for (int i = 0; i < servers; ++i) {
      Claim(run, "a server starts after recover", std::to_string(i), fleet.StartServer(i));
    }
    fault.to = Now();
    recovery.answered = Now();
    recovery.status = 200;
    fleet.recorder().Add(recovery);
    fleet.recorder().Add(fault);
  }
  Claim(run, "all is well after recover", "", fleet.AwaitWhole(kServesAgain));
  Pause(run.bounds.recovery());
  Revoker revoker(fleet.recorder(), fleet.site(), run.random());
  const std::optional<Family> family = revoker.SignIn();
  Claim(run, "sign-in works again", "", family.has_value());
  for (int gate = 0; family && gate < fleet.options().agents; ++gate) {
    GateClient client(fleet.recorder(), gate, fleet.site().gate_ports[gate], kSecond);
    const int status = client.Ask(family->access.token, true, family->access.jwt);
    Claim(run, "new tokens are served", "gate " + std::to_string(gate), status == 200);
  }
}

void FailOverAgainAndAgain(ServersRun& run, const Loss& loss) {
  Load load(run);
  AwaitTraffic(run);
  bool well = true;
  do {
    well = FailOver(run, loss);
    Pause(3 * kSecond);
  } while (well && GoesOn(run));
  End(run, load);
}

}  // namespace

std::vector<ServersScenario> FailoverScenarios() {
  std::vector<ServersScenario> scenarios;
  for (const Loss& loss : Losses()) {
    scenarios.push_back(ServersBase(loss.name));
    scenarios.back().fleet.fails_over = true;
    scenarios.back().body = [loss](ServersRun& run) { FailOverAgainAndAgain(run, loss); };
  }
  scenarios.push_back(ServersBase("failover-visible-and-lost"));
  scenarios.back().fleet.fails_over = true;
  scenarios.back().body = LoseVisible;
  scenarios.push_back(ServersBase("failover-unsynchronized"));
  scenarios.back().fleet.fails_over = true;
  scenarios.back().demands.denied_blind = 50;
  scenarios.back().body = LoseConfirmed;
  return scenarios;
}

}  // namespace sallyport::history
