// The rows of the table of commands, by subject, and what they share.
#pragma once

#include "cli/command.h"

// A row that names an Operation needs no code: it says how flags and arguments are called in the
// Operation's input.
namespace sallyport::cli {

void AddSignInCommands(Commands& table);
void AddSignUpCommands(Commands& table);
void AddUserCommands(Commands& table);
void AddBulkCommands(Commands& table);
void AddGroupCommands(Commands& table);
void AddPoolCommands(Commands& table);

inline const Argument kUsername{.name = "USERNAME", .help = "The user.", .member = "Username"};
inline const Argument kGroup{.name = "GROUP", .help = "The group's name.", .member = "GroupName"};
inline const Flag kAttribute{.name = "attribute",
                             .value = "NAME=VALUE",
                             .help = "An attribute.",
                             .member = "UserAttributes",
                             .kind = Kind::kAttributes};
inline const Flag kLimit{
    .name = "limit", .value = "N", .help = "Show at most this many. Default: all."};
inline const Flag kInput{
    .name = "input",
    .value = "FILE",
    .help =
        "A JSON file with the operation's input, as the API has it; - for standard "
        "input. Flags add to it.",
    .kind = Kind::kInputFile};
inline const std::vector<Column> kUserColumns = {{"USERNAME", "Username"},
                                                 {"STATUS", "UserStatus"},
                                                 {"ENABLED", "Enabled"},
                                                 {"EMAIL", "Attributes:email"},
                                                 {"CREATED", "UserCreateDate"}};
inline const std::vector<Column> kGroupColumns = {{"GROUP", "GroupName"},
                                                  {"PRECEDENCE", "Precedence"},
                                                  {"DESCRIPTION", "Description"},
                                                  {"CREATED", "CreationDate"}};
inline const std::vector<Column> kSessionColumns = {{"SESSION", "SessionId"},
                                                    {"DEVICE", "DeviceType"},
                                                    {"ADDRESS", "LastIPAddress"},
                                                    {"LAST ACTIVE", "LastActiveDate"},
                                                    {"CURRENT", "IsCurrentSession"}};
inline const Argument kSession{
    .name = "SESSION", .help = "The session's id.", .member = "SessionId"};

}  // namespace sallyport::cli
