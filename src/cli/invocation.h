// One run of one command: its arguments, its configuration, its server.
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
  // All of them outlive the Invocation.
  Invocation(const Commands& commands, const Command& command, const Arguments& arguments,
             const Surroundings& around);

  // Reads the configuration. To be called once, before what follows it here.
  base::Status Configure();

  const Commands& commands() const { return commands_; }
  const Command& command() const { return command_; }
  const Arguments& arguments() const { return arguments_; }
  const Surroundings& around() const { return around_; }
  const Configuration& configuration() const { return configuration_; }
  ApiClient& api() { return *api_; }
  bool json() const { return arguments_.Has("json"); }
  // The argument's word; empty where it is not given.
  std::string Word(size_t index) const;

  base::Result<boost::json::object> Call(std::string_view operation,
                                         const boost::json::object& input);

  // The pool or client that was named. On this host's server, where none was: the only one there
  // is.
  base::Result<std::string> Pool();
  base::Result<std::string> ClientId();

  // What proves a client with a secret (the API reference, "Computing secret hash values");
  // nullopt: there is no secret.
  std::optional<std::string> SecretHash(std::string_view username,
                                        std::string_view client_id) const;

  // --access-token, --refresh-token ("-": standard input), or what sign-in stored; the latter only
  // for the server it came from.
  base::Result<base::Secret> Token(Proof proof);
  // Those that sign-in stored, if any.
  const std::optional<StoredSession>& stored() const { return stored_; }

  // The password: a line of standard input with --password-stdin, the prompt's variable, or asked
  // for.
  base::Result<base::Secret> Password(const Prompt& prompt);

  // "Really?", on a terminal; an error where it is not wanted, or nobody can be asked and --yes is
  // missing.
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
