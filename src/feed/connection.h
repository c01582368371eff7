// Connection: an accepted connection of an Agent, and which Agent that is.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "revocation/frame.h"

namespace sallyport::feed {

// Who is at the other end of a connection.
struct Agent {
  // Proved by the key. For an old Agent, the name of its token.
  std::string name;
  std::string key_id;  // empty for an old Agent
  // revocation::kFeedVersion, or kOldFeedVersion for an older Agent, which does not know marks.
  uint16_t version = revocation::kFeedVersion;
  bool operator==(const Agent&) const = default;
};

// An accepted connection of an Agent that has proved its identity. At most one Read and one Write
// run at the same time. Both are started on the Hub's strand: a socket with another executor must
// switch to that and back.
class Connection {
 public:
  virtual ~Connection() = default;
  // The next frame; nullopt once the peer or Close has ended the connection.
  virtual boost::asio::awaitable<std::optional<std::string>> Read() = 0;
  // False once the connection has ended.
  virtual boost::asio::awaitable<bool> Write(std::string message) = 0;
  // Ends both directions at once, upon which a Read or Write under way completes. Thread-safe.
  virtual void Close() = 0;
  // The peer's address, for logs and status.
  virtual std::string peer() const = 0;
  virtual const Agent& agent() const = 0;
  // The other end holds no lease and asks. Those who ask are counted apart, so that they take no
  // place from Agents. False: there are too many of them.
  virtual bool CountAsAsking() { return true; }
};

}  // namespace sallyport::feed
