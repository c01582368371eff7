// The subcommands of `sallyport`. Each gives the exit code of the process; if it is not 0, a line
// on standard error says why.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "main/settings.h"

namespace sallyport::main {

int Serve(const std::vector<std::string>& arguments);
int RunAgent(const std::vector<std::string>& arguments);
int RunSink(const std::vector<std::string>& arguments);
int Recover(const std::vector<std::string>& arguments);
int Backup(const std::vector<std::string>& arguments);
int Restore(const std::vector<std::string>& arguments);
int StoreCopy(const std::vector<std::string>& arguments);

// The flags for --help, the manual and completion. Their `set` is empty.
SettingTable ServeFlags();
SettingTable AgentFlags();
SettingTable SinkFlags();
SettingTable BackupFlags();
SettingTable RestoreFlags();
SettingTable StoreCopyFlags();

// Writes "sallyport: MESSAGE" to standard error, and gives 1.
int Fail(std::string_view message);

}  // namespace sallyport::main
