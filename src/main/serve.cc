// `sallyport serve`: the steps of starting and stopping a server.
#include <fmt/format.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <utility>

#include "base/log.h"
#include "main/commands.h"
#include "main/serve_settings.h"
#include "main/server_parts.h"

namespace sallyport::main {
namespace {

// Used where the limit cannot be read.
constexpr size_t kFewDescriptors = 1024;

// Keeps memory small while the server is idle: few arenas, and large blocks (Argon2id's) are
// returned to the kernel when they are freed.
void BoundMemory() {
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024);
  mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
}

// Raises the limit of file descriptors, and gives what it is then.
size_t RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kFewDescriptors;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : kFewDescriptors;
}

// Receives SIGTERM, SIGINT and SIGHUP, only by Next(). Must be made before any thread.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }
  // Waits for a signal.
  int Next() const {
    int received = 0;
    sigwait(&set_, &received);
    return received;
  }

 private:
  sigset_t set_{};
};

// Runs the server, from reading the settings to the end of the process.
base::Status Run(const ServeSettings& settings, size_t descriptors, const Signals& signals) {
  // 1. Open and read what the settings name: store, keys, secrets. Each may prevent the start.
  SALLYPORT_ASSIGN(Opened opened, Open(settings));
  // 2. Bind the addresses. Nobody is answered yet.
  SALLYPORT_ASSIGN(http::Bound bound, http::Bind(*opened.context, {.listen = settings.listen,
                                                                   .tls_cert = settings.tls_cert,
                                                                   .tls_key = settings.tls_key}));
  SALLYPORT_ASSIGN(http::Bound operators,
                   http::Bind(*opened.context,
                              {.listen = settings.operator_listen, .tls_cert = {}, .tls_key = {}}));
  // 3. Make the parts, each from those that it uses.
  ServerParts parts(settings, descriptors, std::move(opened), std::move(bound),
                    std::move(operators));
  SALLYPORT_TRY(parts.BindFeed());
  // 4. Establish what must be true of the store before anything is signed or released.
  SALLYPORT_TRY(parts.MakeReady());
  // 5. Answer calls and agents, until a signal. SIGHUP only reads files again.
  parts.Start();
  while (signals.Next() == SIGHUP) parts.Reload();
  // 6. End the calls under way, then the agents' connections, then what runs beside them.
  base::LogInfo("stopping");
  parts.Stop();
  base::LogInfo("stopped");
  return {};
}

}  // namespace

SettingTable ServeFlags() {
  ServeSettings settings;
  return Described(ServeTable(settings));
}

int Serve(const std::vector<std::string>& arguments) {
  ServeSettings settings;
  const SettingTable table = ServeTable(settings);
  if (const auto applied = ApplySettings(table, arguments, getenv); !applied) {
    return Fail(applied.error().message);
  }
  if (settings.help) {
    fmt::print("{}", HelpText("sallyport serve [flags]",
                              "The user pool server: Amazon Cognito's API, and the feed of "
                              "revocations for agents.",
                              table));
    return 0;
  }
  if (const auto checked = CheckServeSettings(settings); !checked) {
    return Fail(checked.error().message);
  }
  base::SetLogLevel(LogLevelName(settings.log_level));
  umask(0077);
  if (const auto opened = base::LogToFile(settings.log_file); !opened) {
    return Fail(opened.error().message);
  }
  BoundMemory();
  const size_t descriptors = RaiseFileLimit();
  const Signals signals;
  const base::Status ran = Run(settings, descriptors, signals);
  if (ran) return 0;
  const base::Error& error = ran.error();
  return Fail(error.cause.empty() ? error.message : error.message + ": " + error.cause);
}

}  // namespace sallyport::main
