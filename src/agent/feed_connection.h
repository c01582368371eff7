// How the Agent connects to a server's feed.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "base/result.h"
#include "channel/channel.h"
#include "channel/enrolment.h"

namespace sallyport::agent {

// Gives a channel on which the server has proved that it knows the key. An error's `cause` is a
// sentence for the operator that names the server. Connecting takes at most 2 s, the handshake at
// most 5 s.
boost::asio::awaitable<base::Result<std::shared_ptr<channel::Channel>>> ConnectToFeed(
    channel::Address server, channel::Key key);

}  // namespace sallyport::agent
