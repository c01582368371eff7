// A PostgreSQL server of the test's own, in a temporary directory, on a Unix socket.
#pragma once

#include <sys/types.h>

#include <string>

#include "backend.h"

namespace sallyport::store {

class PostgresServer {
 public:
  // Made and started when it is first asked for; goes with the process. Its data are those of an
  // unprivileged user where the test is root's.
  static PostgresServer& Get();

  // What OpenPostgres takes.
  std::string AddressOf(const std::string& database) const { return At(directory_, database); }
  // The same by a socket in another directory.
  static std::string At(const std::string& directory, const std::string& database);
  // The path of the server's socket, and of one in another directory.
  std::string socket() const { return SocketIn(directory_); }
  static std::string SocketIn(const std::string& directory);
  // Runs SQL as an operator would; the first column of the first row.
  std::string Run(const std::string& database, const std::string& sql);

  void Start();
  // SIGINT: at once and in order. SIGKILL: as a crash.
  void Stop(int signal);

 private:
  PostgresServer();
  ~PostgresServer();

  std::string directory_;
  pid_t process_ = -1;
};

// An empty database of the server's, for a while: making one takes long, so it is emptied and given
// to the next.
class TestDatabase {
 public:
  TestDatabase();
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const std::string& name() const { return name_; }
  std::string address() const { return PostgresServer::Get().AddressOf(name_); }

 private:
  std::string name_;
};

}  // namespace sallyport::store
