#include "servers_fleet.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <thread>

#include "api.h"
#include "net.h"
#include "nginx.h"

namespace sallyport::history {
namespace {

namespace fs = std::filesystem;

constexpr Nanos kStartTimeout = 30 * kSecond;
constexpr uint16_t kApiPort = 9229;
constexpr uint16_t kFeedPort = 9230;
constexpr int kServedInARow = 20;
const char* const kUrl = "http://127.0.0.1:9229";

template <typename F>
bool Await(Nanos timeout, F condition) {
  const Nanos deadline = Now() + timeout;
  while (Now() < deadline) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

bool Fail(const std::string& problem) {
  std::cerr << "error: " << problem << "\n";
  return false;
}

std::string FeedOf(int server) {
  return Network::AddressOf(ServersFleet::server_host(server)) + ":" + std::to_string(kFeedPort);
}

// A text of a JSON object; "" where there is none of that name.
std::string Member(const std::string& text, std::string_view name) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(text, error);
  const boost::json::object* object = error ? nullptr : value.if_object();
  const boost::json::value* member = object ? object->if_contains(name) : nullptr;
  return member && member->is_string() ? std::string(member->get_string()) : "";
}

}  // namespace

ServersFleet::ServersFleet(ServersOptions options, std::unique_ptr<Network> network)
    : options_(std::move(options)), network_(std::move(network)) {
  options_.arguments_of.resize(options_.servers);
  options_.environment_of.resize(options_.servers);
  PlaceDatabase();
  site_.api_port = kApiPort;
  site_.api_timeout = 12 * kSecond;
  for (int i = 0; i < options_.servers; ++i) {
    site_.servers.emplace_back(kApiPort, network_->NamespaceOf(server_host(i)));
    clocks_.push_back(
        std::make_unique<ClockFile>(options_.directory + "/clock" + std::to_string(i)));
    servers_.push_back(NewServer(i, FirstBinaries()));
  }
}

void ServersFleet::PlaceDatabase() {
  if (options_.fails_over) {
    cluster_ = std::make_unique<Patroni>(options_.directory + "/cluster", *network_,
                                         database_host(), agent_host(options_.agents));
  } else {
    database_ = std::make_unique<Postgres>(options_.directory + "/postgres",
                                           network_->NamespaceOf(database_host()),
                                           Network::AddressOf(database_host()));
  }
}

void ServersFleet::CutOff(int host) {
  for (int other = 0; other < Hosts(options_); ++other) {
    if (other != host) network_->SetBoth(host, other, {.cut = true});
  }
}

void ServersFleet::CutOffFromDatabases(int host) {
  network_->SetBoth(host, database_host(), {.cut = true});
  for (int i = 0; i < Patroni::kNodes; ++i) {
    const int other = cluster_->host(i);
    if (other != host) network_->SetBoth(host, other, {.cut = true});
  }
}

std::string ServersFleet::DataOf(int server) const {
  return options_.directory + "/data" + std::to_string(server);
}

std::string ServersFleet::StuckWhile(int server) const {
  return options_.directory + "/stuck" + std::to_string(server);
}

std::unique_ptr<Process> ServersFleet::NewServer(int number, const std::string& binaries) {
  Command command;
  const std::string folder = options_.may_be_stuck ? "/../faults" : "";
  command.words = {binaries + folder + "/sallyport",
                   "serve",
                   "--data",
                   DataOf(number),
                   "--store",
                   StoreUrl(),
                   "--store-connections",
                   "12",
                   "--public-url",
                   kUrl,
                   "--listen",
                   "127.0.0.1:" + std::to_string(kApiPort),
                   "--feed-listen",
                   FeedOf(number),
                   "--insecure-any-credentials",
                   "--no-rate-limits",
                   "--argon2-memory",
                   "64",
                   "--argon2-iterations",
                   "1"};
  const std::vector<std::string>& own = options_.arguments_of[number];
  if (std::find(own.begin(), own.end(), "--feed-ttl") == own.end()) {
    command.words.insert(command.words.end(),
                         {"--feed-ttl", std::to_string(options_.ttl / kMillisecond) + "ms"});
  }
  command.words.insert(command.words.end(), own.begin(), own.end());
  command.environment = options_.server_environment;
  const Environment& added = options_.environment_of[number];
  command.environment.insert(command.environment.end(), added.begin(), added.end());
  if (options_.may_be_stuck) {
    command.environment.emplace_back("SALLYPORT_STUCK_WHILE", StuckWhile(number));
  }
  if (options_.clocks_of_their_own) clocks_[number]->AddTo(command.environment);
  command.log = options_.directory + "/server" + std::to_string(number) + ".log";
  command.network = network_->NamespaceOf(server_host(number));
  return std::make_unique<Process>(std::move(command));
}

bool ServersFleet::Start() {
  if (!(cluster_ ? cluster_->Make() : database_->Make()))
    return Fail("PostgreSQL does not start: see " + options_.directory);
  for (int i = 0; i < options_.servers; ++i) {
    if (!ShareKeys(i) || !StartServer(i)) {
      return Fail("a server does not answer: see " + server(i).log());
    }
  }
  if (!MakePool()) return Fail("no pool could be made: see " + server(0).log());
  for (int i = 0; i < options_.agents; ++i) {
    if (!AddGate(i)) return Fail("a gate does not start: see " + options_.directory);
  }
  if (!AwaitServed()) return Fail("the gates do not serve: see " + options_.directory);
  return AwaitWhole(kStartTimeout) || Fail("an agent has no two servers");
}

// What every server must have of the first one's.
bool ServersFleet::ShareKeys(int server) const {
  const std::string data = DataOf(server);
  std::error_code failed;
  fs::create_directories(data, failed);
  fs::permissions(data, fs::perms::owner_all, failed);
  if (server == 0) return !failed;
  for (const char* name : {"encryption-key", "credentials"}) {
    fs::copy_file(fs::path(DataOf(0)) / name, fs::path(data) / name, failed);
    if (failed) return false;
  }
  return true;
}

bool ServersFleet::StartServer(int server) {
  servers_[server]->Start();
  return AwaitReady(server, kStartTimeout);
}

void ServersFleet::Upgrade(int server) {
  servers_[server] = NewServer(server, options_.binaries);
}

void ServersFleet::UpgradeAgent(int agent) {
  Command command = gates_[agent].agent_command;
  command.words[0] = options_.binaries + "/sallyport";
  gates_[agent].agent->Terminate();
  gates_[agent].agent = std::make_unique<Process>(std::move(command));
  gates_[agent].agent->Start();
}

int ServersFleet::Recover() const {
  Command recover;
  recover.words = {
      options_.binaries + "/sallyport", "recover", "--data", DataOf(0), "--store", StoreUrl()};
  recover.network = network_->NamespaceOf(server_host(0));
  recover.log = options_.directory + "/recover.log";
  return RunToEnd(recover);
}

bool ServersFleet::AwaitReady(int server, Nanos timeout) {
  return Await(timeout, [&] { return Api(site_.servers[server], kSecond).Get("/readyz") == 200; });
}

bool ServersFleet::AwaitWhole(Nanos timeout) {
  const Nanos deadline = Now() + timeout;
  for (int i = 0; i < options_.servers; ++i) {
    if (!AwaitReady(i, deadline - Now())) return false;
  }
  for (int i = 0; i < options_.agents; ++i) {
    if (!Await(deadline - Now(), [&] { return HasTwoServers(i); })) return false;
  }
  return true;
}

bool ServersFleet::MakePool() {
  // Keys are made by threads that wait for everybody else on the machine.
  Api api(site_.servers[0], 2 * kStartTimeout);
  site_.client = {recorder_.NewId(), recorder_.NewId(), api.CreatePool("checker"), ""};
  if (site_.client.pool_id.empty()) return false;
  site_.client.client_id = api.CreateClient(site_.client.pool_id);
  issuer_ = kUrl + std::string("/") + site_.client.pool_id;
  return !site_.client.client_id.empty();
}

bool ServersFleet::AddGate(int number) {
  const std::string name = "gate" + std::to_string(number);
  Gate gate;
  gate.directory = options_.directory + "/" + name;
  fs::create_directories(gate.directory);
  const std::string enrolment = gate.directory + "/enrolment";
  Command enrol;
  enrol.words = {FirstBinaries() + "/sallyport",
                 "agents",
                 "add",
                 name,
                 "--data",
                 DataOf(0),
                 "--endpoint",
                 kUrl,
                 "--out",
                 enrolment};
  enrol.network = network_->NamespaceOf(server_host(0));
  enrol.log = options_.directory + "/enrol.log";
  if (RunToEnd(enrol) != 0) return false;

  Command agent;
  agent.words = {FirstBinaries() + "/sallyport", "agent", "--enrolment", enrolment, "--replica",
                 gate.directory + "/replica"};
  for (int i = 0; i < options_.servers; ++i) {
    agent.words.insert(agent.words.end(), {"--server", FeedOf(i)});
  }
  agent.environment = options_.agent_environment;
  agent.network = network_->NamespaceOf(agent_host(number));
  agent.log = gate.directory + "/agent.log";
  gate.agent_command = agent;
  gate.agent = std::make_unique<Process>(std::move(agent));

  const uint16_t port = FreePort();
  gate.nginx = std::make_unique<Process>(NginxOf({.binaries = FirstBinaries(),
                                                  .directory = gate.directory,
                                                  .port = port,
                                                  .upstream_port = upstream_.port(),
                                                  .issuers = {issuer_}}));
  site_.gate_ports.push_back(port);
  gates_.push_back(std::move(gate));
  gates_.back().agent->Start();
  gates_.back().nginx->Start();
  return Await(kStartTimeout, [&] { return HttpClient(port).Connect(); });
}

bool ServersFleet::AwaitServed() {
  Revoker revoker(recorder_, site_, 0);
  const std::optional<Family> family = revoker.SignIn();
  if (!family) return false;
  for (const uint16_t port : site_.gate_ports) {
    const std::string request = GateRequest("GET", "/access", family->access.jwt, 0) + "\r\n";
    int served_in_a_row = 0;
    const bool served = Await(kStartTimeout, [&] {
      const bool ok = HttpClient(port).Exchange(request, 5 * kSecond).status == 200;
      served_in_a_row = ok ? served_in_a_row + 1 : 0;
      return served_in_a_row == kServedInARow;
    });
    if (!served) return false;
  }
  return true;
}

std::string ServersFleet::StatusOf(int agent) const {
  const std::string path = gates_[agent].directory + "/replica.status";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return "";
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  std::string text;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    char bytes[4096];
    for (ssize_t count = 0; (count = recv(fd, bytes, sizeof(bytes), 0)) > 0;) {
      text.append(bytes, static_cast<size_t>(count));
    }
  }
  close(fd);
  return text;
}

bool ServersFleet::HasTwoServers(int agent) const {
  const std::string status = StatusOf(agent);
  return !Member(status, "server").empty() && !Member(status, "second_server").empty();
}

int ServersFleet::ServerOf(int agent) const {
  const std::string server = Member(StatusOf(agent), "server");
  for (int i = 0; i < options_.servers; ++i) {
    if (server == FeedOf(i)) return i;
  }
  return -1;
}

}  // namespace sallyport::history
