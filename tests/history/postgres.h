// Postgres: a PostgreSQL of the run's own, on a host of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "process.h"

namespace sallyport::history {

class Postgres {
 public:
  // `directory` is made; `network` and `address` are those of its host. Clients come from
  // 10.91.0.0/24 and need no password.
  Postgres(std::string directory, int network, std::string address);

  // Makes the database and starts it. False: it does not answer.
  bool Make();
  // Returns once it answers. False: it does not.
  bool Start();
  // All its processes: SIGKILL, SIGSTOP, SIGCONT.
  void Kill() { process_->Kill(); }
  void Stop() { process_->Stop(Process::Whom::kAll); }
  void Continue() { process_->Continue(); }
  // A restart that waits for no client.
  bool End() { return process_->Terminate(SIGINT); }

  std::string url() const;
  // One statement, as its administrator. False: it failed.
  bool Run(const std::string& sql) const;

 private:
  Command CommandOf(std::vector<std::string> words) const;
  bool Answers() const;

  const std::string directory_;
  const int network_;
  const std::string address_;
  std::string programs_;
  std::unique_ptr<Process> process_;
};

}  // namespace sallyport::history
