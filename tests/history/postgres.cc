#include "postgres.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include "http_client.h"

namespace sallyport::history {
namespace {

namespace fs = std::filesystem;

constexpr Nanos kStartTimeout = 60 * kSecond;
constexpr const char* kOwner = "postgres";

// "" where none is installed.
std::string Programs() {
  std::string newest;
  std::error_code none;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", none)) {
    newest = std::max(newest, (version.path() / "bin").string());
  }
  return newest;
}

}  // namespace

Postgres::Postgres(std::string directory, int network, std::string address)
    : directory_(std::move(directory)),
      network_(network),
      address_(std::move(address)),
      programs_(Programs()) {
  process_ = std::make_unique<Process>(CommandOf(
      {programs_ + "/postgres", "-D", directory_ + "/data", "-k", directory_, "-c",
       "listen_addresses=" + address_, "-c", "max_connections=200", "-c", "shared_buffers=64MB"}));
}

// It refuses to be root.
Command Postgres::CommandOf(std::vector<std::string> words) const {
  Command command;
  if (geteuid() == 0) {
    command.words = {"setpriv",        "--reuid",     kOwner, "--regid", kOwner,
                     "--clear-groups", "--pdeathsig", "KILL", "--"};
  }
  command.words.insert(command.words.end(), words.begin(), words.end());
  command.log = directory_ + "/log";
  command.network = network_;
  return command;
}

bool Postgres::Make() {
  if (programs_.empty()) return false;
  fs::create_directories(directory_);
  if (geteuid() == 0) {
    const passwd* owner = getpwnam(kOwner);
    if (owner == nullptr || chown(directory_.c_str(), owner->pw_uid, owner->pw_gid) != 0) {
      return false;
    }
    // Whoever runs PostgreSQL must reach its directory.
    fs::permissions(fs::path(directory_).parent_path(), fs::perms::others_exec,
                    fs::perm_options::add);
  }
  const bool made =
      RunToEnd(CommandOf({programs_ + "/initdb", "-D", directory_ + "/data", "-U", "sallyport",
                          "-A", "trust", "-E", "UTF8", "--locale=C", "-N"})) == 0;
  if (!made) return false;
  std::ofstream(directory_ + "/data/pg_hba.conf", std::ios::app)
      << "host all all 10.91.0.0/24 trust\n";
  return Start() && RunToEnd(CommandOf({programs_ + "/createdb", "-h", directory_, "-U",
                                        "sallyport", "sallyport"})) == 0;
}

bool Postgres::Start() {
  process_->Start();
  const Nanos deadline = Now() + kStartTimeout;
  while (Now() < deadline) {
    if (Answers()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

bool Postgres::Answers() const {
  return RunToEnd(CommandOf({programs_ + "/pg_isready", "-q", "-h", directory_})) == 0;
}

std::string Postgres::url() const {
  return "postgresql://sallyport@" + address_ + "/sallyport?sslmode=disable";
}

bool Postgres::Run(const std::string& sql) const {
  return RunToEnd(CommandOf({programs_ + "/psql", "-h", directory_, "-U", "sallyport", "-d",
                             "sallyport", "-v", "ON_ERROR_STOP=1", "-Atc", sql})) == 0;
}

}  // namespace sallyport::history
