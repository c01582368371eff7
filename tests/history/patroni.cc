#include "patroni.h"

#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>
#include <vector>

#include "http_client.h"

namespace sallyport::history {
namespace {

namespace fs = std::filesystem;

constexpr Nanos kMadeWithin = 120 * kSecond;
constexpr uint16_t kRestPort = 8008;
constexpr const char* kPrograms = "/usr/lib/postgresql/15/bin";
constexpr const char* kOwner = "postgres";

// PostgreSQL refuses to be root.
std::vector<std::string> AsOwner(std::vector<std::string> words) {
  std::vector<std::string> all = {"setpriv",        "--reuid",     kOwner, "--regid", kOwner,
                                  "--clear-groups", "--pdeathsig", "KILL", "--"};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

// Built together with the checker.
std::string CommonSettings() {
  return fs::read_symlink("/proc/self/exe").parent_path() / "patroni.yml";
}

void Sleep(Nanos nanos) {
  std::this_thread::sleep_for(std::chrono::nanoseconds(nanos));
}

std::string NameOf(int node) {
  return "node" + std::to_string(node);
}

}  // namespace

bool Patroni::Installed() {
  return fs::exists("/usr/bin/patroni") && fs::exists("/usr/bin/etcd") && fs::exists(kPrograms);
}

Patroni::Patroni(std::string directory, const Network& network, int etcd_host, int first_host)
    : directory_(std::move(directory)), network_(network), first_host_(first_host) {
  const std::string etcd_url = "http://" + Network::AddressOf(etcd_host) + ":2379";
  const std::string peer_url = "http://" + Network::AddressOf(etcd_host) + ":2380";
  Command etcd;
  etcd.words = AsOwner({"etcd", "--name", "etcd", "--data-dir", directory_ + "/etcd",
                        "--listen-client-urls", etcd_url, "--advertise-client-urls", etcd_url,
                        "--listen-peer-urls", peer_url, "--initial-advertise-peer-urls", peer_url,
                        "--initial-cluster", "etcd=" + peer_url, "--enable-v2"});
  etcd.log = directory_ + "/etcd.log";
  etcd.network = network.NamespaceOf(etcd_host);
  etcd_ = std::make_unique<Process>(std::move(etcd));

  for (int i = 0; i < kNodes; ++i) {
    const std::string address = Network::AddressOf(host(i));
    Command node;
    // All of a node's processes are in a namespace that ends with its first one, as a host does.
    node.words = {"unshare", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"};
    const std::vector<std::string> patroni = AsOwner({"patroni", CommonSettings()});
    node.words.insert(node.words.end(), patroni.begin(), patroni.end());
    node.environment = {
        {"PATRONI_SCOPE", "sallyport"},
        {"PATRONI_NAME", NameOf(i)},
        {"PATRONI_ETCD_HOST", Network::AddressOf(etcd_host) + ":2379"},
        {"PATRONI_RESTAPI_CONNECT_ADDRESS", address + ":" + std::to_string(kRestPort)},
        {"PATRONI_POSTGRESQL_CONNECT_ADDRESS", address + ":5432"},
        {"PATRONI_POSTGRESQL_DATA_DIR", directory_ + "/" + NameOf(i)},
        {"PATRONI_POSTGRESQL_BIN_DIR", kPrograms},
        {"PATRONI_POSTGRESQL_PGPASS", directory_ + "/pgpass" + std::to_string(i)}};
    node.log = directory_ + "/" + NameOf(i) + ".log";
    node.network = network.NamespaceOf(host(i));
    nodes_[i] = std::make_unique<Process>(std::move(node));
  }
}

bool Patroni::Make() {
  fs::create_directories(directory_);
  const passwd* owner = getpwnam(kOwner);
  if (owner == nullptr || chown(directory_.c_str(), owner->pw_uid, owner->pw_gid) != 0) {
    return false;
  }
  fs::permissions(fs::path(directory_).parent_path(), fs::perms::others_exec,
                  fs::perm_options::add);
  etcd_->Start();
  for (auto& node : nodes_) node->Start();
  if (!AwaitWhole(kMadeWithin)) return false;
  return Ask(Leader(), "CREATE DATABASE sallyport").has_value();
}

int Patroni::StatusOf(int number, const std::string& request) const {
  HttpClient client(Endpoint(kRestPort, network_.NamespaceOf(host(number))));
  return client.Exchange(request, kSecond).status;
}

bool Patroni::Says(int number, const std::string& path) const {
  return StatusOf(number, "GET " + path + " HTTP/1.1\r\nHost: node\r\n\r\n") == 200;
}

int Patroni::Leader() const {
  for (int i = 0; i < kNodes; ++i) {
    if (Says(i, "/primary")) return i;
  }
  return kNobody;
}

int Patroni::SynchronousStandby() const {
  for (int i = 0; i < kNodes; ++i) {
    if (Says(i, "/synchronous")) return i;
  }
  return kNobody;
}

bool Patroni::AwaitWhole(Nanos timeout) {
  const Nanos deadline = Now() + timeout;
  while (Now() < deadline) {
    const int leader = Leader();
    const bool agreed = leader != kNobody && SynchronousStandby() != kNobody;
    const std::optional<std::string> followers =
        agreed ? Ask(leader, "SELECT count(*) FROM pg_stat_replication WHERE state='streaming'")
               : std::nullopt;
    if (followers && *followers == std::to_string(kNodes - 1)) return true;
    Sleep(200 * kMillisecond);
  }
  return false;
}

int Patroni::AwaitLeaderOtherThan(int node, Nanos timeout) const {
  const Nanos deadline = Now() + timeout;
  while (Now() < deadline) {
    for (int i = 0; i < kNodes; ++i) {
      if (i == node) continue;
      const std::optional<std::string> follows = Ask(i, "SELECT pg_is_in_recovery()");
      if (follows && *follows == "f") return i;
    }
    Sleep(100 * kMillisecond);
  }
  return kNobody;
}

std::string Patroni::url() const {
  std::string hosts;
  for (int i = 0; i < kNodes; ++i) hosts += (i == 0 ? "" : ",") + Network::AddressOf(host(i));
  return "postgresql://sallyport@" + hosts + "/sallyport?sslmode=disable";
}

std::optional<std::string> Patroni::Ask(int number, const std::string& sql,
                                        const std::string& database) const {
  if (number == kNobody) return std::nullopt;
  const std::string answer = directory_ + "/answer";
  std::error_code none;
  fs::remove(answer, none);
  Command psql;
  psql.words = {std::string(kPrograms) + "/psql",
                "-h",
                "127.0.0.1",
                "-U",
                "sallyport",
                "-d",
                database,
                "-v",
                "ON_ERROR_STOP=1",
                "-qAtc",
                sql};
  psql.environment = {{"PGCONNECT_TIMEOUT", "2"}, {"PGOPTIONS", "-c statement_timeout=5000"}};
  psql.log = answer;
  psql.network = network_.NamespaceOf(host(number));
  if (RunToEnd(psql) != 0) return std::nullopt;
  std::ifstream file(answer);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

bool Patroni::Configure(const std::string& change) const {
  const int leader = Leader();
  return leader != kNobody &&
         StatusOf(leader,
                  "PATCH /config HTTP/1.1\r\nHost: node\r\nContent-Type: "
                  "application/json\r\nContent-Length: " +
                      std::to_string(change.size()) + "\r\n\r\n" + change) == 200;
}

}  // namespace sallyport::history
