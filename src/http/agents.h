// POST /_sallyport/agents: the keys of agents, to calls signed with SigV4.
//
// JSON {"Action": "ADD", "Name", "Servers"?: [...]} gives {"Name", "KeyId", "Enrolment"}: the file
// that enrols the agent (channel/enrolment.h). Servers are where it reaches the feed; by default
// where the server listens. The file decides whom the agent will believe, so callers ask for a
// proof of the answer (router.cc).
// {"Action": "LIST"} gives {"Agents": [{"Name", "KeyId", "Added", "Withdrawn"?, "Peers": [...],
// "Leases"}]}: what is connected, and how many leases there are.
// {"Action": "REMOVE", "Name"} gives {"Name"}, once the agent's connections have ended and its
// leases are over: no gate that it keeps allows anything any more.
// An error is {"__type", "message"}.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "http/backends.h"
#include "http/request.h"
#include "http/response.h"

namespace sallyport::http {

inline constexpr std::string_view kAgentsPath = "/_sallyport/agents";

boost::asio::awaitable<Response> Agents(const Backends& backends, const Request& request,
                                        const Peer& peer, const std::string& request_id);

}  // namespace sallyport::http
