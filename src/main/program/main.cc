#include <csignal>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "cli/run.h"
#include "main/commands.h"

namespace sallyport::main {
namespace {

// A row of the table of commands whose flags are those of a table of settings.
cli::Command Row(const char* name, const char* purpose, const SettingTable& settings,
                 int (*run)(const std::vector<std::string>&)) {
  cli::Command command{.path = name, .section = "Server", .purpose = purpose, .program = run};
  for (const Setting& setting : settings) {
    command.flags.push_back({.name = setting.name, .value = setting.value, .help = setting.help});
  }
  return command;
}

cli::Command WithFile(cli::Command command, const char* help) {
  command.arguments.push_back({.name = "FILE", .help = help, .is_file = true});
  return command;
}

cli::Commands ProgramCommands() {
  return {Row("serve", "Run the user pool server.", ServeFlags(), Serve),
          Row("agent", "Keep this host's gates up to date; --status shows its state.", AgentFlags(),
              RunAgent),
          Row("sink dynamodb", "Mirror the revocations into a table of DynamoDB.", SinkFlags(),
              RunSink),
          WithFile(Row("backup", "Write a backup of the store, while its server runs or not.",
                       BackupFlags(), Backup),
                   "The backup, which must not exist."),
          WithFile(Row("restore", "Put a backup in the place of a store, with its server stopped.",
                       RestoreFlags(), Restore),
                   "The backup."),
          Row("recover",
              "Make a store safe to issue tokens from again after it was restored from a backup.",
              ServeFlags(), Recover),
          Row("store copy", "Move a whole store to PostgreSQL, or back, with no server running.",
              StoreCopyFlags(), StoreCopy)};
}

}  // namespace

}  // namespace sallyport::main

int main(int argc, char** argv) {
  try {
    // A SIGHUP that arrives before the command is ready to read its files again must not end it.
    const std::string_view command = argc > 1 ? argv[1] : "";
    if (command == "serve" || command == "agent" || command == "sink") std::signal(SIGHUP, SIG_IGN);
    return sallyport::cli::Run({argv + 1, argv + argc}, sallyport::main::ProgramCommands(),
                               SALLYPORT_VERSION);
  } catch (const std::exception& error) {
    return sallyport::main::Fail(error.what());
  }
}
