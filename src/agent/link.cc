#include "agent/link.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>
#include <vector>

#include "agent/feed_connection.h"
#include "agent/tuple.h"
#include "base/log.h"
#include "base/random.h"
#include "revocation/frame.h"

namespace sallyport::agent {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

// The first attempt after a connection is lost comes almost at once, because gates must be served
// again soon after the server is back.
constexpr int64_t kLeastBackoffMillis = 20;
constexpr int64_t kGreatestBackoffMillis = 1'000;
// A server that reads nothing while this many frames are waiting is considered dead.
constexpr size_t kGreatestUnsent = 4096;

}  // namespace

Link::Link(asio::io_context& io, const base::Clock& clock, LinkHost& host,
           revocation::ReplicaWriter& writer, std::string name)
    : io_(io),
      clock_(clock),
      host_(host),
      follower_(writer, clock, std::move(name)),
      backoff_timer_(io),
      renew_timer_(io) {}

void Link::Begin(std::shared_ptr<const void> owner) {
  owner_ = owner;
  asio::co_spawn(
      io_, [self = shared_from_this(), owner] { return self->Connections(); }, asio::detached);
}

void Link::Stop() {
  stopping_ = true;
  Close();
  backoff_timer_.cancel();
  renew_timer_.cancel();
}

void Link::Close() {
  if (!channel_) return;
  channel_->closed = true;
  channel_->connection->Close();
}

void Link::Retry() {
  attempts_ = 0;
  Close();
  Hurry();
}

void Link::Hurry() {
  backoff_timer_.cancel();
  renew_timer_.cancel();
}

bool Link::ready() const {
  return following() && follower_.MillisSinceGrant() <= follower_.SilenceMillis() / 2;
}

asio::awaitable<void> Link::Wait(asio::steady_timer& timer, milliseconds duration) {
  timer.expires_after(duration);
  co_await timer.async_wait(kTuple);
}

asio::awaitable<void> Link::Connections() {
  int64_t backoff = kLeastBackoffMillis;
  while (!stopping_) {
    const uint64_t grants = follower_.counters().grants;
    const base::Error ended = co_await Connection();
    follower_.Disconnected();
    if (stopping_) break;
    if (follower_.counters().grants > grants) backoff = kLeastBackoffMillis;
    if (!idle_) host_.Ended(*this, ended);
    // Half of the pause is random, so that agents that lose a server at the same moment do not all
    // come back at the same moment.
    const int64_t jitter =
        static_cast<int64_t>(base::RandomU64() % static_cast<uint64_t>(backoff / 2 + 1));
    co_await Wait(backoff_timer_, milliseconds(backoff - jitter));
    backoff = std::min(2 * backoff, kGreatestBackoffMillis);
  }
}

asio::awaitable<base::Error> Link::Connection() {
  co_await host_.Resolve();
  idle_ = false;
  if (stopping_) co_return base::InternalError("stopping");
  auto target = host_.Choose(*this);
  if (!target) co_return target.error();
  idle_ = !target->has_value();
  if (idle_) {
    server_.reset();
    co_return base::InternalError("there is no other server");
  }
  ++attempts_;
  server_ = (*target)->server;
  auto connected = co_await ConnectToFeed((*target)->server, (*target)->key);
  if (!connected) co_return connected.error();
  if (stopping_) co_return base::InternalError("stopping");
  channel_ = std::make_shared<Channel>();
  channel_->connection = std::move(connected).value();
  ++connects_;
  heard_at_ = connected_at_ = clock_.BootNanos();
  Send(follower_.Connected());
  asio::co_spawn(
      io_,
      [self = shared_from_this(), owner = owner_.lock(), c = channel_] {
        return self->Renewals(c);
      },
      asio::detached);
  const base::Error ended = co_await Follow();
  channel_->connection->Close();
  channel_.reset();
  renew_timer_.cancel();
  co_return ended;
}

asio::awaitable<base::Error> Link::Follow() {
  for (;;) {
    const auto message = co_await channel_->connection->Read();
    if (!message) co_return message.error();
    if (stopping_ || channel_->closed) co_return base::InternalError("the connection was closed");
    heard_at_ = clock_.BootNanos();
    const auto frame = revocation::Decode(*message);
    if (!frame) co_return frame.error();
    const bool was_following = follower_.following();
    const auto answers = follower_.Receive(*frame);
    if (!answers) co_return answers.error();
    if (follower_.rebuilding()) host_.Rebuilds(*this);
    for (const revocation::Frame& answer : *answers) Send(answer);
    if (follower_.following() && !was_following) {
      renew_timer_.cancel();
      host_.Follows(*this);
    }
  }
}

asio::awaitable<void> Link::Renewals(std::shared_ptr<Channel> channel) {
  while (channel == channel_ && !stopping_) {
    if (clock_.BootNanos() - heard_at_ > follower_.SilenceMillis() * 1'000'000) {
      base::LogWarning("the server has stopped sending", {});
      Close();
      co_return;
    }
    if (const auto ask = follower_.AskForLease()) Send(*ask);
    co_await Wait(renew_timer_, milliseconds(follower_.MillisUntilNextAsk()));
  }
}

void Link::Send(const revocation::Frame& frame) {
  if (!channel_) return;
  channel_->unsent.push_back(revocation::Encode(frame));
  if (channel_->unsent.size() > kGreatestUnsent) channel_->connection->Close();
  if (channel_->sending) return;
  channel_->sending = true;
  asio::co_spawn(
      io_, [c = channel_] { return SendAll(c); }, asio::detached);
}

asio::awaitable<void> Link::SendAll(std::shared_ptr<Channel> channel) {
  while (!channel->unsent.empty()) {
    std::string message = std::move(channel->unsent.front());
    channel->unsent.pop_front();
    const base::Status written = co_await channel->connection->Write(std::move(message));
    if (!written) {
      // This also ends the reading side, which reports why.
      channel->connection->Close();
      co_return;
    }
  }
  channel->sending = false;
}

}  // namespace sallyport::agent
