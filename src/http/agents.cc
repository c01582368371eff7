#include "http/agents.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <exception>
#include <utility>
#include <vector>

#include "base/error_codes.h"
#include "channel/enrolment.h"
#include "domain/errors.h"
#include "domain/keys/agent_key.h"
#include "domain/records/json.h"
#include "http/exchange.h"
#include "http/on_pool.h"
#include "http/own_json.h"
#include "store/store.h"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

struct AskedOfAgents {
  std::string action;
  std::string name;
  std::vector<channel::Address> servers;
};

base::Result<AskedOfAgents> ParseAsked(const Request& request) {
  SALLYPORT_ASSIGN(const json::object input, JsonBody(request));
  AskedOfAgents asked;
  asked.action = domain::StringMember(input, "Action");
  asked.name = domain::StringMember(input, "Name");
  if (asked.action == "LIST") return asked;
  if (asked.action != "ADD" && asked.action != "REMOVE") {
    return domain::error::kUnknownAgentAction();
  }
  if (!channel::IsAgentName(asked.name)) {
    return domain::error::kInvalidAgentName();
  }
  for (const std::string& server : domain::StringsMember(input, "Servers")) {
    const auto address = channel::ParseAddress(server);
    if (!address) return domain::error::kServerNotHostPort(server);
    asked.servers.push_back(*address);
  }
  if (asked.servers.size() > channel::kGreatestAddresses) return domain::error::kTooManyServers();
  return asked;
}

// Where agents are told to go: what was asked for, or where the server listens, as far as that is
// an address to call.
base::Result<std::vector<channel::Address>> Reachable(const Backends& backends,
                                                      const AskedOfAgents& asked) {
  if (!asked.servers.empty()) return asked.servers;
  std::vector<channel::Address> addresses;
  for (const std::string& listen : backends.feed_addresses()) {
    const auto address = channel::ParseAddress(listen);
    const bool all = listen.starts_with("0.0.0.0:") || listen.starts_with("[::]:");
    if (address && !all) addresses.push_back(*address);
  }
  if (!addresses.empty()) return addresses;
  return domain::error::kServerAddressUnknown();
}

base::Result<json::object> Add(const Backends& backends, const AskedOfAgents& asked) {
  SALLYPORT_ASSIGN(std::vector<channel::Address> servers, Reachable(backends, asked));
  SALLYPORT_ASSIGN(const domain::AgentKey agent, domain::EnrolAgent(backends.services, asked.name));
  channel::Enrolment enrolment{
      .servers = std::move(servers), .name = agent.name, .key_id = agent.key_id, .secret = {}};
  enrolment.secret =
      domain::AgentSecret(backends.services.vault, channel::IdentityOf(agent.name, agent.key_id));
  return json::object{{"Name", agent.name},
                      {"KeyId", agent.key_id},
                      {"Enrolment", channel::FormatEnrolment(enrolment)}};
}

json::object List(const std::vector<domain::AgentKey>& keys, const feed::Status& status) {
  json::array agents;
  for (const domain::AgentKey& key : keys) {
    json::array peers;
    int64_t leases = 0;
    for (const feed::AgentStatus& agent : status.agents) {
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
  return {{"Agents", std::move(agents)}};
}

using Listed = base::Result<std::vector<domain::AgentKey>>;
using AgentsAnswer = base::Result<json::object>;

asio::awaitable<AgentsAnswer> ListAll(const Backends& backends) {
  auto keys = co_await OnPool<Listed>(backends.quick, [&backends] {
    return Guarded<std::vector<domain::AgentKey>>(
        [&backends] { return domain::ListAgentKeys(backends.services.store); });
  });
  if (!keys) co_return domain::error::kRateExceeded();
  if (!*keys) co_return keys->error();
  const feed::Status status = co_await backends.hub.GetStatus();
  co_return List(**keys, status);
}

asio::awaitable<AgentsAnswer> AddOne(const Backends& backends, const AskedOfAgents& asked) {
  auto added = co_await OnPool<AgentsAnswer>(
      backends.quick, [&] { return Guarded<json::object>([&] { return Add(backends, asked); }); });
  if (!added) co_return domain::error::kRateExceeded();
  co_return std::move(*added);
}

// A revoking call: whatever is answered, the agent's leases are over.
asio::awaitable<AgentsAnswer> RemoveOne(const Backends& backends, const AskedOfAgents& asked,
                                        Exchange& exchange) {
  using Withdrawn = domain::WithdrawnAgent;
  const auto withdraw = [&] {
    return Guarded<Withdrawn>([&] { return domain::WithdrawAgent(backends.services, asked.name); });
  };
  auto withdrawn =
      co_await OnPool<base::Result<Withdrawn>>(backends.quick, withdraw, WorkerPool::Bound::kNone);
  if (!withdrawn) co_return domain::error::kRateExceeded();
  std::string key_id = *withdrawn ? (*withdrawn)->key_id : "";
  const bool over = co_await backends.hub.Withdraw(asked.name, std::move(key_id));
  if (!*withdrawn) co_return withdrawn->error();
  const bool released = co_await exchange.AwaitRelease((*withdrawn)->release);
  if (!over || !released) co_return base::InternalError("its leases are not known to be over");
  co_return json::object{{"Name", asked.name}};
}

asio::awaitable<AgentsAnswer> Perform(const Backends& backends, const AskedOfAgents& asked,
                                      Exchange& exchange) {
  if (asked.action == "LIST") co_return co_await ListAll(backends);
  if (asked.action == "REMOVE") co_return co_await RemoveOne(backends, asked, exchange);
  co_return co_await AddOne(backends, asked);
}

}  // namespace

asio::awaitable<Response> Agents(const Backends& backends, const Request& request, const Peer& peer,
                                 const std::string& request_id) {
  if (request.method() != boost::beast::http::verb::post) {
    Response refusal = JsonError(405, "MethodNotAllowed", "Method Not Allowed");
    refusal.AddHeader("Allow", "POST");
    co_return refusal;
  }
  const auto verified = backends.verify_signature(ToSigned(request));
  if (!verified) co_return JsonError(403, verified.error());
  const auto asked = ParseAsked(request);
  if (!asked) co_return JsonRefusal(asked.error());
  Exchange exchange(backends, peer, request_id);
  AgentsAnswer answer = co_await Perform(backends, *asked, exchange);
  const bool busy = !answer && answer.error().code == base::code::kTooManyRequests;
  Response response = answer ? JsonAnswer(*answer)
                      : busy ? JsonError(429, answer.error())
                             : JsonRefusal(answer.error());
  exchange.Finish("Agents", answer ? "" : answer.error().code, answer ? "" : answer.error().cause,
                  response);
  co_return response;
}

}  // namespace sallyport::http
