#include "agent/agent.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "ext_authz/server.h"
#include "main/authorize_settings.h"
#include "main/commands.h"
#include "main/settings.h"

namespace sallyport::main {
namespace {

struct AgentSettings {
  agent::Options options;
  ext_authz::Options authorize;
  std::string config;
  std::string log_file;
  bool status = false;
  bool help = false;
};

SettingTable AgentTable(AgentSettings& s) {
  SettingTable table = {
      TextSetting("config", "FILE", "A TOML file with settings.", &s.config),
      TextSetting("enrolment", "FILE",
                  "The file that enrols this agent, made by `sallyport agents add` on the server.",
                  &s.options.enrolment_file),
      ListSetting(
          "server", "HOST:PORT",
          "Where the server's feed is; several servers of one store, or a name with several "
          "addresses. Default: what the enrolment file says.",
          &s.options.servers),
      TextSetting("replica", "FILE", "The Replica, which this agent writes and gates read.",
                  &s.options.replica_path),
  };
  std::ranges::move(AuthorizeTable(s.authorize), std::back_inserter(table));
  std::ranges::move(
      SettingTable{
          TextSetting("metrics-listen", "HOST:PORT", "Where to answer GET /metrics and /healthz.",
                      &s.options.metrics_listen),
          TextSetting("log-file", "FILE",
                      "Where to log instead of standard error. SIGHUP opens it again.",
                      &s.log_file),
          SwitchSetting("status", "Show the state of the agent that writes --replica.", &s.status),
          SwitchSetting("help", "Show this.", &s.help),
      },
      std::back_inserter(table));
  return table;
}

// The agent's process answers proxies, too.
class Authorizing final : public agent::Companion {
 public:
  Authorizing(ext_authz::Options options, const std::string& replica_path)
      : options_(std::move(options)) {
    options_.replica_path = replica_path;
    options_.replica_owner = geteuid();
  }

  base::Status Start() override {
    SALLYPORT_ASSIGN(server_, ext_authz::Server::Start(options_, base::SystemClock::Get()));
    return {};
  }
  void Stop() override { server_.reset(); }
  void Reload() override { server_->Reload(); }
  std::string Metrics() const override { return server_->Metrics(); }
  std::string Problems() const override { return server_->Problems(); }

 private:
  ext_authz::Options options_;
  std::unique_ptr<ext_authz::Server> server_;
};

// Whether it is the command line of an older agent, which is then told what to do.
bool UsesToken(const std::vector<std::string>& arguments) {
  return std::any_of(arguments.begin(), arguments.end(), [](const std::string& argument) {
    return argument == "--token-file" || argument.starts_with("--token-file=");
  });
}

}  // namespace

SettingTable AgentFlags() {
  AgentSettings settings;
  return Described(AgentTable(settings));
}

int RunAgent(const std::vector<std::string>& arguments) {
  AgentSettings settings;
  const SettingTable table = AgentTable(settings);
  if (UsesToken(arguments)) {
    return Fail(
        "agent: --token-file belongs to agents of the feed's version 1: now each agent has a key "
        "of its own. `sallyport agents add NAME` on the server makes a file, which is given here "
        "as --enrolment FILE (docs/guide/upgrade.md)");
  }
  if (const auto applied = ApplySettings(table, arguments, getenv); !applied) {
    return Fail(applied.error().message);
  }
  if (settings.help) {
    fmt::print("{}", HelpText("sallyport agent [--status] [flags]",
                              "Follows a server's revocations and maintains the Replica by which "
                              "this host's gates decide.",
                              table));
    return 0;
  }
  if (settings.status) return agent::RunAgentStatus(settings.options);
  const auto is_authorizing = IsAuthorizing(settings.authorize);
  if (!is_authorizing) return Fail(is_authorizing.error().message);
  const bool is_alone = settings.options.enrolment_file.empty();
  if (is_alone && (!*is_authorizing || !settings.options.servers.empty())) {
    return Fail(
        "agent: --enrolment is missing: `sallyport agents add NAME` on the server makes it");
  }
  if (const auto opened = base::LogToFile(settings.log_file); !opened) {
    return Fail(opened.error().message);
  }
  if (!*is_authorizing) return agent::RunAgent(settings.options);
  if (is_alone) {
    Authorizing authorizing(std::move(settings.authorize), {});
    return agent::RunCompanion(settings.options.metrics_listen, authorizing);
  }
  Authorizing authorizing(std::move(settings.authorize), settings.options.replica_path);
  return agent::RunAgent(settings.options, &authorizing);
}

}  // namespace sallyport::main
