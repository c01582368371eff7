#include "agent/agent.h"

#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "main/commands.h"
#include "main/settings.h"

namespace sallyport::main {
namespace {

struct AgentSettings {
  agent::Options options;
  std::string config;
  bool status = false;
  bool help = false;
};

SettingTable AgentTable(AgentSettings& s) {
  return {
      TextSetting("config", "FILE", "A TOML file with settings.", &s.config),
      TextSetting("server", "URL",
                  "The server: https://host[:port]. Plain http only to this host, unless "
                  "--insecure-plain-feed.",
                  &s.options.server_url),
      TextSetting("token-file", "FILE", "The agent's token: the server's {data}/agent-token.",
                  &s.options.token_file),
      TextSetting("replica", "FILE", "The Replica that this agent writes and gates read.",
                  &s.options.replica_path),
      TextSetting("ca", "FILE",
                  "PEM authorities that the server's certificate must come from. Default: the "
                  "system's.",
                  &s.options.ca_file),
      TextSetting("name", "NAME", "Shown in the server's list of agents. Default: the host's name.",
                  &s.options.name),
      TextSetting("metrics-listen", "HOST:PORT", "Where to answer GET /metrics and /healthz.",
                  &s.options.metrics_listen),
      SwitchSetting("insecure-plain-feed",
                    "Take an unencrypted feed from another host, and show it the token.",
                    &s.options.insecure_plain_feed),
      SwitchSetting("status", "Show how the agent that writes --replica does.", &s.status),
      SwitchSetting("help", "Show this.", &s.help),
  };
}

}  // namespace

SettingTable AgentFlags() {
  AgentSettings settings;
  return Described(AgentTable(settings));
}

int RunAgent(const std::vector<std::string>& arguments) {
  AgentSettings settings;
  const SettingTable table = AgentTable(settings);
  if (const auto applied = ApplySettings(table, arguments, getenv); !applied) {
    return Fail(applied.error().message);
  }
  if (settings.help) {
    fmt::print("{}", HelpText("sallyport agent [--status] [flags]",
                              "Follows a server's revocations and keeps the Replica that this "
                              "host's gates decide by.",
                              table));
    return 0;
  }
  if (settings.status) return agent::RunAgentStatus(settings.options);
  if (settings.options.server_url.empty()) return Fail("agent: --server is missing");
  if (settings.options.token_file.empty()) return Fail("agent: --token-file is missing");
  return agent::RunAgent(settings.options);
}

}  // namespace sallyport::main
