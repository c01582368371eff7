// Server: answers proxies on threads of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sallyport::ext_authz {

struct Options {
  // Addresses as Listen (listen.h) takes them; at least one.
  std::vector<std::string> listen;
  std::string rules_file;
  // The group that may use Unix sockets; empty: the agent's own.
  std::string socket_group;
  uint32_t threads = 0;  // 0: as many as cores, at most 4
  // How many tokens each thread caches, as nginx's sallyport_cache; 0: none.
  uint32_t cache_tokens = 16'384;
  // How many connections there are at most, on all threads together.
  uint32_t connections = 1'024;
  // Empty: there is no Replica, and rules that need it are refused.
  std::string replica_path;
  uint32_t replica_owner = 0;
};

// Public functions may be called by one thread at a time.
class Server {
 public:
  // An error where an option or the rules are invalid, an address is taken, or the process may not
  // open as many files. Its message is one line for the operator.
  static base::Result<std::unique_ptr<Server>> Start(Options options, const base::Clock& clock);
  // Ends all connections and threads.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Reads the rules again. A decision that is under way is made by the old ones. If the file has an
  // error, the rules stay, and the log says so.
  void Reload();

  // In the Prometheus text exposition format 0.0.4.
  std::string Metrics() const;
  // Why a rule cannot allow anything now, one a line; empty: all of them can.
  std::string Problems() const;

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sallyport::ext_authz
