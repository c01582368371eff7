// The whole table of commands, and what every row implies.
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/command_rows.h"
#include "cli/commands/agents.h"
#include "cli/commands/hook.h"
#include "cli/commands/hook_setting.h"
#include "cli/commands/keys.h"
#include "cli/commands/outbox.h"

namespace sallyport::cli {
namespace {

Flag TokenFlag(const char* name) {
  return {.name = name,
          .value = "TOKEN",
          .help =
              "The access token, instead of the one that sign-in has stored; -: read it from "
              "standard input, one line."};
}

void AddAgentCommands(Commands& table) {
  const Argument name{.name = "NAME", .help = "The agent's name: each host needs one of its own."};
  table.push_back(
      {.path = "agents add",
       .section = "Agents",
       .purpose = "Enrol an agent: make a key for it, in a file with which it is then started.",
       .details = "The file contains the key, which cannot be shown again. Copy it to the agent's "
                  "host so that nobody else can read it, with mode 0600.",
       .arguments = {name},
       .flags = {{.name = "server",
                  .value = "HOST:PORT",
                  .help = "The address at which the agent reaches the server's --feed-listen; "
                          "several are tried in turn. Default: what the server listens on.",
                  .kind = Kind::kList},
                 {.name = "out",
                  .value = "FILE",
                  .help = "The file to write. Default: NAME.enrolment in the current directory."}},
       .run = AddAgent});
  table.push_back({.path = "agents list",
                   .section = "Agents",
                   .purpose = "List the enrolled agents and their state.",
                   .run = ListAgents});
  table.push_back({.path = "agents remove",
                   .section = "Agents",
                   .purpose = "Withdraw an agent's key. When the command returns, the agent's "
                              "gates refuse every request.",
                   .arguments = {name},
                   .flags = {{.name = "yes", .help = "Do not ask."}},
                   .run = RemoveAgent});
}

void AddKeyCommands(Commands& table) {
  const Argument pool{.name = "POOL", .help = "The user pool. Default: --pool.", .optional = true};
  const char* section = "Signing keys";
  table.push_back({.path = "keys list",
                   .section = section,
                   .purpose = "List the signing keys of a user pool: their states, and when each "
                              "signs or is withdrawn.",
                   .arguments = {pool},
                   .run = ListKeys});
  table.push_back(
      {.path = "keys rotate",
       .section = section,
       .purpose = "Give a user pool a new signing key. Nobody is signed out.",
       .details =
           "The new key is published at once, and signs when every gate has it and caches "
           "of the JWK set have been renewed. The old one is withdrawn when the last token "
           "that it signed has expired. All of this happens by itself, also across restarts.",
       .arguments = {pool},
       .flags = {{.name = "compromised",
                  .help = "For keys that somebody else may have: a new one signs at once, and when "
                          "the command returns, every token that the old ones have signed is "
                          "refused everywhere."},
                 {.name = "yes", .help = "Do not ask."}},
       .run = RotateKeys});
}

}  // namespace

Commands ClientCommands() {
  Commands table;
  AddSignInCommands(table);
  AddSignUpCommands(table);
  AddUserCommands(table);
  AddBulkCommands(table);
  AddGroupCommands(table);
  AddPoolCommands(table);
  AddKeyCommands(table);
  AddAgentCommands(table);
  table.push_back({.path = "outbox",
                   .section = "Messages",
                   .purpose = "Show the messages that the server keeps because it has no mail or "
                              "SMS service to send them.",
                   .flags = {{.name = "bodies", .help = "Show the whole text of each message."},
                             {.name = "to",
                              .value = "NAME",
                              .help = "Only messages to this user, address or phone number."}},
                   .run = ShowOutbox});
  table.push_back({.path = "hook list",
                   .section = "Hooks",
                   .purpose = "List how the server calls the functions of pools.",
                   .run = ListHooks});
  table.push_back(
      {.path = "hook set",
       .section = "Hooks",
       .purpose = "Set the function that a pool calls for a trigger. The pool's other settings "
                  "stay as they are.",
       .arguments = {{.name = "TRIGGER",
                      .help = "The trigger at which it is called.",
                      .choices = {"PreSignUp", "PostConfirmation", "PreAuthentication",
                                  "PostAuthentication", "PreTokenGeneration", "UserMigration",
                                  "CustomMessage", "DefineAuthChallenge", "CreateAuthChallenge",
                                  "VerifyAuthChallengeResponse", "CustomSMSSender",
                                  "CustomEmailSender", "InboundFederation"}},
                     {.name = "FUNCTION",
                      .help = "The Lambda function's name or ARN.",
                      .optional = true}},
       .flags = {{.name = "event-version",
                  .value = "VERSION",
                  .help = "Of PreTokenGeneration. Default: V1_0.",
                  .choices = {"V1_0", "V2_0", "V3_0"}},
                 {.name = "kms-key",
                  .value = "ARN",
                  .help = "The KMS key under which codes for the custom senders are encrypted."},
                 {.name = "off", .help = "Do not call a function for this trigger any more."}},
       .needs_pool = true,
       .run = SetHook});
  table.push_back(
      {.path = "hook run",
       .section = "Hooks",
       .purpose = "Run a Lambda handler from a file, in Node or Python, for the server.",
       .details = "The server must offer the Lambda Runtime API, as in `sallyport serve --hook "
                  "NAME=runtime:127.0.0.1:9301`. The AWS SDK in the handler calls this server. A "
                  "handler that ends is started again.",
       .arguments = {{.name = "HANDLER",
                      .help = "./index.handler: the function handler of index.js, index.mjs, "
                              "index.cjs or index.py."}},
       .flags = {{.name = "function",
                  .value = "NAME",
                  .help = "The name of the Lambda function that the handler stands for. Default: "
                          "the only one that the server has."},
                 {.name = "runtime",
                  .value = "ADDR:PORT",
                  .help = "The address of the Runtime API. Default: the server is asked for it."},
                 {.name = "concurrency",
                  .value = "N",
                  .help = "The number of processes, each with one event at a time. Default: 1."}},
       .run = RunHook});
  return table;
}

const std::vector<Flag>& CommonFlags() {
  static const std::vector<Flag> flags = {
      {.name = "endpoint",
       .value = "URL",
       .help = "The server's URL; \"aws\": AWS itself, in the region."},
      {.name = "region", .value = "REGION", .help = "The AWS region."},
      {.name = "profile",
       .value = "NAME",
       .help = "The AWS profile from which endpoint and credentials are taken."},
      {.name = "data",
       .value = "DIR",
       .help = "The data directory of a server on this host: calls are signed with its root "
               "credential."},
      {.name = "pool", .value = "ID", .help = "The user pool."},
      {.name = "client-id", .value = "ID", .help = "The app client."},
      {.name = "client-secret",
       .value = "SECRET",
       .help = "The app client's secret, if it has one; SALLYPORT_CLIENT_SECRET keeps it off the "
               "command line."},
      {.name = "unproved",
       .help = "Call a server that is not Sallyport over plain HTTP. It cannot prove who it is: "
               "any process that listens on its port is trusted."},
      {.name = "json", .help = "Print the API's own answer, as JSON."},
      {.name = "help", .help = "Show this."},
  };
  return flags;
}

std::vector<Flag> OwnFlagsOf(const Command& command) {
  std::vector<Flag> flags = command.flags;
  if (command.program) return flags;
  if (!command.prompts.empty()) {
    flags.push_back(
        {.name = "password-stdin", .help = "Read each password from standard input, one line."});
  }
  if (!command.confirm.empty()) flags.push_back({.name = "yes", .help = "Do not ask."});
  if (command.proof == Proof::kAccessToken) flags.push_back(TokenFlag("access-token"));
  if (command.proof == Proof::kRefreshToken) flags.push_back(TokenFlag("refresh-token"));
  return flags;
}

std::vector<Flag> FlagsOf(const Command& command) {
  std::vector<Flag> flags = OwnFlagsOf(command);
  if (!command.program) flags.insert(flags.end(), CommonFlags().begin(), CommonFlags().end());
  return flags;
}

std::string UsageOf(const Command& command) {
  std::string usage = command.path;
  for (const Argument& argument : command.arguments) {
    const std::string name = argument.name + (argument.several ? " ..." : "");
    usage += argument.optional ? fmt::format(" [{}]", name) : " " + name;
  }
  return usage + " [--flag ...]";
}

}  // namespace sallyport::cli
