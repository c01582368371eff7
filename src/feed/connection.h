// Connection: one accepted connection of an Agent, and who that Agent is.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "revocation/frame.h"

namespace sallyport::feed {

// Who is at the other end of a connection.
struct Agent {
  // Proved by its key; of an old Agent, what its token is called.
  std::string name;
  std::string key_id;  // empty: an old Agent
  // revocation::kFeedVersion, or kOldFeedVersion: an Agent of before, which cannot keep a mark.
  uint16_t version = revocation::kFeedVersion;
  bool operator==(const Agent&) const = default;
};

// One accepted connection of an Agent, who has proved to be it. At most one Read and one Write are
// under way at a time. Both are begun on the Hub's strand: a socket that lives on another executor
// must hop to it and back.
class Connection {
 public:
  virtual ~Connection() = default;
  // The next frame; nullopt once the peer or Close ended it.
  virtual boost::asio::awaitable<std::optional<std::string>> Read() = 0;
  // False once it has ended.
  virtual boost::asio::awaitable<bool> Write(std::string message) = 0;
  // Ends both directions now; a Read or Write under way completes. May be called from any thread.
  virtual void Close() = 0;
  // Address of the peer, for logs and status.
  virtual std::string peer() const = 0;
  virtual const Agent& agent() const = 0;
};

}  // namespace sallyport::feed
