#include "process.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace sallyport::history {
namespace {

constexpr auto kTick = std::chrono::milliseconds(1);

// Read by a signal handler: a fixed array of atomics.
std::array<std::atomic<pid_t>, 64> g_groups;

void Remember(pid_t group) {
  for (auto& place : g_groups) {
    pid_t empty = 0;
    if (place.compare_exchange_strong(empty, group)) return;
  }
}

void Forget(pid_t group) {
  for (auto& place : g_groups) {
    pid_t expected = group;
    if (place.compare_exchange_strong(expected, 0)) return;
  }
}

void EndGroups(int) {
  for (const auto& place : g_groups) {
    if (const pid_t group = place; group > 0) kill(-group, SIGKILL);
  }
  _exit(130);
}

pid_t Spawn(const Command& command) {
  std::vector<char*> words;
  for (const std::string& word : command.words) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  std::vector<std::string> added;
  for (const auto& [name, value] : command.environment) added.push_back(name + "=" + value);
  std::vector<char*> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
  for (std::string& entry : added) environment.push_back(entry.data());
  environment.push_back(nullptr);
  const int log = open(command.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

  const pid_t pid = fork();
  if (pid != 0) {
    close(log);
    return pid;
  }
  // The child of a process with threads may make only async-signal-safe calls.
  setpgid(0, 0);
  if (command.network >= 0 && setns(command.network, CLONE_NEWNET) != 0) _exit(126);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execvpe(words[0], words.data(), environment.data());
  _exit(127);
}

// "T" stopped, "Z" dead but not waited for, "" gone.
std::string StateOf(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), std::istreambuf_iterator<char>());
  const size_t end = text.rfind(')');
  return end == std::string::npos ? "" : text.substr(end + 2, 1);
}

std::vector<pid_t> ChildrenOf(pid_t pid) {
  const std::string id = std::to_string(pid);
  std::vector<pid_t> children;
  // Each thread has its own.
  std::error_code none;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + id + "/task", none)) {
    std::ifstream list(task.path() / "children");
    for (pid_t child = 0; list >> child;) children.push_back(child);
  }
  return children;
}

// Its children, theirs, and so on.
std::vector<pid_t> DescendantsOf(pid_t pid) {
  std::vector<pid_t> all = ChildrenOf(pid);
  for (size_t i = 0; i < all.size(); ++i) {
    const std::vector<pid_t> more = ChildrenOf(all[i]);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

bool Gone(pid_t pid) {
  const std::string state = StateOf(pid);
  return state.empty() || state == "Z" || state == "X";
}

}  // namespace

void Process::Start() {
  Kill();
  pid_ = Spawn(command_);
  setpgid(pid_, pid_);
  Remember(pid_);
}

void Process::Kill() {
  if (pid_ <= 0) return;
  const std::vector<pid_t> descendants = DescendantsOf(pid_);
  kill(-pid_, SIGKILL);
  for (const pid_t descendant : descendants) kill(descendant, SIGKILL);
  waitpid(pid_, nullptr, 0);
  for (const pid_t child : descendants) {
    while (!Gone(child)) std::this_thread::sleep_for(kTick);
  }
  Forget(pid_);
  pid_ = -1;
  stopped_.clear();
}

bool Process::Terminate(int with) {
  if (pid_ <= 0) return false;
  kill(pid_, with);
  int status = -1;
  for (int i = 0; i < 15000; ++i) {
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      kill(-pid_, SIGKILL);
      Forget(pid_);
      pid_ = -1;
      return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    std::this_thread::sleep_for(kTick);
  }
  Kill();
  return false;
}

bool Process::running() {
  return pid_ > 0 && !Gone(pid_);
}

void Process::StopAndAwait(pid_t pid) {
  kill(pid, SIGSTOP);
  while (StateOf(pid) != "T" && !Gone(pid)) std::this_thread::sleep_for(kTick);
  stopped_.push_back(pid);
}

// Who has stopped makes no more children.
void Process::Stop(Whom whom) {
  stopped_.clear();
  if (whom == Whom::kChildren) {
    for (const pid_t child : ChildrenOf(pid_)) StopAndAwait(child);
    return;
  }
  StopAndAwait(pid_);
  if (whom == Whom::kLeader) return;
  for (size_t i = 0; i < stopped_.size(); ++i) {
    for (const pid_t child : ChildrenOf(stopped_[i])) StopAndAwait(child);
  }
}

void Process::StopNamed(const std::string& name) {
  stopped_.clear();
  for (const pid_t pid : Named(name)) StopAndAwait(pid);
}

void Process::KillNamed(const std::string& name) {
  const std::vector<pid_t> named = Named(name);
  for (const pid_t pid : named) kill(pid, SIGKILL);
  for (const pid_t pid : named) {
    while (!Gone(pid)) std::this_thread::sleep_for(kTick);
  }
}

std::vector<pid_t> Process::Named(const std::string& name) const {
  std::vector<pid_t> named = DescendantsOf(pid_);
  std::erase_if(named, [&](pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
    std::string text;
    std::getline(file, text);
    return text != name;
  });
  return named;
}

void Process::Continue() {
  for (const pid_t pid : stopped_) kill(pid, SIGCONT);
  stopped_.clear();
}

int RunToEnd(const Command& command) {
  int status = -1;
  waitpid(Spawn(command), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void EndGroupsOnSignals() {
  std::signal(SIGINT, EndGroups);
  std::signal(SIGTERM, EndGroups);
}

}  // namespace sallyport::history
