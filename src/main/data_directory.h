// DataDirectory: the server's files, and the lock that keeps a second server out.
//
//   credentials   the root credential, an AWS shared-credentials file, mode 0600
//   agent-token   tokens of Agents, one a line: "TOKEN" or "TOKEN NAME", mode 0600
//   lock          held by flock(2) while a server runs
//   sallyport.db  the store
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace sallyport::main {

class DataDirectory {
 public:
  // Makes the directory (0700) if there is none, and locks it. Errors are one line for the operator.
  static base::Result<DataDirectory> Open(const std::string& path);

  DataDirectory(DataDirectory&& other) noexcept
      : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}
  DataDirectory& operator=(DataDirectory&&) = delete;
  ~DataDirectory();

  std::string database() const { return path_ + "/sallyport.db"; }
  std::string credentials() const { return path_ + "/credentials"; }
  std::string agent_token() const { return path_ + "/agent-token"; }

  // The credentials file's secrets by access key id; makes it with a new root credential if there is
  // none.
  base::Result<std::vector<std::pair<std::string, base::Secret>>> Credentials() const;

  struct AgentToken {
    base::Secret token;
    std::string name;
  };
  // Makes the file with one new token if there is none.
  base::Result<std::vector<AgentToken>> AgentTokens() const;

 private:
  DataDirectory(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  int lock_;
};

// The name of the Agent whose token `presented` is. The time does not depend on what differs.
std::optional<std::string> AgentOf(const std::vector<DataDirectory::AgentToken>& tokens,
                                   std::string_view presented);

}  // namespace sallyport::main
