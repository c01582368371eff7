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

#include "own_api/endpoint.h"

namespace sallyport::own_api {

base::Result<Work> ParseAgents(const boost::json::object& body);

inline constexpr Endpoint kAgents{
    .path = "/_sallyport/agents", .name = "Agents", .parse = ParseAgents};

}  // namespace sallyport::own_api
