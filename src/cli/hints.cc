#include "cli/hints.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "cli/arguments.h"
#include "cli/caller.h"

namespace sallyport::cli {
namespace {

struct Hint {
  std::string_view code;
  std::string_view text;  // that the error's message holds; empty: any
  std::string_view next;
};

// The first that fits counts.
constexpr Hint kHints[] = {
    {kUsage, "--pool is missing",
     "name the user pool with --pool or SALLYPORT_POOL_ID; `sallyport pool list` shows them"},
    {kUsage, "--client-id is missing",
     "name the app client with --client-id or SALLYPORT_CLIENT_ID; `sallyport client list` shows "
     "them"},
    {kTimedOut, "",
     "the server takes calls and is slow to answer: look at its log, then try again"},
    {kUntrusted, "",
     "if the certificate comes from an authority of your own, name it with AWS_CA_BUNDLE=FILE"},
    {kStrangeAnswer, "", "check the URL: --endpoint, or AWS_ENDPOINT_URL"},
    {"NoCredentials", "",
     "name an AWS profile with --profile, a local server's directory with --data, or set "
     "AWS_ACCESS_KEY_ID"},
    {"NotSignedIn", "you are signed in at",
     "sign in there with `sallyport sign-in`, or leave the endpoint out"},
    {"NotSignedIn", "", "`sallyport sign-in USERNAME`, or give --access-token or --refresh-token"},
    {"MissingAuthenticationTokenException", "",
     "the call was not signed: give --data DIR of the server's data directory, --profile, or "
     "AWS_ACCESS_KEY_ID"},
    {"UnrecognizedClientException", "",
     "the server does not know this access key: its root credential is in {data "
     "directory}/credentials; give --data DIR"},
    {"InvalidSignatureException", "expired", "set this host's clock"},
    {"InvalidSignatureException", "not yet current", "set this host's clock"},
    {"InvalidSignatureException", "", "the secret does not belong to the access key: check both"},
    {"NotAuthorizedException", "Access Token has expired", "`sallyport refresh-session`"},
    {"NotAuthorizedException", "Refresh Token has", "sign in again: `sallyport sign-in USERNAME`"},
    {"NotAuthorizedException", "Access Token has been revoked",
     "sign in again: `sallyport sign-in USERNAME`"},
    {"NotAuthorizedException", "SecretHash",
     "the app client has a secret: give it with SALLYPORT_CLIENT_SECRET"},
    {"NotAuthorizedException", "SECRET_HASH",
     "the app client has a secret: give it with SALLYPORT_CLIENT_SECRET"},
    {"NotAuthorizedException", "Temporary password has expired",
     "an administrator gives a new one: `sallyport user set-password USERNAME`"},
    {"NotAuthorizedException", "disabled", "an administrator: `sallyport user enable USERNAME`"},
    {"NotAuthorizedException", "Incorrect username or password",
     "check both; an administrator can `sallyport user set-password USERNAME`"},
    {"InvalidParameterException", "flow not enabled",
     "allow the flow for the app client (ExplicitAuthFlows), or sign in with --admin"},
    {"PasswordResetRequiredException", "",
     "`sallyport forgot-password USERNAME`, then `sallyport confirm-forgot-password USERNAME "
     "CODE`"},
    {"UserNotConfirmedException", "", "`sallyport confirm-sign-up USERNAME CODE`"},
    {"UserNotFoundException", "", "`sallyport user list` shows who there is"},
    {"UsernameExistsException", "", "`sallyport user get USERNAME` shows the one there is"},
    {"AliasExistsException", "", "another user has this email or phone number"},
    {"InvalidPasswordException", "",
     "`sallyport pool describe` shows the rules, under Policies.PasswordPolicy"},
    {"CodeMismatchException", "",
     "check the code, or `sallyport resend-confirmation-code USERNAME`"},
    {"ExpiredCodeException", "",
     "ask for a new one: `sallyport resend-confirmation-code USERNAME`"},
    {"ResourceNotFoundException", "pool",
     "`sallyport pool list` shows the pools; on AWS, also check --region"},
    {"ResourceNotFoundException", "client", "`sallyport client list` shows the app clients"},
    {"TooManyRequestsException", "", "wait a moment, and try again"},
    {"LimitExceededException", "", "wait some minutes, and try again"},
    {"AccessDeniedException", "", "the credentials' IAM policy does not allow this call"},
    {"UnknownOperationException", "", "this server does not have the operation yet"},
    {"ImportFailed", "", "mend the rows named above, and import them alone"},
    {"PreconditionNotMetException", "auto verified",
     "imported users set a password by a code: UpdateUserPool with AutoVerifiedAttributes email, "
     "or "
     "import with --password-hash"},
    {"OperationNotBuiltException", "", "a newer version of the server may have it"},
    {"InvalidParameterException", "deletion protection",
     "turn it off first: UpdateUserPool with DeletionProtection INACTIVE"},
    {"ServiceUnavailableException", "disk is full",
     "make space on the server's disk: it goes on by itself"},
    {"InternalErrorException", "", "the server's log says more"},
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
