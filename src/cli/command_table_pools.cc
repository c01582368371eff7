// Commands about groups, user pools and app clients.
#include "cli/command_rows.h"

namespace sallyport::cli {

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
             .help = "Among a user's groups, the one with the lowest number comes first.",
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
                   .purpose = "Track sessions, and let each user have at most this many.",
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
  table.push_back(
      {.path = "client create",
       .section = section,
       .purpose = "Make an app client.",
       .arguments = {{.name = "NAME", .help = "Its name.", .member = "ClientName"}},
       .flags = {{.name = "secret",
                  .help = "Give the client a secret.",
                  .member = "GenerateSecret",
                  .kind = Kind::kSwitch},
                 {.name = "flows",
                  .value = "NAMES",
                  .help = "The ways to sign in that it may use: ALLOW_USER_PASSWORD_AUTH, "
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

}  // namespace sallyport::cli
