// The secrets that a data directory holds beside the store.
//
//   credentials     the root credential, an AWS shared-credentials file, mode 0600
//   agent-token     tokens of old Agents (--old-agents), a line each: "TOKEN" or "TOKEN NAME", 0600
//   encryption-key  the Vault's key, 64 hex digits, mode 0600; elsewhere with --key-file
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

// Secrets by access key id. Makes the file with a new root credential if there is none. Errors are
// one line for the operator, here and below.
base::Result<std::unordered_map<std::string, base::Secret>> ReadCredentials(
    const std::string& data_directory);

// The same of a file that must be there.
base::Result<std::unordered_map<std::string, base::Secret>> ReadCredentialsFile(
    const std::string& path);

// The first line of a file.
base::Result<base::Secret> ReadSecret(const std::string& path);

struct AgentToken {
  base::Secret token;
  std::string name;
};

// Makes the file with one new token if there is none.
base::Result<std::vector<AgentToken>> ReadAgentTokens(const std::string& data_directory);

// The same of a file that must be there.
base::Result<std::vector<AgentToken>> ReadAgentTokensFile(const std::string& path);

// The name of the Agent whose token `presented` is. The time does not depend on what differs.
std::optional<std::string> AgentOf(const std::vector<AgentToken>& tokens,
                                   std::string_view presented);

// Tokens that are replaced while they are asked for. Thread-safe.
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

// The key for domain::Vault. Makes the file with a new one for a store that was never bound to any.
// Fails where the store was written under another key, where its file is missing, and where others
// than the owner may write it or read it (its group may).
base::Result<std::unique_ptr<domain::Vault>> OpenVault(const std::string& path,
                                                       store::Store& store);

// The same of a file that must be there, and of no store.
base::Result<std::unique_ptr<domain::Vault>> ReadVault(const std::string& path);

}  // namespace sallyport::main
