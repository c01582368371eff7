// What the command `sallyport agent` runs: an Agent, only what runs beside one, or the question for
// an Agent's status.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <string>
#include <utility>

#include "agent/agent.h"
#include "agent/local_endpoints.h"
#include "agent/report.h"
#include "agent/signals.h"
#include "base/log.h"

namespace sallyport::agent {

namespace asio = boost::asio;

namespace {

int FailToStart(const base::Error& error) {
  std::fprintf(stderr, "sallyport agent: %s\n",
               (error.cause.empty() ? error.message : error.cause).c_str());
  return 1;
}

}  // namespace

int RunAgent(const Options& options, Companion* companion) {
  asio::io_context io(1);
  Options with_companion = options;
  if (companion) with_companion.more_metrics = [companion] { return companion->Metrics(); };
  auto agent = Agent::Start(io, std::move(with_companion), base::SystemClock::Get());
  if (!agent) return FailToStart(agent.error());
  if (companion) {
    if (const base::Status started = companion->Start(); !started) {
      return FailToStart(started.error());
    }
  }
  const Signals signals(
      io, [&] { (*agent)->Stop(); },
      [&] {
        (*agent)->Reload();
        if (companion) companion->Reload();
      });
  base::LogInfo("agent started",
                {{"enrolment", options.enrolment_file}, {"replica", options.replica_path}});
  io.run();
  if (companion) companion->Stop();
  base::LogInfo("agent stopped", {});
  return 0;
}

int RunCompanion(const std::string& metrics_listen, Companion& companion) {
  asio::io_context io(1);
  if (!metrics_listen.empty()) {
    auto acceptor = ListenTcp(io, metrics_listen);
    if (!acceptor) return FailToStart(acceptor.error());
    HttpTexts texts{[&companion] { return companion.Metrics(); },
                    [&companion] { return companion.Problems(); }};
    asio::co_spawn(io, ServeMetrics(std::move(acceptor).value(), std::move(texts)), asio::detached);
  }
  if (const base::Status started = companion.Start(); !started) {
    return FailToStart(started.error());
  }
  // What waits for signals keeps `io` at work.
  const Signals signals(
      io, [] {}, [&companion] { companion.Reload(); });
  base::LogInfo("agent started without a server", {});
  io.run();
  companion.Stop();
  base::LogInfo("agent stopped", {});
  return 0;
}

int RunAgentStatus(const Options& options) {
  const auto status = ReadStatus(StatusSocketOf(options.replica_path));
  if (!status) {
    std::fprintf(stderr, "sallyport agent --status: no agent answers there: %s\n",
                 status.error().message.c_str());
    return 2;
  }
  std::fputs(status->c_str(), stdout);
  return IsHealthy(*status) ? 0 : 1;
}

}  // namespace sallyport::agent
