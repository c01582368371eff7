// The secrets that a data directory holds beside the store.
//
//   credentials   the root credential, an AWS shared-credentials file, mode 0600
//   agent-token   tokens of Agents, one a line: "TOKEN" or "TOKEN NAME", mode 0600
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace sallyport::main {

// Secrets by access key id. Makes the file with a new root credential if there is none. Errors are
// one line for the operator, here and below.
base::Result<std::unordered_map<std::string, base::Secret>> ReadCredentials(
    const std::string& data_directory);

struct AgentToken {
  base::Secret token;
  std::string name;
};

// Makes the file with one new token if there is none.
base::Result<std::vector<AgentToken>> ReadAgentTokens(const std::string& data_directory);

// The name of the Agent whose token `presented` is. The time does not depend on what differs.
std::optional<std::string> AgentOf(const std::vector<AgentToken>& tokens,
                                   std::string_view presented);

}  // namespace sallyport::main
