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
          .help = "This token in place of the one that sign-in kept; -: a line of standard input."};
}

void AddAgentCommands(Commands& table) {
  const Argument name{.name = "NAME", .help = "What the agent is called: one for each host."};
  table.push_back(
      {.path = "agents add",
       .section = "Agents",
       .purpose = "Enrol an agent: a key of its own, in the one file that it is started with.",
       .details = "The file holds the key, which is shown once and sent never: bring it to the "
                  "agent's host by a way that nobody else reads, mode 0600.",
       .arguments = {name},
       .flags =
           {{.name = "server",
             .value = "HOST:PORT",
             .help =
                 "Where the agent reaches the server's --feed-listen, tried in turn. Default: what "
                 "the server listens on.",
             .kind = Kind::kList},
            {.name = "out",
             .value = "FILE",
             .help = "The file that is made. Default: NAME.enrolment here."}},
       .run = AddAgent});
  table.push_back({.path = "agents list",
                   .section = "Agents",
                   .purpose = "List the agents that are enrolled, and how they do.",
                   .run = ListAgents});
  table.push_back({.path = "agents remove",
                   .section = "Agents",
                   .purpose = "Withdraw an agent's key; when it is answered, its gates let nobody "
                              "in.",
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
       .purpose = "Give a user pool a new signing key; nobody is signed out.",
       .details = "The new key is published at once, and signs when every gate has it and caches "
                  "of the JWK set have been renewed. The old one is withdrawn when the last token "
                  "that it signed has expired. All of it goes on by itself, across restarts.",
       .arguments = {pool},
       .flags = {{.name = "compromised",
                  .help = "The keys are in other hands: a new one signs at once, and when the "
                          "command returns whatever the others signed is refused everywhere."},
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
                   .purpose = "Show the messages that the server keeps, having no mail or SMS to "
                              "send them by.",
                   .flags = {{.name = "bodies", .help = "Show the whole text of each."},
                             {.name = "to",
                              .value = "NAME",
                              .help = "Only those to that user, address or phone number."}},
                   .run = ShowOutbox});
  table.push_back({.path = "hook list",
                   .section = "Hooks",
                   .purpose = "List the ways in which the functions of pools run.",
                   .run = ListHooks});
  table.push_back(
      {.path = "hook set",
       .section = "Hooks",
       .purpose = "Say which function a pool calls for a trigger; the pool's other settings stay.",
       .arguments = {{.name = "TRIGGER",
                      .help = "When it is called.",
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
                  .help = "Under which codes are encrypted, of the custom senders."},
                 {.name = "off", .help = "Call none any more."}},
       .needs_pool = true,
       .run = SetHook});
  table.push_back(
      {.path = "hook run",
       .section = "Hooks",
       .purpose = "Run a Lambda handler that is a file, in Node or Python, for the server.",
       .details = "The server serves the Lambda Runtime API where it is told to, as in `sallyport "
                  "serve --hook NAME=runtime:127.0.0.1:9301`. The handler's AWS SDK calls this "
                  "server. A handler that ends is started again.",
       .arguments = {{.name = "HANDLER",
                      .help = "./index.handler: the function handler of index.js, index.mjs, "
                              "index.cjs or index.py."}},
       .flags = {{.name = "function",
                  .value = "NAME",
                  .help = "The Lambda function that it is. Default: the server's only one."},
                 {.name = "runtime",
                  .value = "ADDR:PORT",
                  .help = "Where the Runtime API is. Default: the server says it."},
                 {.name = "concurrency",
                  .value = "N",
                  .help = "So many processes, each with one event at a time. Default: 1."}},
       .run = RunHook});
  return table;
}

const std::vector<Flag>& CommonFlags() {
  static const std::vector<Flag> flags = {
      {.name = "endpoint",
       .value = "URL",
       .help = "The server; \"aws\": AWS itself, in the region."},
      {.name = "region", .value = "REGION", .help = "The AWS region."},
      {.name = "profile", .value = "NAME", .help = "The AWS profile to take both from."},
      {.name = "data",
       .value = "DIR",
       .help = "A local server's data directory, whose root credential signs the calls."},
      {.name = "pool", .value = "ID", .help = "The user pool."},
      {.name = "client-id", .value = "ID", .help = "The app client."},
      {.name = "client-secret",
       .value = "SECRET",
       .help = "Its secret, if it has one; SALLYPORT_CLIENT_SECRET keeps it off the command line."},
      {.name = "unproved",
       .help = "Call a server other than Sallyport over plain HTTP, which cannot prove who it is: "
               "whoever has its port is believed."},
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
