#include "fleet.h"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include "api.h"
#include "base/random.h"
#include "net.h"
#include "nginx.h"

namespace sallyport::history {
namespace {

constexpr Nanos kStartTimeout = 20 * kSecond;

template <typename F>
bool Await(Nanos timeout, F condition) {
  const Nanos deadline = Now() + timeout;
  while (Now() < deadline) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

// Built together with the checker, whatever binaries it drives.
std::string ClockShim() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "clock_shim.so";
}

bool Fail(const std::string& problem) {
  std::cerr << "error: " << problem << "\n";
  return false;
}

}  // namespace

Fleet::Fleet(FleetOptions options) : options_(std::move(options)) {
  site_.api_port = FreePort();
  feed_port_ = FreePort();
  server_ = NewServer();
}

Fleet::~Fleet() {
  // It must not prevent the removal of the directory.
  if (options_.disk_mib != 0) umount2(data().c_str(), MNT_DETACH);
}

bool Fleet::Start() {
  // For the shim to map: no clock is moved.
  if (options_.clock_of_its_own) {
    std::ofstream(options_.directory + "/offsets") << std::string(2 * sizeof(int64_t), '\0');
  }
  if (!StartServer()) return Fail("the server does not answer: see " + server_->log());
  if (!MakePools()) return Fail("no pool or client could be made: see " + server_->log());
  for (int i = 0; i < options_.gates; ++i) {
    if (!AddGate(i))
      return Fail("gate " + std::to_string(i) + " does not start: see " + options_.directory);
  }
  return AwaitServed() || Fail("the gates do not serve: see " + options_.directory);
}

std::unique_ptr<Process> Fleet::NewServer() const {
  Command command;
  command.words = {options_.binaries + "/sallyport",
                   "serve",
                   "--data",
                   data(),
                   "--listen",
                   "127.0.0.1:" + std::to_string(site_.api_port),
                   "--feed-listen",
                   "127.0.0.1:" + std::to_string(feed_port_),
                   "--insecure-any-credentials",
                   "--no-rate-limits",
                   "--feed-ttl",
                   std::to_string(options_.ttl / kMillisecond) + "ms",
                   "--argon2-memory",
                   "64",
                   "--argon2-iterations",
                   "1"};
  command.words.insert(command.words.end(), options_.server_arguments.begin(),
                       options_.server_arguments.end());
  command.environment = options_.server_environment;
  if (options_.clock_of_its_own) {
    command.environment.emplace_back("LD_PRELOAD", ClockShim());
    command.environment.emplace_back("CLOCK_OFFSETS", options_.directory + "/offsets");
    command.environment.emplace_back("SALLYPORT_HOUSEKEEPING_SECONDS", "1");
  }
  command.log = options_.directory + "/server.log";
  return std::make_unique<Process>(std::move(command));
}

bool Fleet::StartServer() {
  server_->Start();
  return Await(kStartTimeout, [&] { return Api(site_.api_port, kSecond).Get("/healthz") == 200; });
}

bool Fleet::MakePools() {
  Api api(site_.api_port);
  for (int i = 0; i <= options_.spare_pools; ++i) {
    Client client{recorder_.NewId(), recorder_.NewId(), api.CreatePool("checker"), ""};
    if (client.pool_id.empty()) return false;
    client.client_id = api.CreateClient(client.pool_id);
    if (client.client_id.empty()) return false;
    issuers_.push_back("http://127.0.0.1:" + std::to_string(site_.api_port) + "/" + client.pool_id);
    if (i == 0) {
      site_.client = std::move(client);
    } else {
      site_.spare_pools.push_back(std::move(client));
    }
  }
  return true;
}

std::string Fleet::EnrolmentFile(int gate) const {
  return options_.directory + "/agent" + std::to_string(options_.shared_key ? 0 : gate) +
         ".enrolment";
}

bool Fleet::Enrol(int gate) const {
  const std::string file = EnrolmentFile(gate);
  if (std::filesystem::exists(file)) return true;
  Command command;
  command.words = {options_.binaries + "/sallyport",
                   "agents",
                   "add",
                   "gate" + std::to_string(gate),
                   "--data",
                   data(),
                   "--endpoint",
                   "http://127.0.0.1:" + std::to_string(site_.api_port),
                   "--out",
                   file};
  command.log = options_.directory + "/enrol.log";
  return RunToEnd(command) == 0;
}

bool Fleet::AddGate(int index) {
  Gate gate;
  gate.port = FreePort();
  gate.directory = options_.directory + "/gate" + std::to_string(index);
  std::filesystem::create_directories(gate.directory);
  gate.link = std::make_unique<Link>(feed_port_);

  if (!Enrol(index)) return false;
  Command agent;
  agent.words = {options_.binaries + "/sallyport",
                 "agent",
                 "--server",
                 "127.0.0.1:" + std::to_string(gate.link->port()),
                 "--enrolment",
                 EnrolmentFile(index),
                 "--replica",
                 gate.directory + "/replica"};
  agent.environment = options_.agent_environment;
  agent.log = gate.directory + "/agent.log";
  gate.agent = std::make_unique<Process>(std::move(agent));

  gate.nginx = std::make_unique<Process>(NginxOf({.binaries = options_.binaries,
                                                  .directory = gate.directory,
                                                  .port = gate.port,
                                                  .upstream_port = upstream_.port(),
                                                  .issuers = issuers_,
                                                  .stream_recheck = options_.stream_recheck,
                                                  .environment = options_.gate_environment}));

  site_.gate_ports.push_back(gate.port);
  gates_.push_back(std::move(gate));
  gates_.back().agent->Start();
  return StartNginx(index);
}

bool Fleet::StartNginx(int gate) {
  nginx(gate).Start();
  return Await(kStartTimeout, [&] { return HttpClient(site_.gate_ports[gate]).Connect(); });
}

bool Fleet::AwaitServed() {
  Revoker revoker(recorder_, site_, 0);
  const std::optional<Family> family = revoker.SignIn();
  if (!family) return false;
  for (const uint16_t port : site_.gate_ports) {
    const std::string request = GateRequest("GET", "/access", family->access.jwt, 0) + "\r\n";
    int served_in_a_row = 0;
    const bool served = Await(kStartTimeout, [&] {
      const bool ok = HttpClient(port).Exchange(request, 5 * kSecond).status == 200;
      served_in_a_row = ok ? served_in_a_row + 1 : 0;
      return served_in_a_row == options_.served_in_a_row;
    });
    if (!served) return false;
  }
  return true;
}

bool Fleet::MakeDisk() {
  if (options_.disk_mib == 0) return true;
  std::filesystem::create_directories(data());
  const std::string size = "mode=700,size=" + std::to_string(options_.disk_mib) + "m";
  return unshare(CLONE_NEWNS) == 0 &&
         mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("tmpfs", data().c_str(), "tmpfs", 0, size.c_str()) == 0;
}

int Fleet::Manage(std::vector<std::string> words) {
  Command command;
  command.words = std::move(words);
  command.words.insert(command.words.begin(), options_.binaries + "/sallyport");
  command.log = options_.directory + "/manage.log";
  return RunToEnd(command);
}

int Fleet::Recover() {
  Command command = server_->command();
  command.words[1] = "recover";
  command.log = options_.directory + "/recover.log";
  return RunToEnd(command);
}

}  // namespace sallyport::history
