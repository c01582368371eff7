// Invocation: one run of a command, with its arguments, its configuration and its server.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "cli/account/api_client.h"
#include "cli/account/configuration.h"
#include "cli/account/stored_session.h"
#include "cli/arguments.h"

namespace sallyport::cli {

class Invocation {
 public:
  // All arguments must outlive the Invocation.
  Invocation(const Commands& commands, const Command& command, const Arguments& arguments,
             const Surroundings& around);

  // Reads the configuration. Must be called once, before the functions that follow.
  base::Status Configure();

  const Commands& commands() const { return commands_; }
  const Command& command() const { return command_; }
  const Arguments& arguments() const { return arguments_; }
  const Surroundings& around() const { return around_; }
  const Configuration& configuration() const { return configuration_; }
  ApiClient& api() { return *api_; }
  bool json() const { return arguments_.Has("json"); }
  // The text of the argument; empty where it is not given.
  std::string Word(size_t index) const;

  base::Result<boost::json::object> Call(std::string_view operation,
                                         const boost::json::object& input);

  // The pool or client that was named. Where none was, and the server is on this host: the only one
  // that exists.
  base::Result<std::string> Pool();
  base::Result<std::string> ClientId();

  // The hash by which a client with a secret proves itself (API reference, "Computing secret hash
  // values"); nullopt: the client has no secret.
  std::optional<std::string> SecretHash(std::string_view username,
                                        std::string_view client_id) const;

  // The token in --access-token or --refresh-token ("-": standard input), or one that sign-in has
  // stored. A stored one is used only for the server that it came from.
  base::Result<base::Secret> Token(Proof proof);
  // The tokens that sign-in has stored, if any.
  const std::optional<StoredSession>& stored() const { return stored_; }

  // The password: a line of standard input with --password-stdin, the value of the prompt's
  // variable, or the answer to a question.
  base::Result<base::Secret> Password(const Prompt& prompt);

  // Asks for confirmation on a terminal. An error where the answer is no, or where there is no
  // terminal and --yes is missing.
  base::Status Confirm(const std::string& what);

 private:
  base::Status UseStoredSession();
  base::Result<std::string> OnlyOne(std::string_view operation, boost::json::object input,
                                    const char* list, const char* id, const char* flag);

  const Commands& commands_;
  const Command& command_;
  const Arguments& arguments_;
  const Surroundings& around_;
  Configuration configuration_;
  std::optional<StoredSession> stored_;
  std::optional<ApiClient> api_;
};

}  // namespace sallyport::cli
