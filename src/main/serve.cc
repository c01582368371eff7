// `sallyport serve`: the steps of a start and of an end.
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

// Where the limit cannot be read.
constexpr size_t kFewDescriptors = 1024;

// Idle memory small: few arenas, and large blocks (Argon2id's) go back to the kernel when freed.
void BoundMemory() {
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024);
  mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
}

// How many descriptors there may be, now that the limit is raised.
size_t RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kFewDescriptors;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : kFewDescriptors;
}

// SIGTERM, SIGINT and SIGHUP come to Next() alone. Made before any thread.
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
  // Waits for one.
  int Next() const {
    int received = 0;
    sigwait(&set_, &received);
    return received;
  }

 private:
  sigset_t set_{};
};

// From the settings to the end of the process.
base::Status Run(const ServeSettings& settings, size_t descriptors, const Signals& signals) {
  // 1. What the settings name is opened and read: store, keys, secrets. Each can refuse the start.
  SALLYPORT_ASSIGN(Opened opened, Open(settings));
  // 2. The addresses are bound. Nobody is answered yet.
  SALLYPORT_ASSIGN(http::Bound bound, http::Bind(*opened.context, {.listen = settings.listen,
                                                                   .tls_cert = settings.tls_cert,
                                                                   .tls_key = settings.tls_key}));
  SALLYPORT_ASSIGN(http::Bound operators,
                   http::Bind(*opened.context,
                              {.listen = settings.operator_listen, .tls_cert = {}, .tls_key = {}}));
  // 3. The parts are made, each with those that it uses.
  ServerParts parts(settings, descriptors, std::move(opened), std::move(bound),
                    std::move(operators));
  SALLYPORT_TRY(parts.BindFeed());
  // 4. What has to be true of the store before anything is signed or released.
  SALLYPORT_TRY(parts.MakeReady());
  // 5. Calls and agents are answered, until a signal. One of them says to read files again.
  parts.Start();
  while (signals.Next() == SIGHUP) parts.Reload();
  // 6. Calls under way end, then the agents' connections, then what runs beside them.
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
