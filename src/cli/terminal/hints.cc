#include "cli/terminal/hints.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "base/error_codes.h"
#include "cli/account/api_client.h"
#include "cli/arguments.h"

namespace sallyport::cli {
namespace {

struct Hint {
  std::string_view code;
  std::string_view text;  // a part of the error's message; empty: any message
  std::string_view next;
};

// The first match is used.
constexpr Hint kHints[] = {
    {kUsage, "--pool is missing",
     "name the user pool with --pool or SALLYPORT_POOL_ID; `sallyport pool list` shows them"},
    {kUsage, "--client-id is missing",
     "name the app client with --client-id or SALLYPORT_CLIENT_ID; `sallyport client list` shows "
     "them"},
    {kTimedOut, "", "the server accepts calls but answers slowly: look at its log, then try again"},
    {kUntrusted, "",
     "if the certificate comes from an authority of your own, name it with AWS_CA_BUNDLE=FILE"},
    {kStrangeAnswer, "", "check the URL: --endpoint, or AWS_ENDPOINT_URL"},
    {"NoCredentials", "",
     "name an AWS profile with --profile, a local server's directory with --data, or set "
     "AWS_ACCESS_KEY_ID"},
    {"NotSignedIn", "you are signed in at",
     "sign in there with `sallyport sign-in`, or leave the endpoint out"},
    {"NotSignedIn", "", "`sallyport sign-in USERNAME`, or give --access-token or --refresh-token"},
    {base::code::kMissingAuthenticationToken, "",
     "the call was not signed: give --data DIR of the server's data directory, --profile, or "
     "AWS_ACCESS_KEY_ID"},
    {base::code::kUnrecognizedClient, "",
     "the server does not know this access key: its root credential is in {data "
     "directory}/credentials; give --data DIR"},
    {base::code::kInvalidSignature, "expired", "this host's clock is wrong: set it"},
    {base::code::kInvalidSignature, "not yet current", "this host's clock is wrong: set it"},
    {base::code::kInvalidSignature, "", "the secret does not belong to the access key: check both"},
    {base::code::kNotAuthorized, "Access Token has expired", "`sallyport refresh-session`"},
    {base::code::kNotAuthorized, "Refresh Token has",
     "sign in again: `sallyport sign-in USERNAME`"},
    {base::code::kNotAuthorized, "Access Token has been revoked",
     "sign in again: `sallyport sign-in USERNAME`"},
    {base::code::kNotAuthorized, "SecretHash",
     "the app client has a secret: give it with SALLYPORT_CLIENT_SECRET"},
    {base::code::kNotAuthorized, "SECRET_HASH",
     "the app client has a secret: give it with SALLYPORT_CLIENT_SECRET"},
    {base::code::kNotAuthorized, "Temporary password has expired",
     "an administrator can set a new one: `sallyport user set-password USERNAME`"},
    {base::code::kNotAuthorized, "disabled",
     "an administrator can enable the user: `sallyport user enable USERNAME`"},
    {base::code::kNotAuthorized, "Incorrect username or password",
     "check both; an administrator can set a new password: `sallyport user set-password USERNAME`"},
    {base::code::kInvalidParameter, "flow not enabled",
     "allow the flow for the app client (ExplicitAuthFlows), or sign in with --admin"},
    {base::code::kPasswordResetRequired, "",
     "`sallyport forgot-password USERNAME`, then `sallyport confirm-forgot-password USERNAME "
     "CODE`"},
    {base::code::kUserNotConfirmed, "", "`sallyport confirm-sign-up USERNAME CODE`"},
    {base::code::kUserNotFound, "", "`sallyport user list` shows the users"},
    {base::code::kUsernameExists, "", "`sallyport user get USERNAME` shows the existing one"},
    {base::code::kAliasExists, "", "another user has this email or phone number"},
    {base::code::kInvalidPassword, "",
     "`sallyport pool describe` shows the rules, under Policies.PasswordPolicy"},
    {base::code::kCodeMismatch, "",
     "check the code, or ask for another one: `sallyport resend-confirmation-code USERNAME`"},
    {base::code::kExpiredCode, "",
     "ask for a new one: `sallyport resend-confirmation-code USERNAME`"},
    {base::code::kResourceNotFound, "pool",
     "`sallyport pool list` shows the region's pools; also check --region"},
    {base::code::kResourceNotFound, "client", "`sallyport client list` shows the app clients"},
    {base::code::kTooManyRequests, "", "wait a moment and try again"},
    {base::code::kLimitExceeded, "", "wait some minutes, and try again"},
    {base::code::kAccessDenied, "", "the credentials' IAM policy does not allow this call"},
    {base::code::kUnknownOperation, "", "this server does not have the operation yet"},
    {"ImportFailed", "", "correct the rows named above, and import only those"},
    {base::code::kPreconditionNotMet, "auto verified",
     "imported users need a code to set their password: let UpdateUserPool set "
     "AutoVerifiedAttributes to email, or import with --password-hash"},
    {base::code::kOperationNotBuilt, "", "a newer version of the server may have it"},
    {base::code::kInvalidParameter, "deletion protection",
     "switch it off first: UpdateUserPool with DeletionProtection INACTIVE"},
    {base::code::kServiceUnavailable, "disk is full",
     "free some space on the server's disk: it then continues by itself"},
    {base::code::kInternalError, "", "the server's log has more"},
};

}  // namespace

std::string NextStep(const base::Error& error, const Configuration& configuration) {
  if (error.code == kUnreachable) {
    if (IsLoopback(configuration.endpoint)) {
      return "is `sallyport serve` running there? --endpoint URL names another server";
    }
    return fmt::format("check the URL (from {}), and that this host can reach it",
                       configuration.endpoint_origin);
  }
  for (const Hint& hint : kHints) {
    if (error.code == hint.code && error.message.find(hint.text) != std::string::npos) {
      return std::string(hint.next);
    }
  }
  return {};
}

}  // namespace sallyport::cli
