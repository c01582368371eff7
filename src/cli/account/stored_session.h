// The tokens of the person who signed in with `sallyport sign-in`, kept for the commands after it.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "cli/account/configuration.h"

namespace sallyport::cli {

struct StoredSession {
  std::string endpoint;  // the tokens are shown to this server alone
  std::string region;
  std::string client_id;
  std::string username;
  base::Secret access_token;
  base::Secret id_token;
  base::Secret refresh_token;
};

// One file, readable by its owner alone: ${XDG_STATE_HOME:-~/.local/state}/sallyport/session.json.
std::string SessionPath(const Surroundings& around);
// The folder that it is in.
std::string StateDirectory(const Surroundings& around);

// nullopt: nobody has signed in.
base::Result<std::optional<StoredSession>> ReadSession(const Surroundings& around);
base::Status WriteSession(const Surroundings& around, const StoredSession& session);
base::Status ForgetSession(const Surroundings& around);

}  // namespace sallyport::cli
