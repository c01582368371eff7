#include "own_api/agents.h"

#include <boost/json/array.hpp>
#include <utility>

#include "channel/enrolment.h"
#include "domain/errors.h"
#include "domain/keys/agent_key.h"
#include "domain/records/json.h"

namespace sallyport::own_api {
namespace {

namespace json = boost::json;
using Addresses = std::vector<channel::Address>;

// The addresses that agents are given: those that the call names, or else the addresses on which
// the server listens, if one can connect to them.
base::Result<Addresses> Reachable(const Environment& environment, const Addresses& asked) {
  if (!asked.empty()) return asked;
  Addresses addresses;
  for (const std::string& listen : environment.feed_addresses) {
    const auto address = channel::ParseAddress(listen);
    const bool all = listen.starts_with("0.0.0.0:") || listen.starts_with("[::]:");
    if (address && !all) addresses.push_back(*address);
  }
  if (!addresses.empty()) return addresses;
  return domain::error::kServerAddressUnknown();
}

base::Result<json::object> AddAgent(const Environment& environment, const std::string& name,
                                    const Addresses& asked) {
  const domain::Services& services = environment.services;
  SALLYPORT_ASSIGN(Addresses servers, Reachable(environment, asked));
  SALLYPORT_ASSIGN(const domain::AgentKey agent, domain::EnrolAgent(services, name));
  channel::Enrolment enrolment{
      .servers = std::move(servers), .name = agent.name, .key_id = agent.key_id, .secret = {}};
  enrolment.secret =
      domain::AgentSecret(services.vault, channel::IdentityOf(agent.name, agent.key_id));
  return json::object{{"Name", agent.name},
                      {"KeyId", agent.key_id},
                      {"Enrolment", channel::FormatEnrolment(enrolment)}};
}

base::Result<json::object> ListAgents(const Environment& environment) {
  SALLYPORT_ASSIGN(const std::vector<domain::AgentKey> keys,
                   domain::ListAgentKeys(environment.services.store));
  json::array agents;
  for (const domain::AgentKey& key : keys) {
    json::array peers;
    int64_t leases = 0;
    for (const feed::AgentStatus& agent : environment.feed.agents) {
      if (agent.name != key.name || agent.key_id != key.key_id) continue;
      if (agent.connected) peers.emplace_back(agent.peer);
      leases += agent.lease_millis_left > 0 ? 1 : 0;
    }
    json::object row{{"Name", key.name},
                     {"KeyId", key.key_id},
                     {"Added", IsoTime(key.added_millis)},
                     {"Peers", std::move(peers)},
                     {"Leases", leases}};
    if (key.withdrawn_millis != 0) row["Withdrawn"] = IsoTime(key.withdrawn_millis);
    agents.emplace_back(std::move(row));
  }
  return json::object{{"Agents", std::move(agents)}};
}

// However it ends, the answer waits until the agent's leases have ended.
Outcome RemoveAgent(const Environment& environment, const std::string& name) {
  const auto withdrawn = domain::WithdrawAgent(environment.services, name);
  if (!withdrawn) {
    return {.answer = withdrawn.error(), .ended_agent = EndedAgent{.name = name, .key_id = {}}};
  }
  return {.answer = json::object{{"Name", name}},
          .wait = withdrawn->release,
          .ended_agent = EndedAgent{.name = name, .key_id = withdrawn->key_id}};
}

}  // namespace

base::Result<Work> ParseAgents(const json::object& body) {
  const std::string action(domain::StringMember(body, "Action"));
  const std::string name(domain::StringMember(body, "Name"));
  if (action == "LIST") {
    return Work{.needs_feed_status = true, .run = [](const Environment& environment) {
                  return Outcome{.answer = ListAgents(environment)};
                }};
  }
  if (action != "ADD" && action != "REMOVE") return domain::error::kUnknownAgentAction();
  if (!channel::IsAgentName(name)) return domain::error::kInvalidAgentName();
  Addresses servers;
  for (const std::string& server : domain::StringsMember(body, "Servers")) {
    const auto address = channel::ParseAddress(server);
    if (!address) return domain::error::kServerNotHostPort(server);
    servers.push_back(*address);
  }
  if (servers.size() > channel::kGreatestAddresses) return domain::error::kTooManyServers();
  if (action == "REMOVE") {
    return Work{.revokes = true, .run = [name](const Environment& environment) {
                  return RemoveAgent(environment, name);
                }};
  }
  return Work{.run = [name, servers = std::move(servers)](const Environment& environment) {
    return Outcome{.answer = AddAgent(environment, name, servers)};
  }};
}

}  // namespace sallyport::own_api
