#include "agent/feed_channel.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

namespace sallyport::agent {
namespace {

namespace asio = boost::asio;

constexpr size_t kGreatestUnsent = 4096;

}  // namespace

asio::awaitable<base::Result<revocation::Frame>> FeedChannel::Read() {
  const auto self = shared_from_this();
  const auto message = co_await connection_->Read();
  if (!message) co_return message.error();
  if (closed_) co_return base::InternalError("the connection was closed");
  co_return revocation::Decode(*message);
}

void FeedChannel::Send(const revocation::Frame& frame) {
  unsent_.push_back(revocation::Encode(frame));
  if (unsent_.size() > kGreatestUnsent) Close();
  if (sending_) return;
  sending_ = true;
  asio::co_spawn(
      io_, [self = shared_from_this()] { return self->SendAll(); }, asio::detached);
}

asio::awaitable<void> FeedChannel::SendAll() {
  while (!unsent_.empty()) {
    std::string message = std::move(unsent_.front());
    unsent_.pop_front();
    const base::Status written = co_await connection_->Write(std::move(message));
    if (!written) {
      // This also ends the reading side, which reports why.
      connection_->Close();
      co_return;
    }
  }
  sending_ = false;
}

void FeedChannel::Close() {
  closed_ = true;
  connection_->Close();
}

}  // namespace sallyport::agent
