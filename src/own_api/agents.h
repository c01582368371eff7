// POST /_sallyport/agents: the keys of agents, for calls signed with SigV4.
//
// {"Action": "ADD", "Name", "Servers"?: [...]} gives {"Name", "KeyId", "Enrolment"}. Enrolment is
// the file that enrols the agent (channel/enrolment.h). Servers are the addresses by which the
// agent reaches the feed; by default, those on which the server listens. The file determines which
// server the agent will trust, so callers ask for a proof that the answer is genuine
// (http/own_api.cc).
//
// {"Action": "LIST"} gives {"Agents": [{"Name", "KeyId", "Added", "Withdrawn"?, "Peers": [...],
// "Leases"}]}: which agents are connected, and how many leases each holds.
//
// {"Action": "REMOVE", "Name"} gives {"Name"}, once the agent's connections and leases have ended:
// then no gate of that agent allows anything any more.
//
// An error is {"__type", "message"}.
#pragma once

#include "own_api/endpoint.h"

namespace sallyport::own_api {

base::Result<Work> ParseAgents(const boost::json::object& body);

inline constexpr Endpoint kAgents{
    .path = "/_sallyport/agents", .name = "Agents", .parse = ParseAgents};

}  // namespace sallyport::own_api
