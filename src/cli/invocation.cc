#include "cli/invocation.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/encoding.h"
#include "cli/terminal/json.h"
#include "cli/terminal/terminal.h"

namespace sallyport::cli {
namespace {

bool TakesToken(const Command& command) {
  return command.proof == Proof::kAccessToken || command.proof == Proof::kRefreshToken;
}

Signing SigningOf(const Command& command) {
  return command.proof == Proof::kCredentials ? Signing::kCredentials : Signing::kNone;
}

// A command about a client or with a token is about a pool, too.
bool IsAboutPool(const Command& command, const Arguments& arguments) {
  return command.needs_pool || command.proof != Proof::kCredentials || arguments.Has("admin");
}

// The argument with which a command names its pool.
std::optional<std::string> PoolArgument(const Command& command, const Arguments& arguments) {
  for (size_t i = 0; i < command.arguments.size() && i < arguments.words.size(); ++i) {
    if (command.arguments[i].member == "UserPoolId") return arguments.words[i];
  }
  return arguments.Get("pool");
}

}  // namespace

Invocation::Invocation(const Commands& commands, const Command& command, const Arguments& arguments,
                       const Surroundings& around)
    : commands_(commands), command_(command), arguments_(arguments), around_(around) {}

base::Status Invocation::Configure() {
  const auto flag = [this](const char* name) { return arguments_.Get(name); };
  SALLYPORT_ASSIGN(configuration_, cli::Configure({.endpoint = flag("endpoint"),
                                                   .region = flag("region"),
                                                   .profile = flag("profile"),
                                                   .pool = PoolArgument(command_, arguments_),
                                                   .about_pool = IsAboutPool(command_, arguments_),
                                                   .client_id = flag("client-id"),
                                                   .client_secret = flag("client-secret"),
                                                   .data = flag("data"),
                                                   .unproved = arguments_.Has("unproved")},
                                                  around_));
  if (TakesToken(command_)) SALLYPORT_TRY(UseStoredSession());
  if (configuration_.endpoint.starts_with("http://") && !IsLoopback(configuration_.endpoint)) {
    Say(fmt::format("warning: {} is not encrypted", configuration_.endpoint));
  }
  api_.emplace(configuration_);
  return {};
}

base::Status Invocation::UseStoredSession() {
  SALLYPORT_ASSIGN(stored_, ReadSession(around_));
  if (!stored_ || arguments_.Has("access-token") || arguments_.Has("refresh-token")) return {};
  if (configuration_.endpoint_given && configuration_.endpoint != stored_->endpoint) {
    return base::Error{
        "NotSignedIn",
        fmt::format("you are signed in at {}, and the endpoint (from {}) is {}", stored_->endpoint,
                    configuration_.endpoint_origin, configuration_.endpoint),
        {}};
  }
  configuration_.endpoint = stored_->endpoint;
  configuration_.region = stored_->region;
  configuration_.client_id = stored_->client_id;
  return {};
}

std::string Invocation::Word(size_t index) const {
  return index < arguments_.words.size() ? arguments_.words[index] : std::string();
}

base::Result<boost::json::object> Invocation::Call(std::string_view operation,
                                                   const boost::json::object& input) {
  if (SigningOf(command_) == Signing::kCredentials && !configuration_.credentials &&
      IsAws(configuration_.endpoint)) {
    return base::Error{"NoCredentials", "no credentials for AWS are configured", {}};
  }
  return api_->Call(operation, input, SigningOf(command_));
}

base::Result<std::string> Invocation::OnlyOne(std::string_view operation, boost::json::object input,
                                              const char* list, const char* id, const char* flag) {
  const base::Error missing{std::string(kUsage), fmt::format("{} is missing", flag), {}};
  if (!IsLoopback(configuration_.endpoint) || !configuration_.credentials) return missing;
  input["MaxResults"] = 2;
  SALLYPORT_ASSIGN(const auto answer, api_->Call(operation, input, Signing::kCredentials));
  const auto* found = At(answer, list);
  const auto* array = found ? found->if_array() : nullptr;
  if (!array || array->size() != 1) return missing;
  return TextAt((*array)[0].as_object(), id);
}

base::Result<std::string> Invocation::Pool() {
  if (configuration_.pool.empty()) {
    SALLYPORT_ASSIGN(configuration_.pool,
                     OnlyOne("ListUserPools", {}, "UserPools", "Id", "--pool"));
  }
  return configuration_.pool;
}

base::Result<std::string> Invocation::ClientId() {
  if (configuration_.client_id.empty()) {
    const base::Error missing{std::string(kUsage), "--client-id is missing", {}};
    const auto pool = Pool();
    if (!pool) return pool.error().code == kUsage ? missing : pool.error();
    SALLYPORT_ASSIGN(configuration_.client_id,
                     OnlyOne("ListUserPoolClients", {{"UserPoolId", *pool}}, "UserPoolClients",
                             "ClientId", "--client-id"));
  }
  return configuration_.client_id;
}

std::optional<std::string> Invocation::SecretHash(std::string_view username,
                                                  std::string_view client_id) const {
  const std::string_view secret = configuration_.client_secret.Reveal();
  if (secret.empty()) return std::nullopt;
  const std::string text = fmt::format("{}{}", username, client_id);
  std::array<uint8_t, 32> digest{};
  unsigned size = digest.size();
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const uint8_t*>(text.data()), text.size(), digest.data(), &size);
  return base::Base64Encode(digest);
}

base::Result<base::Secret> Invocation::Token(Proof proof) {
  const bool access = proof == Proof::kAccessToken;
  if (auto given = arguments_.Get(access ? "access-token" : "refresh-token")) {
    if (*given == "-") return ReadSecretLine();
    return base::Secret(std::move(*given));
  }
  if (!stored_) return base::Error{"NotSignedIn", "nobody is signed in", {}};
  const base::Secret& token = access ? stored_->access_token : stored_->refresh_token;
  if (token.empty()) return base::Error{"NotSignedIn", "the sign-in did not give this token", {}};
  return token;
}

base::Result<base::Secret> Invocation::Password(const Prompt& prompt) {
  if (arguments_.Has("password-stdin")) return ReadSecretLine();
  if (const char* variable = around_.variable(prompt.variable); variable && *variable) {
    return base::Secret(variable);
  }
  const std::string instead = fmt::format(
      "there is no terminal to ask for a password: use --password-stdin, or {}", prompt.variable);
  while (true) {
    SALLYPORT_ASSIGN(base::Secret password, AskSecret(prompt.question + ": ", instead));
    if (!prompt.twice) return password;
    SALLYPORT_ASSIGN(const base::Secret again, AskSecret("Once more: ", instead));
    if (again.Reveal() == password.Reveal()) return password;
    Say("these were not the same; try again");
  }
}

base::Status Invocation::Confirm(const std::string& what) {
  if (arguments_.Has("yes")) return {};
  const auto answer = Ask(fmt::format("{} at {}? [y/N] ", what, configuration_.endpoint),
                          "there is no terminal to ask for confirmation: add --yes");
  if (!answer) return answer.error();
  if (*answer == "y" || *answer == "yes") return {};
  return base::Error{"NotConfirmed", "nothing was done", {}};
}

}  // namespace sallyport::cli
