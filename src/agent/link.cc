#include "agent/link.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>
#include <vector>

#include "agent/backoff.h"
#include "agent/feed_connection.h"
#include "agent/tuple.h"
#include "base/log.h"

namespace sallyport::agent {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

// The first attempt after a connection is lost comes almost at once, because gates must be served
// again soon after the server is back.
constexpr milliseconds kLeastBackoff{20};
constexpr milliseconds kGreatestBackoff{1'000};

}  // namespace

Link::Link(asio::io_context& io, const base::Clock& clock, LinkHost& host,
           revocation::ReplicaWriter& writer, std::string name)
    : io_(io),
      clock_(clock),
      host_(host),
      follower_(writer, clock, std::move(name)),
      backoff_timer_(io),
      renew_timer_(io) {}

void Link::Begin(const std::shared_ptr<const void>& owner) {
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
  if (channel_) channel_->Close();
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
  Backoff backoff(kLeastBackoff, kGreatestBackoff);
  while (!stopping_) {
    const uint64_t grants = follower_.counters().grants;
    const base::Error ended = co_await Connection();
    follower_.Disconnected();
    if (stopping_) break;
    if (follower_.counters().grants > grants) backoff.Reset();
    if (!idle_) host_.Ended(*this, ended);
    co_await Wait(backoff_timer_, backoff.Next());
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
  channel_ = std::make_shared<FeedChannel>(io_, std::move(connected).value());
  ++connects_;
  heard_at_ = connected_at_ = clock_.BootNanos();
  channel_->Send(follower_.Connected());
  asio::co_spawn(
      io_,
      [self = shared_from_this(), owner = owner_.lock(), c = channel_] {
        return self->Renewals(c);
      },
      asio::detached);
  const base::Error ended = co_await Follow();
  channel_->Close();
  channel_.reset();
  renew_timer_.cancel();
  co_return ended;
}

asio::awaitable<base::Error> Link::Follow() {
  for (;;) {
    const auto frame = co_await channel_->Read();
    if (!frame) co_return frame.error();
    heard_at_ = clock_.BootNanos();
    const bool was_following = follower_.following();
    const auto answers = follower_.Receive(*frame);
    if (!answers) co_return answers.error();
    if (follower_.rebuilding()) host_.Rebuilds(*this);
    for (const revocation::Frame& answer : *answers) channel_->Send(answer);
    if (follower_.following() && !was_following) {
      renew_timer_.cancel();
      host_.Follows(*this);
    }
  }
}

asio::awaitable<void> Link::Renewals(std::shared_ptr<FeedChannel> channel) {
  while (channel == channel_ && !stopping_) {
    if (clock_.BootNanos() - heard_at_ > follower_.SilenceMillis() * 1'000'000) {
      base::LogWarning("the server has stopped sending", {});
      Close();
      co_return;
    }
    if (const auto ask = follower_.AskForLease()) channel->Send(*ask);
    co_await Wait(renew_timer_, milliseconds(follower_.MillisUntilNextAsk()));
  }
}

}  // namespace sallyport::agent
