#include "cli/commands/account.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/encoding.h"
#include "base/error_codes.h"
#include "cli/commands/operation_command.h"
#include "cli/terminal/json.h"
#include "cli/terminal/terminal.h"
#include "cli/terminal/text.h"

namespace sallyport::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kNewPassword = "NEW_PASSWORD_REQUIRED";
constexpr int kGreatestSteps = 10;

// Challenges that are answered with a code, and the parameter for it (API reference,
// RespondToAuthChallenge).
struct CodeChallenge {
  std::string_view name;
  const char* parameter;
  const char* question;
};
constexpr CodeChallenge kCodeChallenges[] = {
    {"SMS_MFA", "SMS_MFA_CODE", "Code from the text message: "},
    {"EMAIL_OTP", "EMAIL_OTP_CODE", "Code from the email: "},
    {"SMS_OTP", "SMS_OTP_CODE", "Code from the text message: "},
    {"SOFTWARE_TOKEN_MFA", "SOFTWARE_TOKEN_MFA_CODE", "Code of the authenticator app: "},
};

// The user to whom the token belongs. It need not be verified, because the server has just sent it.
std::string UsernameIn(std::string_view access_token) {
  const size_t first = access_token.find('.');
  const size_t second = access_token.find('.', first + 1);
  if (second == std::string_view::npos) return {};
  const auto payload = base::Base64UrlDecode(access_token.substr(first + 1, second - first - 1));
  if (!payload) return {};
  json::error_code error;
  const auto value =
      json::parse({reinterpret_cast<const char*>(payload->data()), payload->size()}, error);
  return error || !value.is_object() ? std::string() : TextAt(value.as_object(), "username");
}

class SigningIn {
 public:
  explicit SigningIn(Invocation& invocation)
      : invocation_(invocation), admin_(invocation.arguments().Has("admin")) {}

  base::Result<json::object> Run() {
    SALLYPORT_ASSIGN(client_, invocation_.ClientId());
    username_ = invocation_.Word(0);
    SALLYPORT_ASSIGN(const base::Secret password,
                     invocation_.Password({.member = "", .question = "Password"}));
    json::object parameters = {{"USERNAME", username_}, {"PASSWORD", password.Reveal()}};
    AddSecretHash(parameters);
    json::object input = {{"AuthFlow", admin_ ? "ADMIN_USER_PASSWORD_AUTH" : "USER_PASSWORD_AUTH"},
                          {"ClientId", client_},
                          {"AuthParameters", std::move(parameters)}};
    SALLYPORT_ASSIGN(json::object answer, Call("InitiateAuth", std::move(input)));
    for (int step = 0; !answer.contains("AuthenticationResult"); ++step) {
      if (step == kGreatestSteps)
        return Unsupported("the server has asked for more challenges than a sign-in can have");
      SALLYPORT_ASSIGN(answer, Respond(answer));
    }
    return answer;
  }

 private:
  static base::Error Unsupported(std::string message) {
    return {"UnsupportedChallenge", std::move(message), {}};
  }

  base::Result<json::object> Call(const std::string& operation, json::object input) {
    if (!admin_) return invocation_.api().Call(operation, input, Signing::kNone);
    SALLYPORT_ASSIGN(input["UserPoolId"], invocation_.Pool());
    return invocation_.api().Call("Admin" + operation, input, Signing::kCredentials);
  }

  void AddSecretHash(json::object& parameters) const {
    if (const auto hash = invocation_.SecretHash(username_, client_)) {
      parameters["SECRET_HASH"] = *hash;
    }
  }

  base::Result<json::object> Respond(const json::object& challenge) {
    const std::string name = TextAt(challenge, "ChallengeName");
    const std::string user = TextAt(challenge, "ChallengeParameters.USER_ID_FOR_SRP");
    if (!user.empty()) username_ = user;
    json::object responses = {{"USERNAME", username_}};
    AddSecretHash(responses);
    SALLYPORT_TRY(Answer(name, challenge, responses));
    return Call("RespondToAuthChallenge", {{"ChallengeName", name},
                                           {"ClientId", client_},
                                           {"Session", TextAt(challenge, "Session")},
                                           {"ChallengeResponses", std::move(responses)}});
  }

  base::Status Answer(const std::string& name, const json::object& challenge,
                      json::object& responses) {
    if (name == kNewPassword) return AnswerNewPassword(challenge, responses);
    for (const CodeChallenge& row : kCodeChallenges) {
      if (name != row.name) continue;
      SALLYPORT_ASSIGN(const std::string code,
                       Ask(row.question, "there is no terminal to ask for the code"));
      responses[row.parameter] = code;
      return {};
    }
    return Unsupported(fmt::format(
        "the server asks for {}, which this command line cannot answer: use an app", name));
  }

  base::Status AnswerNewPassword(const json::object& challenge, json::object& responses) {
    Say("the password was given by an administrator, and has to be changed now");
    SALLYPORT_ASSIGN(const base::Secret password,
                     invocation_.Password({.member = "",
                                           .question = "New password",
                                           .twice = true,
                                           .variable = "SALLYPORT_NEW_PASSWORD"}));
    responses["NEW_PASSWORD"] = password.Reveal();
    // The names of missing attributes: a JSON array within a string.
    json::error_code error;
    const auto required =
        json::parse(TextAt(challenge, "ChallengeParameters.requiredAttributes"), error);
    if (error || !required.is_array()) return {};
    for (const json::value& item : required.as_array()) {
      const std::string attribute = CellText({}, item);
      SALLYPORT_ASSIGN(const std::string value,
                       Ask(Escaped(attribute.substr(attribute.find('.') + 1)) + ": ",
                           fmt::format("there is no terminal to ask for {}", attribute)));
      responses[attribute] = value;
    }
    return {};
  }

  Invocation& invocation_;
  const bool admin_;
  std::string client_;
  std::string username_;
};

// Stores the tokens in the answer. A refresh without rotation gives no new refresh token.
base::Status Keep(Invocation& invocation, const json::object& answer, base::Secret refresh_token,
                  const std::string& client) {
  const std::string access_token = TextAt(answer, "AuthenticationResult.AccessToken");
  std::string new_refresh_token = TextAt(answer, "AuthenticationResult.RefreshToken");
  const Configuration& configuration = invocation.configuration();
  return WriteSession(
      invocation.around(),
      {.endpoint = configuration.endpoint,
       .region = configuration.region,
       .client_id = client,
       .username = UsernameIn(access_token),
       .access_token = base::Secret(access_token),
       .id_token = base::Secret(TextAt(answer, "AuthenticationResult.IdToken")),
       .refresh_token = new_refresh_token.empty() ? std::move(refresh_token)
                                                  : base::Secret(std::move(new_refresh_token))});
}

// Calls GetTokensFromRefreshToken, which works with and without rotation. If the server is too old
// for it, uses the sign-in flow, which works without rotation.
base::Result<json::object> Refresh(Invocation& invocation, const json::object& input) {
  auto answer = invocation.Call("GetTokensFromRefreshToken", input);
  const bool unknown = !answer && (answer.error().code == base::code::kUnknownOperation ||
                                   answer.error().code == base::code::kOperationNotBuilt);
  if (!unknown) return answer;
  const std::string client = TextAt(input, "ClientId");
  json::object parameters = {{"REFRESH_TOKEN", TextAt(input, "RefreshToken")}};
  const auto& stored = invocation.stored();
  if (const auto hash = invocation.SecretHash(stored ? stored->username : "", client)) {
    parameters["SECRET_HASH"] = *hash;
  }
  return invocation.Call("InitiateAuth", {{"AuthFlow", "REFRESH_TOKEN_AUTH"},
                                          {"ClientId", client},
                                          {"AuthParameters", std::move(parameters)}});
}

base::Result<int> Show(Invocation& invocation, const json::object& answer, std::string_view what) {
  if (invocation.json()) {
    SALLYPORT_TRY(Print(PrettyJson(answer)));
    return kExitDone;
  }
  const std::string user = UsernameIn(TextAt(answer, "AuthenticationResult.AccessToken"));
  Say(fmt::format("{} {} at {}, for {} s; the tokens are in {}", what, Escaped(user),
                  invocation.configuration().endpoint,
                  NumberAt(answer, "AuthenticationResult.ExpiresIn"),
                  SessionPath(invocation.around())));
  return kExitDone;
}

}  // namespace

base::Result<int> SignIn(Invocation& invocation) {
  SALLYPORT_ASSIGN(const json::object answer, SigningIn(invocation).Run());
  SALLYPORT_ASSIGN(const std::string client, invocation.ClientId());
  SALLYPORT_TRY(Keep(invocation, answer, {}, client));
  return Show(invocation, answer, "signed in as");
}

base::Result<int> RefreshSession(Invocation& invocation) {
  SALLYPORT_ASSIGN(const json::object input, MakeInput(invocation));
  SALLYPORT_ASSIGN(const json::object answer, Refresh(invocation, input));
  if (!invocation.arguments().Has("refresh-token")) {
    SALLYPORT_TRY(Keep(invocation, answer, base::Secret(TextAt(input, "RefreshToken")),
                       TextAt(input, "ClientId")));
  }
  return Show(invocation, answer, "new tokens are stored:");
}

}  // namespace sallyport::cli
