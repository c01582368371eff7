// Commands with which administrators manage users.
#include <utility>

#include "cli/command_rows.h"
#include "cli/commands/export.h"
#include "cli/commands/import.h"
#include "cli/commands/lock_out.h"
#include "cli/commands/revoke.h"

namespace sallyport::cli {
namespace {

const Argument kAttributes{.name = "NAME=VALUE",
                           .help = "Attributes and their values.",
                           .member = "UserAttributes",
                           .kind = Kind::kAttributes,
                           .several = true};

// An administrator's Operation on one user that gives no answer.
Command UserCommand(const char* path, const char* purpose, const char* operation,
                    const char* done) {
  return {.path = path,
          .section = "Users",
          .purpose = purpose,
          .arguments = {kUsername},
          .operation = operation,
          .needs_pool = true,
          .view = {.done = done}};
}

void AddSessionAdminCommands(Commands& table) {
  table.push_back({.path = "user sessions",
                   .section = "Users",
                   .purpose = "List a user's sessions.",
                   .arguments = {kUsername},
                   .operation = "AdminListUserSessions",
                   .needs_pool = true,
                   .view = {.rows = "Sessions", .columns = kSessionColumns}});
  Command revoke = UserCommand("user revoke-session", "End one session of a user.",
                               "AdminRevokeUserSession", "revoked {SESSION}");
  revoke.arguments.push_back(kSession);
  table.push_back(std::move(revoke));
}

void AddLockOutCommands(Commands& table) {
  table.push_back({.path = "user lock-out",
                   .section = "Users",
                   .purpose = "Show whether wrong passwords have locked a user out.",
                   .arguments = {kUsername},
                   .needs_pool = true,
                   .run = ShowLockOut});
  table.push_back({.path = "user unlock",
                   .section = "Users",
                   .purpose = "End a lock-out by wrong passwords, and count them from zero again.",
                   .arguments = {kUsername},
                   .needs_pool = true,
                   .run = LiftLockOut});
}

}  // namespace

void AddUserCommands(Commands& table) {
  const char* section = "Users";
  table.push_back({.path = "user list",
                   .section = section,
                   .purpose = "List users.",
                   .flags = {{.name = "filter",
                              .value = "EXPRESSION",
                              .help = "As the API's: email ^= \"ada\", username = \"ada\", "
                                      "cognito:user_status = \"CONFIRMED\".",
                              .member = "Filter"},
                             kLimit},
                   .operation = "ListUsers",
                   .needs_pool = true,
                   .paging = {.size_member = "Limit", .token_member = "PaginationToken"},
                   .view = {.rows = "Users", .columns = kUserColumns}});
  table.push_back({.path = "user get",
                   .section = section,
                   .purpose = "Show a user with all attributes.",
                   .arguments = {kUsername},
                   .operation = "AdminGetUser",
                   .needs_pool = true,
                   .view = {.record = "."}});
  table.push_back({.path = "user create",
                   .section = section,
                   .purpose = "Make a user, and send the invitation with a temporary password.",
                   .arguments = {kUsername},
                   .flags = {kAttribute,
                             {.name = "no-message",
                              .help = "Send no invitation.",
                              .member = "MessageAction",
                              .constant = "SUPPRESS"},
                             {.name = "resend",
                              .help = "Send the invitation to an existing user once more.",
                              .member = "MessageAction",
                              .constant = "RESEND"},
                             {.name = "medium",
                              .value = "MEDIUM",
                              .help = "How the invitation is sent.",
                              .member = "DesiredDeliveryMediums",
                              .kind = Kind::kList,
                              .choices = {"EMAIL", "SMS"}},
                             kInput},
                   .operation = "AdminCreateUser",
                   .needs_pool = true,
                   .view = {.record = "User", .done = "made {USERNAME}"}});
  Command remove = UserCommand("user delete", "Delete a user, and revoke all tokens.",
                               "AdminDeleteUser", "deleted {USERNAME}");
  remove.confirm = "Delete the user {USERNAME}";
  table.push_back(std::move(remove));
  table.push_back(UserCommand("user disable", "Disable a user, and revoke all tokens.",
                              "AdminDisableUser", "disabled {USERNAME}"));
  table.push_back(UserCommand("user enable", "Let a disabled user sign in again.",
                              "AdminEnableUser", "enabled {USERNAME}"));
  table.push_back(UserCommand("user sign-out", "Sign a user out everywhere.",
                              "AdminUserGlobalSignOut", "signed out {USERNAME}"));
  table.push_back(UserCommand("user confirm", "Confirm a registration without a code.",
                              "AdminConfirmSignUp", "confirmed {USERNAME}"));
  table.push_back(UserCommand(
      "user reset-password",
      "Make a user's password invalid, and send a code with which a new one can be set.",
      "AdminResetUserPassword", "reset the password of {USERNAME}"));
  Command set_password = UserCommand("user set-password", "Set a user's password.",
                                     "AdminSetUserPassword", "the password of {USERNAME} is set");
  set_password.fixed = R"({"Permanent": true})";
  set_password.flags = {{.name = "temporary",
                         .help = "The user has to change it at the next sign-in.",
                         .member = "Permanent",
                         .kind = Kind::kSwitchOff}};
  set_password.prompts = {{.member = "Password", .question = "New password", .twice = true}};
  table.push_back(std::move(set_password));
  Command update = UserCommand("user update", "Set attributes of a user.",
                               "AdminUpdateUserAttributes", "updated {USERNAME}");
  update.arguments.push_back(kAttributes);
  table.push_back(std::move(update));
  table.push_back({.path = "user groups",
                   .section = section,
                   .purpose = "List the groups that a user is in.",
                   .arguments = {kUsername},
                   .flags = {kLimit},
                   .operation = "AdminListGroupsForUser",
                   .needs_pool = true,
                   .paging = {.size_member = "Limit"},
                   .view = {.rows = "Groups", .columns = kGroupColumns}});
  AddSessionAdminCommands(table);
  AddLockOutCommands(table);
}

void AddBulkCommands(Commands& table) {
  table.push_back(
      {.path = "user import",
       .section = "Users",
       .purpose = "Import users from a CSV file, with the header that AWS has for it.",
       .details =
           "If an import is interrupted, the same command continues it. Bad rows are "
           "reported by line, and the good ones are imported. `sallyport user import-header` "
           "prints the header.",
       .arguments = {{.name = "FILE", .help = "The CSV file.", .is_file = true}},
       .flags = {{.name = "password-hash",
                  .value = "ALGORITHM",
                  .help = "The file has a column password_hash with hashes of this kind.",
                  .choices = {"BCRYPT", "SCRYPT", "ARGON2ID", "PBKDF2_SHA256"}},
                 {.name = "role-arn",
                  .value = "ARN",
                  .help = "The role with which AWS logs the import; only AWS needs it."}},
       .needs_pool = true,
       .run = ImportUsers});
  table.push_back({.path = "user import-header",
                   .section = "Users",
                   .purpose = "Print the header of the pool's import files.",
                   .needs_pool = true,
                   .run = PrintImportHeader});
  table.push_back(
      {.path = "user export",
       .section = "Users",
       .purpose = "Export users to a CSV file that `user import` reads.",
       .details = "It contains no passwords. The file appears when it is complete.",
       .arguments = {{.name = "FILE", .help = "The CSV file to write.", .is_file = true}},
       .flags = {{.name = "filter",
                  .value = "EXPRESSION",
                  .help = "Which users, as for `user list`."},
                 {.name = "resume", .help = "Continue an export that was interrupted."}},
       .needs_pool = true,
       .run = ExportUsers});
  table.push_back(
      {.path = "revoke",
       .section = "Users",
       .purpose = "Cut many users off at once: sign them out everywhere.",
       .details = "It first shows how many users the filter matches and some of them, and asks. "
                  "Without a terminal and without --yes it does no more than that. If it is "
                  "interrupted, the same command continues it, for a day.",
       .flags = {{.name = "filter",
                  .value = "EXPRESSION",
                  .help = "Which users, as for `user list`: email ^= \"mallory\"."},
                 {.name = "all", .help = "All users of the pool."},
                 {.name = "disable", .help = "Disable them, too."},
                 {.name = "delete", .help = "Delete them."},
                 {.name = "dry-run", .help = "Only show which users the filter matches."},
                 {.name = "restart",
                  .help = "Begin with the first user again after an interrupted run."},
                 {.name = "yes", .help = "Do not ask."}},
       .needs_pool = true,
       .run = RevokeUsers});
}

}  // namespace sallyport::cli
