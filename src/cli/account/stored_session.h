// The tokens of the person who has signed in with `sallyport sign-in`, stored for later commands.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "cli/account/configuration.h"

namespace sallyport::cli {

struct StoredSession {
  std::string endpoint;  // the tokens are sent only to this server
  std::string region;
  std::string client_id;
  std::string username;
  base::Secret access_token;
  base::Secret id_token;
  base::Secret refresh_token;
};

// The path of the file: ${XDG_STATE_HOME:-~/.local/state}/sallyport/session.json. Only its owner
// can read it.
std::string SessionPath(const Surroundings& around);
// The directory in which it is.
std::string StateDirectory(const Surroundings& around);

// nullopt: nobody has signed in.
base::Result<std::optional<StoredSession>> ReadSession(const Surroundings& around);
base::Status WriteSession(const Surroundings& around, const StoredSession& session);
base::Status ForgetSession(const Surroundings& around);

}  // namespace sallyport::cli
