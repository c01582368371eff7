// FeedChannel: a connection to a server's feed, with the frames that still have to be sent on it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <memory>
#include <string>

#include "base/result.h"
#include "channel/channel.h"
#include "revocation/frame.h"

namespace sallyport::agent {

// Used by the thread that runs `io`, and owned by shared pointers: what it sends keeps it alive.
class FeedChannel : public std::enable_shared_from_this<FeedChannel> {
 public:
  FeedChannel(boost::asio::io_context& io, std::shared_ptr<channel::Channel> connection)
      : io_(io), connection_(std::move(connection)) {}

  // The next frame. An error: the connection has ended, or the server has sent something that is
  // not a frame; then it must be closed.
  boost::asio::awaitable<base::Result<revocation::Frame>> Read();
  // Sends the frame after all that were given before, and does not wait for that. A server that
  // reads nothing while 4,096 frames are waiting is considered dead, and the connection is closed.
  void Send(const revocation::Frame& frame);
  // Read gives an error from here on.
  void Close();
  int native_handle() const { return connection_->native_handle(); }

 private:
  boost::asio::awaitable<void> SendAll();

  boost::asio::io_context& io_;
  const std::shared_ptr<channel::Channel> connection_;
  std::deque<std::string> unsent_;
  bool sending_ = false;
  bool closed_ = false;
};

}  // namespace sallyport::agent
