// Link: one connection after another to the feed. An Agent has two: it uses the leases of the
// first, and the second is ready to take the first one's place.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "agent/feed_channel.h"
#include "agent/follower.h"
#include "base/clock.h"
#include "channel/channel.h"
#include "channel/enrolment.h"
#include "channel/key.h"

namespace sallyport::agent {

class Link;

// What a Link asks of the Agent, and tells it. All functions are called on the Agent's thread.
class LinkHost {
 public:
  // Where to connect, and as whom.
  struct Target {
    channel::Address server;
    channel::Key key;
  };

  // Looks the servers' names up.
  virtual boost::asio::awaitable<void> Resolve() = 0;
  // Nullopt: there is no server for this link at present. An error: it cannot be known.
  virtual base::Result<std::optional<Target>> Choose(Link& link) = 0;
  // Tells that the link has received everything that its server had.
  virtual void Follows(Link& link) = 0;
  // Tells that the server sends a whole snapshot, which is written into another file.
  virtual void Rebuilds(Link& link) = 0;
  // Tells that the connection has ended, or could not be made.
  virtual void Ended(Link& link, const base::Error& why) = 0;

 protected:
  ~LinkHost() = default;
};

// Used by the thread that runs `io`.
class Link : public std::enable_shared_from_this<Link> {
 public:
  // All arguments belong to an owner, who is kept alive by the work that Begin starts.
  Link(boost::asio::io_context& io, const base::Clock& clock, LinkHost& host,
       revocation::ReplicaWriter& writer, std::string name);

  void Begin(const std::shared_ptr<const void>& owner);
  void Stop();
  // Ends the connection; another one follows.
  void Close();
  // Begins with the server that is preferred again.
  void Retry();
  // Does at once what would be done after a pause: connects, or asks for a lease.
  void Hurry();

  bool connected() const { return channel_ != nullptr; }
  bool following() const { return connected() && follower_.following(); }
  // Whether the server has given it a lease a short while ago, so that it can probably get another
  // one there.
  bool ready() const;
  // For how long this link has asked for a lease in vain; 0: it is not waiting for one.
  int64_t waiting_millis() const { return connected() ? follower_.WaitingMillis() : 0; }
  // Since when it has been connected, CLOCK_BOOTTIME in nanoseconds.
  int64_t connected_at() const { return connected_at_; }

  Follower& follower() { return follower_; }
  const Follower& follower() const { return follower_; }
  const std::optional<channel::Address>& server() const { return server_; }
  uint64_t attempts() const { return attempts_; }
  uint64_t connects() const { return connects_; }

 private:
  // Makes one connection after another, until Stop.
  boost::asio::awaitable<void> Connections();
  // Runs one connection until it ends; the error says why it ended.
  boost::asio::awaitable<base::Error> Connection();
  boost::asio::awaitable<base::Error> Follow();
  // Asks for leases, and ends a connection on which nothing is received any more.
  boost::asio::awaitable<void> Renewals(std::shared_ptr<FeedChannel> channel);
  boost::asio::awaitable<void> Wait(boost::asio::steady_timer& timer,
                                    std::chrono::milliseconds duration);

  boost::asio::io_context& io_;
  std::weak_ptr<const void> owner_;
  const base::Clock& clock_;
  LinkHost& host_;
  Follower follower_;
  boost::asio::steady_timer backoff_timer_, renew_timer_;
  std::optional<channel::Address> server_;  // the one that was tried last
  std::shared_ptr<FeedChannel> channel_;    // null: there is no connection
  bool stopping_ = false;
  bool idle_ = false;     // there was no server for it
  int64_t heard_at_ = 0;  // BootNanos of the last frame
  int64_t connected_at_ = 0;
  uint64_t attempts_ = 0;
  uint64_t connects_ = 0;
};

}  // namespace sallyport::agent
