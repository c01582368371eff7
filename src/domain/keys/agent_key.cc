#include "domain/keys/agent_key.h"

#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstdlib>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "base/random.h"
#include "domain/errors.h"
#include "domain/keys/vault.h"
#include "domain/records/commit.h"
#include "domain/records/json.h"
#include "domain/records/record.h"

namespace sallyport::domain {
namespace {

namespace json = boost::json;

constexpr std::string_view kIndex = "agent";
constexpr std::string_view kPrefix = "agent/";
constexpr size_t kKeyIdBytes = 8;
constexpr size_t kPage = 200;

std::string RecordKey(std::string_view name) {
  return std::string(kPrefix) + std::string(name);
}

constexpr auto kAgentRecord =
    RecordOf<AgentKey>(Member("KeyId", &AgentKey::key_id), Member("Added", &AgentKey::added_millis),
                       Sparse("Withdrawn", &AgentKey::withdrawn_millis));

base::Result<AgentKey> Parse(std::string_view key, std::string_view value) {
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, value));
  AgentKey agent = kAgentRecord.Read(record);
  agent.name = key.substr(kPrefix.size());
  return agent;
}

base::Result<std::optional<AgentKey>> Find(store::Reader& reader, const std::string& name) {
  const std::string key = RecordKey(name);
  SALLYPORT_ASSIGN(const std::optional<std::string> value, reader.Get(key));
  if (!value) return std::optional<AgentKey>();
  SALLYPORT_ASSIGN(AgentKey agent, Parse(key, *value));
  return std::optional<AgentKey>(std::move(agent));
}

base::Status Put(store::Tx& tx, const AgentKey& agent) {
  return tx.Put(RecordKey(agent.name), json::serialize(kAgentRecord.Write(agent)),
                {{std::string(kIndex), agent.name}});
}

std::string NewKeyId() {
  std::array<uint8_t, kKeyIdBytes> bytes{};
  base::RandomBytes(bytes);
  return base::HexEncode(bytes);
}

}  // namespace

base::Secret AgentSecret(const Vault& vault, std::string_view identity) {
  return base::Secret(vault.Mac("agent key", identity));
}

base::Result<AgentKey> EnrolAgent(const Services& services, const std::string& name) {
  AgentKey agent{.name = name, .key_id = NewKeyId(), .added_millis = services.clock.WallMillis()};
  SALLYPORT_ASSIGN(store::Written committed,
                   services.store.Update([&](store::Tx& tx) -> base::Status {
                     SALLYPORT_ASSIGN(const std::optional<AgentKey> present, Find(tx, name));
                     if (present && present->withdrawn_millis == 0) {
                       return error::kAgentEnrolled(name);
                     }
                     return Put(tx, agent);
                   }));
  SALLYPORT_TRY(std::move(committed.outcome));
  return agent;
}

base::Result<std::vector<AgentKey>> ListAgentKeys(store::Reader& reader) {
  std::vector<AgentKey> agents;
  std::optional<store::ListPosition> after;
  for (;;) {
    SALLYPORT_ASSIGN(const std::vector<store::ListItem> page,
                     reader.List(kIndex, "", after, kPage));
    for (const store::ListItem& item : page) {
      SALLYPORT_ASSIGN(AgentKey agent, Parse(item.key, item.value));
      agents.push_back(std::move(agent));
    }
    if (page.size() < kPage) return agents;
    after = store::ListPosition{page.back().sort, page.back().key};
  }
}

base::Result<bool> IsEnrolled(store::Reader& reader, const std::string& name,
                              std::string_view key_id) {
  SALLYPORT_ASSIGN(const std::optional<AgentKey> agent, Find(reader, name));
  return agent && agent->withdrawn_millis == 0 && agent->key_id == key_id;
}

namespace {

// Tells the other servers, whose agents may have this key.
base::Status Announce(store::Tx& tx) {
  SALLYPORT_ASSIGN(const auto before, tx.Get(store::kWithdrawalsRecord));
  const int64_t next = before ? std::strtoll(before->c_str(), nullptr, 10) + 1 : 1;
  return tx.Put(store::kWithdrawalsRecord, std::to_string(next), {});
}

}  // namespace

base::Result<WithdrawnAgent> WithdrawAgent(const Services& services, const std::string& name) {
  std::string key_id;
  const auto withdraw = [&](store::LogTx& tx) -> base::Status {
    SALLYPORT_ASSIGN(std::optional<AgentKey> agent, Find(tx, name));
    if (!agent) {
      return error::kNoSuchAgent(name);
    }
    key_id = agent->key_id;
    if (agent->withdrawn_millis != 0) return {};
    agent->withdrawn_millis = services.clock.WallMillis();
    if (services.store.peers() != nullptr) SALLYPORT_TRY(Announce(tx));
    return Put(tx, *agent);
  };
  SALLYPORT_ASSIGN(const store::Release release, CommitRevoking(services, withdraw));
  return WithdrawnAgent{std::move(key_id), release};
}

}  // namespace sallyport::domain
