#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "servers_scenarios.h"

namespace sallyport::history {
namespace {

using Where = ServersFault::Where;
using Step = std::function<void(ServersFleet&, int)>;

// Shorter than a lease, longer than one, and longer than all leases together with the time after
// which a server counts as dead.
constexpr Nanos kShort = 700 * kMillisecond;
constexpr Nanos kLong = 3500 * kMillisecond;
constexpr Nanos kLongest = 8 * kSecond;
const std::vector<Nanos> kAllDurations{kShort, kLong, kLongest};

// The loss of one server of several denies nobody anything, and other servers go on.
const Fault kOneServer{.server = true, .spares_gates = true};
// One of an agent's two servers: nobody notices.
const Fault kUnnoticed{.spares_gates = true};
const Fault kAgent{.ends_renewal = true};
const Fault kDatabase{.server = true, .ends_renewal = true};
const Fault kDatabaseShortly{.server = true, .spares_gates = true};

constexpr Path kCut{.cut = true};
constexpr Path kSlowPath{.delay = 150 * kMillisecond};
constexpr Path kLossy{.lost_of_thousand = 100};

const Step kHeal = [](ServersFleet& fleet, int) { fleet.network().Heal(); };

enum class Direction { kBoth, kTo, kFrom };

void SetPath(ServersFleet& fleet, int one, int other, Direction direction, const Path& path) {
  if (direction != Direction::kFrom) fleet.network().Set(one, other, path);
  if (direction != Direction::kTo) fleet.network().Set(other, one, path);
}

// Between a server and the database, as the server sees it.
Step AtDatabase(Direction direction, const Path& path) {
  return [=](ServersFleet& fleet, int server) {
    SetPath(fleet, fleet.server_host(server), fleet.database_host(), direction, path);
  };
}

// Between a server and all agents, as the server sees it.
Step AtAgents(Direction direction, const Path& path) {
  return [=](ServersFleet& fleet, int server) {
    for (int agent = 0; agent < fleet.options().agents; ++agent) {
      SetPath(fleet, fleet.server_host(server), fleet.agent_host(agent), direction, path);
    }
  };
}

Step Both(Step one, Step other) {
  return [one = std::move(one), other = std::move(other)](ServersFleet& fleet, int place) {
    one(fleet, place);
    other(fleet, place);
  };
}

// Between an agent and the server that gives it its leases, as the agent sees it.
Step AtItsServer(Direction direction, const Path& path) {
  return [=](ServersFleet& fleet, int agent) {
    const int server = std::max(fleet.ServerOf(agent), 0);
    SetPath(fleet, fleet.agent_host(agent), fleet.server_host(server), direction, path);
  };
}

// Between an agent and all servers.
Step AtAllServers(Direction direction, const Path& path) {
  return [=](ServersFleet& fleet, int agent) {
    for (int server = 0; server < fleet.options().servers; ++server) {
      SetPath(fleet, fleet.agent_host(agent), fleet.server_host(server), direction, path);
    }
  };
}

const Step kStopServer = [](ServersFleet& fleet, int server) { fleet.server(server).Stop(); };
const Step kContinueServer = [](ServersFleet& fleet, int server) {
  fleet.server(server).Continue();
};
const Step kStartServer = [](ServersFleet& fleet, int server) { fleet.StartServer(server); };
const Step kStartDatabase = [](ServersFleet& fleet, int) { fleet.database().Start(); };

std::vector<ServersFault> AtOneServer() {
  std::vector<ServersFault> faults{
      {"kill-server", Where::kServer, kOneServer, kAllDurations,
       [](ServersFleet& fleet, int server) { fleet.server(server).Kill(); }, kStartServer},
      {"stop-server", Where::kServer, kOneServer, kAllDurations, kStopServer, kContinueServer},
      {"end-server",
       Where::kServer,
       kOneServer,
       {kShort},
       [](ServersFleet& fleet, int server) {
         fleet.recorder().Add(
             Check{"a server ends in order", "", fleet.server(server).Terminate()});
       },
       kStartServer},
  };
  const auto cut = [&faults](std::string name, Step step) {
    faults.push_back(
        {std::move(name), Where::kServer, kOneServer, kAllDurations, std::move(step), kHeal});
  };
  cut("cut-server", Both(AtDatabase(Direction::kBoth, kCut), AtAgents(Direction::kBoth, kCut)));
  cut("cut-server-database", AtDatabase(Direction::kBoth, kCut));
  cut("cut-server-to-database", AtDatabase(Direction::kTo, kCut));
  // Beats are done, and their answers are lost.
  cut("cut-database-to-server", AtDatabase(Direction::kFrom, kCut));
  cut("cut-server-agents", AtAgents(Direction::kBoth, kCut));
  cut("cut-server-to-agents", AtAgents(Direction::kTo, kCut));
  cut("cut-agents-to-server", AtAgents(Direction::kFrom, kCut));
  cut("delay-server-database", AtDatabase(Direction::kBoth, kSlowPath));
  cut("lossy-server-database", AtDatabase(Direction::kBoth, kLossy));
  cut("lossy-server-agents", AtAgents(Direction::kBoth, kLossy));
  return faults;
}

std::vector<ServersFault> OfClocks() {
  const auto slow = [](int64_t millionths) {
    return [=](ServersFleet& fleet, int server) { fleet.clock(server).Slow(millionths); };
  };
  const auto wall = [](Nanos offset) {
    return [=](ServersFleet& fleet, int server) { fleet.clock(server).SetWall(offset); };
  };
  constexpr int64_t kStandsStill = 1'000'000;
  return {
      {"clock-stands-still", Where::kServer, kOneServer, kAllDurations, slow(kStandsStill),
       slow(0)},
      {"clock-half-as-fast",
       Where::kServer,
       kUnnoticed,
       {kLongest},
       slow(kStandsStill / 2),
       slow(0)},
      {"clock-a-tenth-faster",
       Where::kServer,
       kUnnoticed,
       {kLongest},
       slow(-kStandsStill / 10),
       slow(0)},
      {"wall-clock-ahead", Where::kServer, kUnnoticed, {kLong}, wall(100 * kSecond), wall(0)},
      {"wall-clock-behind", Where::kServer, kUnnoticed, {kLong}, wall(-100 * kSecond), wall(0)},
  };
}

std::vector<ServersFault> AtOneAgent() {
  const auto kill = [](ServersFleet& fleet, int agent) { fleet.agent(agent).Kill(); };
  const auto start = [](ServersFleet& fleet, int agent) { fleet.agent(agent).Start(); };
  const auto stop = [](ServersFleet& fleet, int agent) { fleet.agent(agent).Stop(); };
  const auto go_on = [](ServersFleet& fleet, int agent) { fleet.agent(agent).Continue(); };
  return {
      {"kill-agent", Where::kAgent, kAgent, {kShort, kLong}, kill, start},
      {"stop-agent", Where::kAgent, kAgent, {kShort, kLong}, stop, go_on},
      {"cut-agent",
       Where::kAgent,
       kAgent,
       {kShort, kLong, kLongest},
       AtAllServers(Direction::kBoth, kCut),
       kHeal},
      // What it asks for arrives, and no answer does; and the other way round.
      {"cut-servers-to-agent",
       Where::kAgent,
       kAgent,
       {kLong},
       AtAllServers(Direction::kFrom, kCut),
       kHeal},
      {"cut-agent-to-servers",
       Where::kAgent,
       kAgent,
       {kLong},
       AtAllServers(Direction::kTo, kCut),
       kHeal},
      {"cut-agent-from-its-server", Where::kAgent, kUnnoticed, kAllDurations,
       AtItsServer(Direction::kBoth, kCut), kHeal},
      {"cut-its-server-to-agent", Where::kAgent, kUnnoticed, kAllDurations,
       AtItsServer(Direction::kFrom, kCut), kHeal},
      {"cut-agent-to-its-server", Where::kAgent, kUnnoticed, kAllDurations,
       AtItsServer(Direction::kTo, kCut), kHeal},
      {"delay-agent",
       Where::kAgent,
       kUnnoticed,
       {kLongest},
       AtAllServers(Direction::kBoth, kSlowPath),
       kHeal},
  };
}

// An agent and the server that gives it its leases are lost together: who takes the server's place
// must not believe that the agent has no lease any more.
std::vector<ServersFault> AtOnePair() {
  const auto stop = [](ServersFleet& fleet, int agent) {
    fleet.server(std::max(fleet.ServerOf(agent), 0)).Stop();
    fleet.agent(agent).Stop();
  };
  const auto go_on = [](ServersFleet& fleet, int agent) {
    for (int server = 0; server < fleet.options().servers; ++server)
      fleet.server(server).Continue();
    fleet.agent(agent).Continue();
  };
  // They reach each other, and nobody else.
  const auto split = [](ServersFleet& fleet, int agent) {
    const int mine = std::max(fleet.ServerOf(agent), 0);
    AtDatabase(Direction::kBoth, kCut)(fleet, mine);
    for (int server = 0; server < fleet.options().servers; ++server) {
      if (server == mine) continue;
      SetPath(fleet, fleet.agent_host(agent), fleet.server_host(server), Direction::kBoth, kCut);
    }
  };
  // The agent has had no second server for longer than a lease, so that nobody else waits for it.
  const auto stop_alone = [stop](ServersFleet& fleet, int agent) {
    const int mine = std::max(fleet.ServerOf(agent), 0);
    for (int server = 0; server < fleet.options().servers; ++server) {
      if (server == mine) continue;
      SetPath(fleet, fleet.agent_host(agent), fleet.server_host(server), Direction::kBoth, kCut);
    }
    Pause(6 * kSecond);
    stop(fleet, agent);
  };
  const auto go_on_together = [go_on](ServersFleet& fleet, int agent) {
    go_on(fleet, agent);
    fleet.network().Heal();
  };
  const Fault flags{.server = true, .ends_renewal = true};
  return {
      {"stop-server-and-agent", Where::kPair, flags, {kShort, kLong, kLongest}, stop, go_on},
      {"stop-lone-pair", Where::kPair, flags, {kLong, kLongest}, stop_alone, go_on_together},
      {"split", Where::kPair, flags, {kLong, kLongest}, split, kHeal},
  };
}

std::vector<ServersFault> OfReaders() {
  return {
      {"stuck-reader",
       Where::kServer,
       kOneServer,
       {kLong, 2 * kLongest},
       [](ServersFleet& fleet, int server) { std::ofstream(fleet.StuckWhile(server)) << "stuck"; },
       [](ServersFleet& fleet, int server) { std::filesystem::remove(fleet.StuckWhile(server)); }}};
}

std::vector<ServersFault> AtTheDatabase() {
  const auto kill = [](ServersFleet& fleet, int) { fleet.database().Kill(); };
  const auto end = [](ServersFleet& fleet, int) { fleet.database().End(); };
  const auto stop = [](ServersFleet& fleet, int) { fleet.database().Stop(); };
  const auto go_on = [](ServersFleet& fleet, int) { fleet.database().Continue(); };
  const auto cut = [](ServersFleet& fleet, int) {
    for (int server = 0; server < fleet.options().servers; ++server) {
      AtDatabase(Direction::kBoth, kCut)(fleet, server);
    }
  };
  return {
      {"kill-database", Where::kDatabase, kDatabase, {kShort, kLongest}, kill, kStartDatabase},
      {"end-database", Where::kDatabase, kDatabase, {kShort, kLong}, end, kStartDatabase},
      {"stop-database-shortly", Where::kDatabase, kDatabaseShortly, {kShort / 2}, stop, go_on},
      {"stop-database", Where::kDatabase, kDatabase, {kLong, kLongest}, stop, go_on},
      {"cut-database", Where::kDatabase, kDatabase, {kLong, kLongest}, cut, kHeal},
  };
}

}  // namespace

std::vector<ServersFault> ServersFaults() {
  std::vector<ServersFault> all;
  for (auto& some :
       {AtOneServer(), OfClocks(), OfReaders(), AtOneAgent(), AtOnePair(), AtTheDatabase()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace sallyport::history
