#include "server.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace sallyport::store {
namespace {

constexpr char kUser[] = "sallyport";

[[noreturn]] void Give(const std::string& why) {
  std::fprintf(stderr, "the test's PostgreSQL: %s\n", why.c_str());
  std::abort();
}

// The newest that is installed.
std::string Programs() {
  std::string newest;
  std::error_code none;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", none)) {
    const std::string path = version.path() / "bin";
    if (std::filesystem::exists(path + "/initdb") && path > newest) newest = path;
  }
  if (newest.empty()) Give("none is installed (postgresql-15)");
  return newest + "/";
}

// Whom PostgreSQL runs as: it refuses to be root.
const passwd* Unprivileged() {
  if (geteuid() != 0) return nullptr;
  for (const char* name : {"postgres", "nobody"}) {
    if (const passwd* user = getpwnam(name)) return user;
  }
  Give("there is no user that it could run as");
}

pid_t Spawn(const std::vector<std::string>& words, const std::string& log) {
  const passwd* const user = Unprivileged();
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t process = fork();
  if (process != 0) return process;
  const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  dup2(file, STDOUT_FILENO);
  dup2(file, STDERR_FILENO);
  close(file);
  if (user != nullptr && (setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) _exit(126);
  // It ends with the test, however that ends.
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  execv(arguments[0], arguments.data());
  _exit(127);
}

using Handle = std::unique_ptr<PGconn, decltype(&PQfinish)>;

}  // namespace

PostgresServer& PostgresServer::Get() {
  static PostgresServer server;
  return server;
}

PostgresServer::PostgresServer() {
  std::string path = (std::filesystem::temp_directory_path() / "sallyport-pg-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) Give("no directory can be made");
  directory_ = path;
  if (const passwd* user = Unprivileged()) {
    if (chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) Give("chown");
  }
  const pid_t made = Spawn({Programs() + "initdb", "-D", directory_ + "/data", "-U", kUser, "-A",
                            "trust", "-E", "UTF8", "--locale=C", "-N"},
                           directory_ + "/log");
  int status = 0;
  waitpid(made, &status, 0);
  if (status != 0) Give("initdb has failed: " + directory_ + "/log");
  Start();
}

PostgresServer::~PostgresServer() {
  Stop(SIGINT);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void PostgresServer::Start() {
  process_ = Spawn({Programs() + "postgres", "-D", directory_ + "/data", "-k", directory_, "-c",
                    "listen_addresses=", "-c", "max_connections=200", "-c", "shared_buffers=32MB"},
                   directory_ + "/log");
  const std::string address = AddressOf("postgres");
  for (int i = 0; i < 600; ++i) {
    if (PQping(address.c_str()) == PQPING_OK) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  Give("it does not start: " + directory_ + "/log");
}

void PostgresServer::Stop(int signal) {
  if (process_ < 0) return;
  kill(process_, signal);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

std::string PostgresServer::At(const std::string& directory, const std::string& database) {
  return "postgresql://" + std::string(kUser) + "@/" + database + "?host=" + directory;
}

std::string PostgresServer::SocketIn(const std::string& directory) {
  return directory + "/.s.PGSQL.5432";
}

std::string PostgresServer::Run(const std::string& database, const std::string& sql) {
  const Handle connection(PQconnectdb(AddressOf(database).c_str()), PQfinish);
  PQsetNoticeReceiver(
      connection.get(), [](void*, const PGresult*) {}, nullptr);
  PGresult* const result = PQexec(connection.get(), sql.c_str());
  const ExecStatusType status = PQresultStatus(result);
  const bool done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
  const std::string value = PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
  PQclear(result);
  if (!done) throw std::runtime_error(sql + ": " + PQerrorMessage(connection.get()));
  return value;
}

namespace {

// Those that nobody has.
std::vector<std::string>& FreeDatabases() {
  static std::vector<std::string> names;
  return names;
}

}  // namespace

TestDatabase::TestDatabase() {
  static int made = 0;
  if (FreeDatabases().empty()) {
    name_ = "d" + std::to_string(++made);
    PostgresServer::Get().Run("postgres", "CREATE DATABASE " + name_);
    return;
  }
  name_ = FreeDatabases().back();
  FreeDatabases().pop_back();
}

TestDatabase::~TestDatabase() {
  PostgresServer::Get().Run(name_, "DROP SCHEMA IF EXISTS sallyport CASCADE");
  FreeDatabases().push_back(name_);
}

}  // namespace sallyport::store
