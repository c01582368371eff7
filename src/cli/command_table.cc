#include <fmt/format.h>

#include <utility>

#include "cli/account.h"
#include "cli/command.h"
#include "cli/export.h"
#include "cli/import.h"
#include "cli/outbox.h"

// The rows. A row that names an Operation is run by it alone: what the flags and arguments are
// called in its input stands beside them.
namespace sallyport::cli {
namespace {

const Argument kUsername{.name = "USERNAME", .help = "The user.", .member = "Username"};
const Argument kGroup{.name = "GROUP", .help = "The group's name.", .member = "GroupName"};
const Argument kCode{
    .name = "CODE", .help = "The code that was sent.", .member = "ConfirmationCode"};
const Argument kAttributes{.name = "NAME=VALUE",
                           .help = "Attributes and their values.",
                           .member = "UserAttributes",
                           .kind = Kind::kAttributes,
                           .several = true};
const Flag kAttribute{.name = "attribute",
                      .value = "NAME=VALUE",
                      .help = "An attribute.",
                      .member = "UserAttributes",
                      .kind = Kind::kAttributes};
const Flag kLimit{
    .name = "limit", .value = "N", .help = "Show no more than so many. Default: all."};
const Flag kInput{.name = "input",
                  .value = "FILE",
                  .help =
                      "A JSON file with the operation's input, as the API has it; - for standard "
                      "input. Flags add to it.",
                  .kind = Kind::kInputFile};
const std::vector<Column> kUserColumns = {{"USERNAME", "Username"},
                                          {"STATUS", "UserStatus"},
                                          {"ENABLED", "Enabled"},
                                          {"EMAIL", "Attributes:email"},
                                          {"CREATED", "UserCreateDate"}};
const std::vector<Column> kGroupColumns = {{"GROUP", "GroupName"},
                                           {"PRECEDENCE", "Precedence"},
                                           {"DESCRIPTION", "Description"},
                                           {"CREATED", "CreationDate"}};
const std::vector<Column> kSessionColumns = {{"SESSION", "SessionId"},
                                             {"DEVICE", "DeviceType"},
                                             {"ADDRESS", "LastIPAddress"},
                                             {"LAST ACTIVE", "LastActiveDate"},
                                             {"CURRENT", "IsCurrentSession"}};
const Argument kSession{.name = "SESSION", .help = "The session's id.", .member = "SessionId"};

Flag TokenFlag(const char* name) {
  return {.name = name,
          .value = "TOKEN",
          .help = "This token in place of the one that sign-in kept; -: a line of standard input."};
}

void AddSessionCommands(Commands& table) {
  const char* section = "Sign in";
  table.push_back(
      {.path = "sign-in",
       .section = section,
       .purpose = "Sign in with a password, and keep the tokens for the commands below.",
       .details = "The password is asked for. A new one is asked for where the server wants it "
                  "changed (NEW_PASSWORD_REQUIRED), and codes where it wants them.",
       .arguments = {{.name = "USERNAME", .help = "The user, or an alias."}},
       .flags = {{.name = "admin",
                  .help = "Sign in as an administrator's call (ADMIN_USER_PASSWORD_AUTH), signed "
                          "with credentials."},
                 {.name = "password-stdin",
                  .help = "Read the password from standard input, one line."}},
       .proof = Proof::kClient,
       .run = SignIn});
  table.push_back({.path = "get-user",
                   .section = section,
                   .purpose = "Show who is signed in.",
                   .operation = "GetUser",
                   .proof = Proof::kAccessToken,
                   .view = {.record = "."}});
  table.push_back({.path = "refresh-session",
                   .section = section,
                   .purpose = "Get new tokens for the refresh token.",
                   .operation = "GetTokensFromRefreshToken",
                   .proof = Proof::kRefreshToken,
                   .run = RefreshSession});
  table.push_back({.path = "revoke-token",
                   .section = section,
                   .purpose = "Revoke the refresh token, and every token it gave.",
                   .details = "When the command is done, no gate under lease lets those tokens in.",
                   .operation = "RevokeToken",
                   .proof = Proof::kRefreshToken,
                   .view = {.done = "revoked"},
                   .ends_session = true});
  table.push_back({.path = "global-sign-out",
                   .section = section,
                   .purpose = "Sign the user out everywhere.",
                   .operation = "GlobalSignOut",
                   .proof = Proof::kAccessToken,
                   .view = {.done = "signed out everywhere"},
                   .ends_session = true});
  table.push_back({.path = "change-password",
                   .section = section,
                   .purpose = "Change one's own password.",
                   .operation = "ChangePassword",
                   .proof = Proof::kAccessToken,
                   .prompts = {{.member = "PreviousPassword", .question = "Present password"},
                               {.member = "ProposedPassword",
                                .question = "New password",
                                .twice = true,
                                .variable = "SALLYPORT_NEW_PASSWORD"}},
                   .view = {.done = "the password is changed"}});
}

void AddSignUpCommands(Commands& table) {
  const char* section = "Sign up";
  table.push_back({.path = "sign-up",
                   .section = section,
                   .purpose = "Register a new user, as an app does.",
                   .arguments = {kUsername},
                   .flags = {kAttribute},
                   .operation = "SignUp",
                   .proof = Proof::kClient,
                   .prompts = {{.member = "Password", .question = "New password", .twice = true}},
                   .view = {.record = ".", .done = "signed up {USERNAME}"}});
  table.push_back({.path = "confirm-sign-up",
                   .section = section,
                   .purpose = "Confirm a registration with the code that was sent.",
                   .arguments = {kUsername, kCode},
                   .operation = "ConfirmSignUp",
                   .proof = Proof::kClient,
                   .view = {.done = "confirmed {USERNAME}"}});
  table.push_back({.path = "resend-confirmation-code",
                   .section = section,
                   .purpose = "Send the code of a registration again.",
                   .arguments = {kUsername},
                   .operation = "ResendConfirmationCode",
                   .proof = Proof::kClient,
                   .view = {.record = "CodeDeliveryDetails"}});
  table.push_back({.path = "forgot-password",
                   .section = section,
                   .purpose = "Send a code with which a password can be set anew.",
                   .arguments = {kUsername},
                   .operation = "ForgotPassword",
                   .proof = Proof::kClient,
                   .view = {.record = "CodeDeliveryDetails"}});
  table.push_back({.path = "confirm-forgot-password",
                   .section = section,
                   .purpose = "Set a new password with the code that was sent.",
                   .arguments = {kUsername, kCode},
                   .operation = "ConfirmForgotPassword",
                   .proof = Proof::kClient,
                   .prompts = {{.member = "Password", .question = "New password", .twice = true}},
                   .view = {.done = "the password of {USERNAME} is new"}});
}

// An administrator's Operation on one user, that gives nothing back.
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
                              .help = "Send the invitation of a user who exists once more.",
                              .member = "MessageAction",
                              .constant = "RESEND"},
                             {.name = "medium",
                              .value = "MEDIUM",
                              .help = "How the invitation goes out.",
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
  table.push_back(UserCommand("user disable", "Lock a user out, and revoke all tokens.",
                              "AdminDisableUser", "disabled {USERNAME}"));
  table.push_back(
      UserCommand("user enable", "Let a user in again.", "AdminEnableUser", "enabled {USERNAME}"));
  table.push_back(UserCommand("user sign-out", "Sign a user out everywhere.",
                              "AdminUserGlobalSignOut", "signed out {USERNAME}"));
  table.push_back(UserCommand("user confirm", "Confirm a registration without a code.",
                              "AdminConfirmSignUp", "confirmed {USERNAME}"));
  table.push_back(UserCommand("user reset-password",
                              "Make a password worthless, and send a code to set a new one.",
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
}

// Where the pool tracks sessions: "pool session-limit".
void AddSessionListCommands(Commands& table) {
  table.push_back({.path = "session list",
                   .section = "Sign in",
                   .purpose = "List one's own sessions.",
                   .operation = "ListUserSessions",
                   .proof = Proof::kAccessToken,
                   .view = {.rows = "Sessions", .columns = kSessionColumns}});
  table.push_back({.path = "session revoke",
                   .section = "Sign in",
                   .purpose = "End another session of one's own, and revoke its tokens.",
                   .arguments = {kSession},
                   .operation = "RevokeUserSession",
                   .proof = Proof::kAccessToken,
                   .view = {.done = "revoked {SESSION}"}});
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

void AddBulkCommands(Commands& table) {
  table.push_back(
      {.path = "user import",
       .section = "Users",
       .purpose = "Import users from a CSV file, with the header that AWS has for it.",
       .details =
           "The same command again goes on with an import that was interrupted. Bad rows are "
           "reported by line, and the good ones are imported. `sallyport user import-header` "
           "prints the header.",
       .arguments = {{.name = "FILE", .help = "The CSV file.", .is_file = true}},
       .flags = {{.name = "password-hash",
                  .value = "ALGORITHM",
                  .help = "The file has a column password_hash, with hashes of this kind.",
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
       .details = "Passwords are not in it. The file appears when all of it is there.",
       .arguments = {{.name = "FILE", .help = "The CSV file to write.", .is_file = true}},
       .flags = {{.name = "filter", .value = "EXPRESSION", .help = "As of `user list`."},
                 {.name = "resume", .help = "Go on with an export that was interrupted."}},
       .needs_pool = true,
       .run = ExportUsers});
}

void AddGroupCommands(Commands& table) {
  const char* section = "Groups";
  table.push_back({.path = "group list",
                   .section = section,
                   .purpose = "List groups.",
                   .flags = {kLimit},
                   .operation = "ListGroups",
                   .needs_pool = true,
                   .paging = {.size_member = "Limit"},
                   .view = {.rows = "Groups", .columns = kGroupColumns}});
  table.push_back(
      {.path = "group create",
       .section = section,
       .purpose = "Make a group.",
       .arguments = {kGroup},
       .flags =
           {{.name = "description",
             .value = "TEXT",
             .help = "What it is for.",
             .member = "Description"},
            {.name = "precedence",
             .value = "N",
             .help = "Of a user's groups, the one with the lowest number is preferred.",
             .member = "Precedence",
             .kind = Kind::kNumber},
            {.name = "role-arn", .value = "ARN", .help = "Its IAM role.", .member = "RoleArn"}},
       .operation = "CreateGroup",
       .needs_pool = true,
       .view = {.record = "Group"}});
  table.push_back({.path = "group get",
                   .section = section,
                   .purpose = "Show a group.",
                   .arguments = {kGroup},
                   .operation = "GetGroup",
                   .needs_pool = true,
                   .view = {.record = "Group"}});
  table.push_back({.path = "group delete",
                   .section = section,
                   .purpose = "Delete a group; its users stay.",
                   .arguments = {kGroup},
                   .operation = "DeleteGroup",
                   .needs_pool = true,
                   .view = {.done = "deleted {GROUP}"},
                   .confirm = "Delete the group {GROUP}"});
  table.push_back({.path = "group add",
                   .section = section,
                   .purpose = "Put a user into a group.",
                   .arguments = {kGroup, kUsername},
                   .operation = "AdminAddUserToGroup",
                   .needs_pool = true,
                   .view = {.done = "{USERNAME} is in {GROUP}"}});
  table.push_back({.path = "group remove",
                   .section = section,
                   .purpose = "Take a user out of a group.",
                   .arguments = {kGroup, kUsername},
                   .operation = "AdminRemoveUserFromGroup",
                   .needs_pool = true,
                   .view = {.done = "{USERNAME} is not in {GROUP}"}});
  table.push_back({.path = "group users",
                   .section = section,
                   .purpose = "List the users of a group.",
                   .arguments = {kGroup},
                   .flags = {kLimit},
                   .operation = "ListUsersInGroup",
                   .needs_pool = true,
                   .paging = {.size_member = "Limit"},
                   .view = {.rows = "Users", .columns = kUserColumns}});
}

void AddPoolCommands(Commands& table) {
  const char* section = "Pools and app clients";
  table.push_back({.path = "pool list",
                   .section = section,
                   .purpose = "List user pools.",
                   .flags = {kLimit},
                   .operation = "ListUserPools",
                   .paging = {.size_member = "MaxResults"},
                   .view = {.rows = "UserPools",
                            .columns = {{"ID", "Id"},
                                        {"NAME", "Name"},
                                        {"CREATED", "CreationDate"},
                                        {"CHANGED", "LastModifiedDate"}}}});
  table.push_back({.path = "pool create",
                   .section = section,
                   .purpose = "Make a user pool.",
                   .arguments = {{.name = "NAME", .help = "Its name.", .member = "PoolName"}},
                   .flags = {{.name = "username-attributes",
                              .value = "NAMES",
                              .help = "Users sign in with these: email, phone_number.",
                              .member = "UsernameAttributes",
                              .kind = Kind::kList},
                             {.name = "alias-attributes",
                              .value = "NAMES",
                              .help = "Users may sign in with these too: email, phone_number, "
                                      "preferred_username.",
                              .member = "AliasAttributes",
                              .kind = Kind::kList},
                             {.name = "auto-verified-attributes",
                              .value = "NAMES",
                              .help = "Verified by a code at sign-up: email, phone_number.",
                              .member = "AutoVerifiedAttributes",
                              .kind = Kind::kList},
                             kInput},
                   .operation = "CreateUserPool",
                   .view = {.record = "UserPool"}});
  table.push_back({.path = "pool describe",
                   .section = section,
                   .purpose = "Show a user pool's settings.",
                   .operation = "DescribeUserPool",
                   .needs_pool = true,
                   .view = {.record = "UserPool"}});
  table.push_back({.path = "pool session-limit",
                   .section = section,
                   .purpose = "Track sessions, and let each user have at most so many.",
                   .arguments = {{.name = "N",
                                  .help = "1 to 100.",
                                  .member = "TokenSession.MaxPerUser",
                                  .kind = Kind::kNumber}},
                   .flags = {{.name = "off",
                              .help = "Track no sessions.",
                              .member = "UserSessionTracking",
                              .constant = "DISABLED"}},
                   .operation = "SetUserPoolSessionConfiguration",
                   .needs_pool = true,
                   .fixed = R"({"UserSessionTracking": "ENABLED"})",
                   .view = {.record = "."}});
  table.push_back({.path = "pool delete",
                   .section = section,
                   .purpose = "Delete a user pool with everything in it.",
                   .arguments = {{.name = "POOL", .help = "Its id.", .member = "UserPoolId"}},
                   .operation = "DeleteUserPool",
                   .view = {.done = "deleted {POOL}"},
                   .confirm = "Delete the user pool {POOL} with all its users"});
  table.push_back(
      {.path = "client list",
       .section = section,
       .purpose = "List a pool's app clients.",
       .flags = {kLimit},
       .operation = "ListUserPoolClients",
       .needs_pool = true,
       .paging = {.size_member = "MaxResults"},
       .view = {.rows = "UserPoolClients",
                .columns = {
                    {"CLIENT ID", "ClientId"}, {"NAME", "ClientName"}, {"POOL", "UserPoolId"}}}});
  table.push_back({.path = "client create",
                   .section = section,
                   .purpose = "Make an app client.",
                   .arguments = {{.name = "NAME", .help = "Its name.", .member = "ClientName"}},
                   .flags = {{.name = "secret",
                              .help = "Give it a secret.",
                              .member = "GenerateSecret",
                              .kind = Kind::kSwitch},
                             {.name = "flows",
                              .value = "NAMES",
                              .help = "What it may sign in with: ALLOW_USER_PASSWORD_AUTH, "
                                      "ALLOW_USER_SRP_AUTH, ALLOW_REFRESH_TOKEN_AUTH, ...",
                              .member = "ExplicitAuthFlows",
                              .kind = Kind::kList},
                             kInput},
                   .operation = "CreateUserPoolClient",
                   .needs_pool = true,
                   .view = {.record = "UserPoolClient"}});
  const Argument client{.name = "CLIENT", .help = "Its id.", .member = "ClientId"};
  table.push_back({.path = "client describe",
                   .section = section,
                   .purpose = "Show an app client's settings.",
                   .arguments = {client},
                   .operation = "DescribeUserPoolClient",
                   .needs_pool = true,
                   .view = {.record = "UserPoolClient"}});
  table.push_back({.path = "client delete",
                   .section = section,
                   .purpose = "Delete an app client, and revoke its tokens.",
                   .arguments = {client},
                   .operation = "DeleteUserPoolClient",
                   .needs_pool = true,
                   .view = {.done = "deleted {CLIENT}"},
                   .confirm = "Delete the app client {CLIENT}"});
}

}  // namespace

Commands ClientCommands() {
  Commands table;
  AddSessionCommands(table);
  AddSessionListCommands(table);
  AddSignUpCommands(table);
  AddUserCommands(table);
  AddSessionAdminCommands(table);
  AddBulkCommands(table);
  AddGroupCommands(table);
  AddPoolCommands(table);
  table.push_back({.path = "outbox",
                   .section = "Messages",
                   .purpose = "Show the messages that the server keeps, having no mail or SMS to "
                              "send them by.",
                   .flags = {{.name = "bodies", .help = "Show the whole text of each."}},
                   .run = ShowOutbox});
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
