// FeedConnection: one WebSocket (RFC 6455) to the server, plain or TLS.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace sallyport::agent {

// Where the feed is.
struct FeedTarget {
  bool tls = false;
  std::string host;  // no brackets
  std::string port;
  std::string path;  // prefix and kFeedPath
};
base::Result<FeedTarget> ParseFeedTarget(const std::string& url);

struct ConnectOptions {
  FeedTarget target;
  base::Secret token;  // sent as Authorization: Bearer
  std::string ca_file;
  // Plain to any host; otherwise only where every address of the host is loopback.
  bool allow_plain = false;
};

// Belongs to one thread. Read and Write may each be under way once at a time.
class FeedConnection {
 public:
  virtual ~FeedConnection() = default;
  // Bounded in time: connecting takes at most 2 s, each handshake at most 5 s.
  static boost::asio::awaitable<base::Result<std::shared_ptr<FeedConnection>>> Connect(
      ConnectOptions options);

  // The next binary message, at most kMaxFrameBytes.
  virtual boost::asio::awaitable<base::Result<std::string>> Read() = 0;
  virtual boost::asio::awaitable<base::Status> Write(std::string message) = 0;
  // Ends both directions now; what is under way completes with an error.
  virtual void Close() = 0;
};

}  // namespace sallyport::agent
