// Commands for people who sign in and sign up themselves.
#include "cli/command_rows.h"
#include "cli/commands/account.h"

namespace sallyport::cli {
namespace {

const Argument kCode{
    .name = "CODE", .help = "The code that was sent.", .member = "ConfirmationCode"};

void AddTokenCommands(Commands& table) {
  const char* section = "Sign in";
  table.push_back(
      {.path = "sign-in",
       .section = section,
       .purpose = "Sign in with a password, and store the tokens for the commands below.",
       .details = "The password is asked for. If the server requires a new password "
                  "(NEW_PASSWORD_REQUIRED) or a code, that is asked for, too.",
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
                   .purpose = "Get new tokens with the refresh token.",
                   .operation = "GetTokensFromRefreshToken",
                   .proof = Proof::kRefreshToken,
                   .run = RefreshSession});
  table.push_back({.path = "revoke-token",
                   .section = section,
                   .purpose = "Revoke the refresh token, and every token that was issued for it.",
                   .details = "When the command returns, every gate refuses those tokens.",
                   .operation = "RevokeToken",
                   .proof = Proof::kRefreshToken,
                   .view = {.done = "revoked"},
                   .ends_session = true});
  table.push_back({.path = "global-sign-out",
                   .section = section,
                   .purpose = "Sign yourself out everywhere.",
                   .operation = "GlobalSignOut",
                   .proof = Proof::kAccessToken,
                   .view = {.done = "signed out everywhere"},
                   .ends_session = true});
  table.push_back({.path = "change-password",
                   .section = section,
                   .purpose = "Change your own password.",
                   .operation = "ChangePassword",
                   .proof = Proof::kAccessToken,
                   .prompts = {{.member = "PreviousPassword", .question = "Present password"},
                               {.member = "ProposedPassword",
                                .question = "New password",
                                .twice = true,
                                .variable = "SALLYPORT_NEW_PASSWORD"}},
                   .view = {.done = "the password is changed"}});
}

// These work in pools that track sessions: "pool session-limit".
void AddSessionListCommands(Commands& table) {
  table.push_back({.path = "session list",
                   .section = "Sign in",
                   .purpose = "List your own sessions.",
                   .operation = "ListUserSessions",
                   .proof = Proof::kAccessToken,
                   .view = {.rows = "Sessions", .columns = kSessionColumns}});
  table.push_back({.path = "session revoke",
                   .section = "Sign in",
                   .purpose = "End another session of your own, and revoke its tokens.",
                   .arguments = {kSession},
                   .operation = "RevokeUserSession",
                   .proof = Proof::kAccessToken,
                   .view = {.done = "revoked {SESSION}"}});
}

}  // namespace

void AddSignInCommands(Commands& table) {
  AddTokenCommands(table);
  AddSessionListCommands(table);
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
                   .purpose = "Send the code for a registration again.",
                   .arguments = {kUsername},
                   .operation = "ResendConfirmationCode",
                   .proof = Proof::kClient,
                   .view = {.record = "CodeDeliveryDetails"}});
  table.push_back({.path = "forgot-password",
                   .section = section,
                   .purpose = "Send a code with which a new password can be set.",
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
                   .view = {.done = "the password of {USERNAME} is changed"}});
}

}  // namespace sallyport::cli
