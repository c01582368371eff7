// The subcommands of `sallyport`. Each gives the process's exit code, and says on standard error,
// in one line, why it is not 0.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "main/settings.h"

namespace sallyport::main {

int Serve(const std::vector<std::string>& arguments);
int RunAgent(const std::vector<std::string>& arguments);
int Recover(const std::vector<std::string>& arguments);
int Backup(const std::vector<std::string>& arguments);
int Restore(const std::vector<std::string>& arguments);

// The rows of their --help, for the manual and for completion. Their `set` is empty.
SettingTable ServeFlags();
SettingTable AgentFlags();
SettingTable BackupFlags();
SettingTable RestoreFlags();

// Writes "sallyport: MESSAGE" to standard error; gives 1.
int Fail(std::string_view message);

}  // namespace sallyport::main
