// Process: a child with a log file, to be stopped, continued and killed.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <string>
#include <utility>
#include <vector>

namespace sallyport::history {

using Environment = std::vector<std::pair<std::string, std::string>>;

struct Command {
  std::vector<std::string> words;
  Environment environment;  // added
  std::string log;          // appended to
  int network = -1;         // a namespace (Network::NamespaceOf); -1: the checker's
};

// Leads a process group of its own, which gets SIGKILL when this is destroyed. Start it only from
// the main thread, because a child dies with the thread that started it.
class Process {
 public:
  explicit Process(Command command) : command_(std::move(command)) {}
  ~Process() { Kill(); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void Start();
  // SIGKILL to the whole group, and to children that have groups of their own; returns once the
  // leader and its children are gone.
  void Kill();
  // A signal to the leader, and SIGKILL to the group after 15 s. True: it ended with exit code 0.
  bool Terminate(int with = SIGTERM);
  bool running();
  const std::string& log() const { return command_.log; }
  const Command& command() const { return command_; }

  enum class Whom { kLeader, kChildren, kAll };
  // Signals to the leader, to its children (nginx's workers), or to it and all its descendants
  // (PostgreSQL). Stop returns once all of them have stopped.
  void Stop(Whom whom = Whom::kLeader);
  // The same for those of its descendants whose program has this name.
  void StopNamed(const std::string& name);
  void Continue();
  // SIGKILL to those of its descendants whose program has this name.
  void KillNamed(const std::string& name);

 private:
  void StopAndAwait(pid_t pid);
  std::vector<pid_t> Named(const std::string& name) const;

  Command command_;
  pid_t pid_ = -1;
  std::vector<pid_t> stopped_;
};

// Runs until it ends. The exit code, or -1.
int RunToEnd(const Command& command);

// SIGINT and SIGTERM to this program end all running groups too.
void EndGroupsOnSignals();

}  // namespace sallyport::history
