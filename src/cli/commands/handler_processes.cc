#include "cli/commands/handler_processes.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <utility>

#include "cli/command.h"
#include "cli/terminal/terminal.h"

namespace sallyport::cli {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kReportDescriptor = 3;
constexpr size_t kReportBytes = 36;  // an id, or spaces
constexpr milliseconds kShortestPause{200}, kLongestPause{5000};
// A process that lived longer than this did not end at once.
constexpr std::chrono::seconds kLived{10};
constexpr std::chrono::seconds kStopWait{3};

// Sets up descriptor number 3 of a child, and everything else as an interpreter expects it.
[[noreturn]] void BecomeHandler(const std::vector<char*>& arguments, int reports) {
  // The child ends with this process. It has its own process group, so that if the interpreter is
  // started by another program (such as a version manager), both get the signals that are passed
  // on.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  if (reports == kReportDescriptor) {
    fcntl(reports, F_SETFD, 0);
  } else {
    dup2(reports, kReportDescriptor);
  }
  execvp(arguments[0], arguments.data());
  _exit(127);
}

std::string HowItEnded(int status) {
  if (WIFSIGNALED(status)) return fmt::format("signal: {}", strsignal(WTERMSIG(status)));
  return fmt::format("exit status {}", WEXITSTATUS(status));
}

size_t Discard(char*, size_t size, size_t count, void*) {
  return size * count;
}

// If this does not reach the server, the event times out.
void ReportCrash(const std::string& runtime_api, const std::string& id, int status) {
  const std::string body = boost::json::serialize(boost::json::object{
      {"errorType", "Runtime.ExitError"},
      {"errorMessage",
       fmt::format("RequestId: {} Error: Runtime exited with error: {}", id, HowItEnded(status))}});
  const std::string url =
      fmt::format("http://{}/2018-06-01/runtime/invocation/{}/error", runtime_api, id);
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                 curl_easy_cleanup);
  constexpr long kMillis = 2000;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, kMillis);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, Discard);
  curl_easy_perform(curl.get());
}

// Runs one process of a handler after another.
class Slot {
 public:
  explicit Slot(const HandlerCommand& command) : command_(command) {}

  bool running() const { return pid_ > 0; }
  pid_t pid() const { return pid_; }
  Steady::time_point due() const { return due_; }

  base::Status Start() {
    reports_ = memfd_create("sallyport-hook", MFD_CLOEXEC);
    if (reports_ < 0) return Problem();
    std::vector<char*> arguments;
    for (const std::string& word : command_.arguments) {
      arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    started_ = Steady::now();
    pid_ = fork();
    if (pid_ == 0) BecomeHandler(arguments, reports_);
    if (pid_ < 0) return Problem();
    setpgid(pid_, pid_);  // whichever of the two comes first
    return {};
  }

  // Must be called when the process has ended.
  void Ended(int status, bool stopping) {
    pid_ = 0;
    const std::string id = EventInHand();
    close(reports_);
    if (!id.empty()) ReportCrash(command_.runtime_api, id, status);
    if (stopping) return;
    const auto now = Steady::now();
    pause_ = now - started_ > kLived ? kShortestPause : std::min(pause_ * 2, kLongestPause);
    due_ = now + pause_;
    Say(fmt::format("sallyport hook run: the handler's process ended ({}); the next one in {} ms",
                    HowItEnded(status), pause_.count()));
  }

 private:
  static base::Error Problem() {
    return {
        "HandlerNotStarted", fmt::format("cannot start a process: {}", std::strerror(errno)), {}};
  }

  // The process's report; empty: none.
  std::string EventInHand() const {
    char text[kReportBytes];
    if (pread(reports_, text, sizeof text, 0) != static_cast<ssize_t>(sizeof text)) return {};
    return text[0] == ' ' ? std::string() : std::string(text, sizeof text);
  }

  const HandlerCommand& command_;
  pid_t pid_ = 0;
  int reports_ = -1;
  milliseconds pause_{kShortestPause / 2};
  Steady::time_point started_;
  Steady::time_point due_{};
};

// The signals for which this process waits. They are blocked, so that none is missed.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) sigaddset(&set_, signal);
    sigprocmask(SIG_BLOCK, &set_, nullptr);
  }
  // 0: no signal came in that time.
  int Wait(milliseconds longest) const {
    const auto count = std::max<int64_t>(longest.count(), 0);
    const timespec time{static_cast<time_t>(count / 1000), (count % 1000) * 1'000'000};
    const int signal = sigtimedwait(&set_, nullptr, &time);
    return signal > 0 ? signal : 0;
  }

 private:
  sigset_t set_{};
};

class Supervisor {
 public:
  Supervisor(const HandlerCommand& command, size_t count) {
    for (size_t i = 0; i < count; ++i) slots_.push_back(std::make_unique<Slot>(command));
  }

  base::Result<int> Run() {
    for (;;) {
      SALLYPORT_TRY(StartThoseDue());
      const int signal = signals_.Wait(UntilNextDue());
      if (signal == SIGINT || signal == SIGTERM) {
        Stop(signal);
        return signal == SIGINT ? kExitInterrupted : kExitDone;
      }
      Reap(false);
    }
  }

 private:
  base::Status StartThoseDue() {
    const auto now = Steady::now();
    for (const auto& slot : slots_) {
      if (!slot->running() && slot->due() <= now) SALLYPORT_TRY(slot->Start());
    }
    return {};
  }

  milliseconds UntilNextDue() const {
    milliseconds least{60'000};
    for (const auto& slot : slots_) {
      if (slot->running()) continue;
      least = std::min(least, std::chrono::ceil<milliseconds>(slot->due() - Steady::now()));
    }
    return least;
  }

  void Reap(bool stopping) {
    int status = 0;
    for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
      for (const auto& slot : slots_) {
        if (slot->pid() == pid) slot->Ended(status, stopping);
      }
    }
  }

  bool AnyRunning() const {
    return std::any_of(slots_.begin(), slots_.end(),
                       [](const auto& slot) { return slot->running(); });
  }

  void Signal(int signal) const {
    for (const auto& slot : slots_) {
      if (slot->running()) kill(-slot->pid(), signal);
    }
  }

  void Stop(int signal) {
    Signal(signal);
    const auto until = Steady::now() + kStopWait;
    for (Reap(true); AnyRunning() && Steady::now() < until; Reap(true)) {
      signals_.Wait(std::chrono::ceil<milliseconds>(until - Steady::now()));
    }
    Signal(SIGKILL);
    for (Reap(true); AnyRunning(); Reap(true)) signals_.Wait(kShortestPause);
  }

  const Signals signals_;
  std::vector<std::unique_ptr<Slot>> slots_;
};

bool IsOnPath(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  for (;;) {
    const size_t colon = rest.find(':');
    const std::string file = fmt::format("{}/{}", rest.substr(0, colon), program);
    if (::access(file.c_str(), X_OK) == 0) return true;
    if (colon == std::string_view::npos) return false;
    rest.remove_prefix(colon + 1);
  }
}

}  // namespace

base::Result<int> RunHandlerProcesses(const HandlerCommand& command, size_t count) {
  if (!IsOnPath(command.arguments[0])) {
    return base::Error{
        "HandlerNotStarted", command.arguments[0] + " is not installed, or not on PATH", {}};
  }
  for (const std::string& variable : command.environment) {
    const size_t equals = variable.find('=');
    setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
  }
  return Supervisor(command, count).Run();
}

}  // namespace sallyport::cli
