// The secrets that are files in a data directory, beside the store.
//
// clang-format off
//     credentials     the root credential, an AWS shared-credentials file, mode 0600
//     agent-token     tokens of old Agents (--old-agents), one a line: "TOKEN" or "TOKEN NAME", 0600
//     encryption-key  the Vault's key, 64 hex digits, mode 0600; --key-file names another place
// clang-format on
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "domain/keys/vault.h"
#include "store/store.h"

namespace sallyport::main {

// Secrets by access key id. Creates the file with a new root credential if it does not exist. Here
// and below, an error is one line for the operator.
base::Result<std::unordered_map<std::string, base::Secret>> ReadCredentials(
    const std::string& data_directory);

// The same while the server runs: the file must exist, and its last line must have an end, since it
// may be half written at this moment.
base::Result<std::unordered_map<std::string, base::Secret>> ReadCredentialsAgain(
    const std::string& data_directory);

// The same for a file anywhere that must exist.
base::Result<std::unordered_map<std::string, base::Secret>> ReadCredentialsFile(
    const std::string& path);

// The first line of a file, or of what a pipe gives.
base::Result<base::Secret> ReadSecret(const std::string& path);

struct AgentToken {
  base::Secret token;
  std::string name;
};

// Creates the file with a new token if it does not exist.
base::Result<std::vector<AgentToken>> ReadAgentTokens(const std::string& data_directory);

// The same while the server runs, as for ReadCredentialsAgain.
base::Result<std::vector<AgentToken>> ReadAgentTokensAgain(const std::string& data_directory);

// The name of the Agent whose token is `presented`. The time does not depend on where tokens
// differ.
std::optional<std::string> AgentOf(const std::vector<AgentToken>& tokens,
                                   std::string_view presented);

// Tokens that can be replaced while they are in use. Thread-safe.
class AgentTokens {
 public:
  explicit AgentTokens(std::vector<AgentToken> tokens) : tokens_(std::move(tokens)) {}

  std::optional<std::string> NameOf(std::string_view presented) const {
    const std::lock_guard lock(mutex_);
    return AgentOf(tokens_, presented);
  }
  void Replace(std::vector<AgentToken> tokens) {
    const std::lock_guard lock(mutex_);
    tokens_ = std::move(tokens);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<AgentToken> tokens_;  // guarded by mutex_
};

// The key for domain::Vault. For a store that was never bound to a key, creates the file with a new
// one. Fails where the store was written under another key, where its key file is missing, and
// where others than the owner may write the file or, except for its group, read it.
base::Result<std::unique_ptr<domain::Vault>> OpenVault(const std::string& path,
                                                       store::Store& store);

// The same for a file that must exist, and without a store.
base::Result<std::unique_ptr<domain::Vault>> ReadVault(const std::string& path);

}  // namespace sallyport::main
