#include "agent/agent.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "base/log.h"
#include "main/commands.h"
#include "main/settings.h"

namespace sallyport::main {
namespace {

struct AgentSettings {
  agent::Options options;
  std::string config;
  std::string log_file;
  bool status = false;
  bool help = false;
};

SettingTable AgentTable(AgentSettings& s) {
  return {
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
      TextSetting("metrics-listen", "HOST:PORT", "Where to answer GET /metrics and /healthz.",
                  &s.options.metrics_listen),
      TextSetting("log-file", "FILE",
                  "Where to log instead of standard error. SIGHUP opens it again.", &s.log_file),
      SwitchSetting("status", "Show the state of the agent that writes --replica.", &s.status),
      SwitchSetting("help", "Show this.", &s.help),
  };
}

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
  if (settings.options.enrolment_file.empty()) {
    return Fail(
        "agent: --enrolment is missing: `sallyport agents add NAME` on the server makes it");
  }
  if (const auto opened = base::LogToFile(settings.log_file); !opened) {
    return Fail(opened.error().message);
  }
  return agent::RunAgent(settings.options);
}

}  // namespace sallyport::main
