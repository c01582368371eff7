// history_checker: drives real processes, writes what was seen, and judges it. --help says how.
#include <algorithm>
#include <boost/program_options.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include "scenario.h"
#include "servers_scenarios.h"

namespace sallyport::history {
namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

struct Settings {
  RunOptions run;
  std::vector<std::string> scenarios;
  std::string binaries;
  std::string old_binaries;
  std::string expect;         // a rule that must be broken
  std::vector<Id> expect_at;  // at each of these gates; empty: anywhere
  bool keep = false;
  Environment server_environment, agent_environment, gate_environment;
  std::vector<std::string> server_arguments;
};

Environment ParseEnvironment(const std::vector<std::string>& entries) {
  Environment environment;
  for (const std::string& entry : entries) {
    const size_t equal = entry.find('=');
    environment.emplace_back(entry.substr(0, equal), entry.substr(equal + 1));
  }
  return environment;
}

std::string NewDirectory() {
  std::string name = (fs::temp_directory_path() / "sallyport-history-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    std::perror("error: no temporary directory");
    std::exit(2);
  }
  return name;
}

void PrintLatencies(const History& history) {
  std::vector<Nanos> times;
  for (const Revoke& revoke : history.revokes) {
    if (revoke.status == 200) times.push_back(revoke.answered - revoke.sent);
  }
  if (times.empty()) return;
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) {
    return static_cast<double>(
               times[static_cast<size_t>(share * static_cast<double>(times.size() - 1))]) /
           kMillisecond;
  };
  std::cout << "  revokes answered in: median " << at(0.5) << " ms, p99 " << at(0.99)
            << " ms, longest " << at(1) << " ms\n";
}

void Print(const std::string& name, const Verdict& verdict) {
  const Counts& counts = verdict.counts;
  std::cout << name << ": " << counts.revokes << " revokes answered, " << counts.allowed
            << " requests allowed, " << counts.denied << " denied; of these "
            << counts.denied_revoked << " sent after the answer (" << counts.denied_soon
            << " within 5 ms), " << counts.denied_blind << " without a lease; " << counts.in_flight
            << " under way at an answer; " << counts.bodies_stopped << " bodies and "
            << counts.streams_closed << " streams stopped; " << counts.checks << " checks; "
            << counts.calls << " calls; " << counts.allowed_spared
            << " allowed during faults that deny nobody\n";
  std::map<std::string, int> seen;
  constexpr int kShown = 5;
  for (const Violation& violation : verdict.violations) {
    if (++seen[violation.rule] <= kShown) {
      std::cout << "  VIOLATION " << violation.rule << ": " << violation.detail << "\n";
    }
  }
  for (const auto& [rule, count] : seen) {
    if (count > kShown) std::cout << "  " << rule << ": " << count << " in all\n";
  }
}

// The exit code that CMake takes as "skipped".
constexpr int kSkipped = 77;

// Options that are added to what the scenario asks for.
template <typename T>
void AddTo(T& to, const T& more) {
  to.insert(to.end(), more.begin(), more.end());
}

bool HasObjected(const Verdict& verdict, const Settings& settings) {
  const auto objected = [&](Id gate) {
    return std::any_of(verdict.violations.begin(), verdict.violations.end(),
                       [&](const Violation& one) {
                         return one.rule == settings.expect && (gate == kNone || one.gate == gate);
                       });
  };
  bool at_all = objected(kNone);
  for (const Id gate : settings.expect_at) {
    if (objected(gate)) continue;
    std::cout << "  no objection at gate " << gate << "\n";
    at_all = false;
  }
  return at_all;
}

// 0: the history is as it should be; 1: it is not.
template <typename F, typename S>
int Decide(F& fleet, const S& scenario, const Settings& settings) {
  const History history = fleet.recorder().Take(fleet.upstream());
  const Verdict verdict = Judge(history, scenario.bounds, scenario.demands);
  Print(scenario.name, verdict);
  PrintLatencies(history);
  const int result =
      settings.expect.empty() ? !verdict.violations.empty() : !HasObjected(verdict, settings);
  if (result != 0 || settings.keep) {
    std::ofstream file(fleet.options().directory + "/history.jsonl");
    Write(history, file);
  }
  return result;
}

// 2: there is no history.
int Drive(Scenario scenario, const Settings& settings) {
  AddTo(scenario.fleet.server_environment, settings.server_environment);
  AddTo(scenario.fleet.server_arguments, settings.server_arguments);
  scenario.fleet.agent_environment = settings.agent_environment;
  scenario.fleet.gate_environment = settings.gate_environment;
  Fleet fleet(scenario.fleet);
  if (!fleet.MakeDisk()) {
    std::cout << scenario.name << ": skipped: only root may mount a disk of its own\n";
    return kSkipped;
  }
  if (!fleet.Start()) return 2;
  Run run{fleet, settings.run, scenario.bounds, std::mt19937(settings.run.seed)};
  scenario.body(run);
  return Decide(fleet, scenario, settings);
}

int Drive(ServersScenario scenario, const Settings& settings) {
  AddTo(scenario.fleet.server_environment, settings.server_environment);
  AddTo(scenario.fleet.agent_environment, settings.agent_environment);
  scenario.fleet.arguments_of.resize(scenario.fleet.servers);
  for (auto& arguments : scenario.fleet.arguments_of) AddTo(arguments, settings.server_arguments);
  if (scenario.fleet.upgrades && settings.old_binaries.empty()) {
    std::cout << scenario.name << ": skipped: --old-binaries names no other version\n";
    return kSkipped;
  }
  if (scenario.fleet.upgrades) {
    scenario.fleet.old_binaries = fs::absolute(settings.old_binaries).string();
  }
  if (scenario.fleet.fails_over && !Patroni::Installed()) {
    std::cout << scenario.name << ": skipped: Debian's patroni and etcd-server are not installed "
              << "(packaging/install-packages failover)\n";
    return kSkipped;
  }
  std::unique_ptr<Network> network = Network::Make(ServersFleet::Hosts(scenario.fleet));
  if (!network) {
    std::cout << scenario.name << ": skipped: only root may make network namespaces\n";
    return kSkipped;
  }
  ServersFleet fleet(scenario.fleet, std::move(network));
  if (!fleet.Start()) return 2;
  ServersRun run{fleet, settings.run, scenario.bounds, std::mt19937(settings.run.seed)};
  scenario.body(run);
  return Decide(fleet, scenario, settings);
}

template <typename S>
int Perform(S scenario, const Settings& settings) {
  scenario.fleet.binaries = settings.binaries;
  scenario.fleet.directory = NewDirectory();
  const std::string directory = scenario.fleet.directory;
  const Nanos began = Now();
  const int result = Drive(std::move(scenario), settings);
  if (result == kSkipped) {
    fs::remove_all(directory);
    return result;
  }
  std::cout << "  " << (result == 0 ? "passed" : "FAILED") << " in "
            << static_cast<double>(Now() - began) / kSecond << " s, seed " << settings.run.seed;
  if (result != 0 || settings.keep) {
    std::cout << ", kept in " << directory;
  } else {
    fs::remove_all(directory);
  }
  std::cout << std::endl;
  return result;
}

// Performs those of them that are asked for. How many these were.
template <typename S>
size_t PerformAsked(const std::vector<S>& scenarios, const Settings& settings, int& code) {
  size_t found = 0;
  for (const S& scenario : scenarios) {
    const auto& wanted = settings.scenarios;
    const bool chosen =
        wanted.empty() || std::find(wanted.begin(), wanted.end(), scenario.name) != wanted.end();
    if (!chosen) continue;
    ++found;
    code = std::max(code, Perform(scenario, settings));
  }
  return found;
}

// nullopt: there is nothing to run; `*code` is the exit code.
std::optional<Settings> Parse(int argc, char** argv, int* code) {
  Settings settings;
  std::vector<std::string> server_environment, agent_environment, gate_environment;
  po::options_description options("history_checker: see docs/history-checker.md");
  auto add = options.add_options();
  add("help", "this text");
  add("list", "the names of the scenarios");
  add("scenario", po::value(&settings.scenarios), "run this one; may be given several times");
  add("seed", po::value(&settings.run.seed), "of everything that is chosen at random");
  add("revocations", po::value(&settings.run.revocations), "health: how many; default 10000");
  add("connections", po::value(&settings.run.connections), "health: how many; default 32");
  add("rounds", po::value(&settings.run.rounds), "crash: how many; default 20");
  add("decisions", po::value(&settings.run.decisions),
      "scenarios in rounds: until so many; default: a short run");
  add("binaries", po::value(&settings.binaries), "a build's bin directory; default: beside this");
  add("old-binaries", po::value(&settings.old_binaries),
      "servers.upgrade: the bin directory of another version, from which it is upgraded");
  add("keep", po::bool_switch(&settings.keep), "keep data, logs and history.jsonl");
  add("expect-objection", po::value(&settings.expect), "pass only if this rule is broken");
  add("at-gate", po::value(&settings.expect_at),
      "and only if it is broken at this gate; may be given several times");
  add("server-arg", po::value(&settings.server_arguments), "an argument for the server");
  add("server-env", po::value(&server_environment), "NAME=VALUE for the server");
  add("agent-env", po::value(&agent_environment), "NAME=VALUE for the agents");
  add("gate-env", po::value(&gate_environment), "NAME=VALUE for the gates");
  po::variables_map given;
  *code = 2;
  try {
    po::store(po::parse_command_line(argc, argv, options), given);
    po::notify(given);
  } catch (const po::error& error) {
    std::cerr << "error: " << error.what() << "\n";
    return std::nullopt;
  }
  if (given.contains("help") || given.contains("list")) {
    *code = 0;
    if (given.contains("help")) std::cout << options;
    const bool list = given.contains("list");
    for (const auto& one : AllScenarios(settings.run)) std::cout << (list ? one.name + "\n" : "");
    for (const auto& one : ServersScenarios()) std::cout << (list ? one.name + "\n" : "");
    return std::nullopt;
  }
  settings.server_environment = ParseEnvironment(server_environment);
  settings.agent_environment = ParseEnvironment(agent_environment);
  settings.gate_environment = ParseEnvironment(gate_environment);
  if (settings.binaries.empty()) {
    settings.binaries = fs::read_symlink("/proc/self/exe").parent_path().string();
  }
  settings.binaries = fs::absolute(settings.binaries).string();
  return settings;
}

int Main(int argc, char** argv) {
  int code = 0;
  const std::optional<Settings> settings = Parse(argc, argv, &code);
  if (!settings) return code;
  EndGroupsOnSignals();
  code = 0;
  size_t found = PerformAsked(AllScenarios(settings->run), *settings, code);
  found += PerformAsked(ServersScenarios(), *settings, code);
  if (found == 0) std::cerr << "error: no such scenario; --list names them\n";
  return found == 0 ? 2 : code;
}

}  // namespace
}  // namespace sallyport::history

int main(int argc, char** argv) {
  return sallyport::history::Main(argc, argv);
}
