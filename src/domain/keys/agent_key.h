// Agent keys decide who may follow the RevocationFeed. Each agent has a key of its own, which is
// derived from the Vault's key and kept by the agent alone. The store only records which keys are
// enrolled, so even a store that was restored from an older backup recognises an agent that it has
// forgotten.
//
// Record "agent/NAME": {"KeyId", "Added", "Withdrawn"?}.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "domain/services.h"
#include "store/store.h"

namespace sallyport::domain {

struct AgentKey {
  std::string name;
  std::string key_id;            // random, and a new one each time that a name is enrolled
  int64_t added_millis = 0;      // milliseconds since the epoch
  int64_t withdrawn_millis = 0;  // 0: the key is enrolled
};

// The secret of the key that the feed calls `identity` ("NAME.KEYID"), whether it is enrolled or
// not: 32 bytes.
base::Secret AgentSecret(const Vault& vault, std::string_view identity);

// Makes a new key for `name`. ResourceConflictException where the name is enrolled already.
base::Result<AgentKey> EnrolAgent(const Services& services, const std::string& name);

// All agent keys by name, including those that were withdrawn and whose name was not enrolled
// again.
base::Result<std::vector<AgentKey>> ListAgentKeys(store::Reader& reader);

// Whether the agent may follow the feed now with this key.
base::Result<bool> IsEnrolled(store::Reader& reader, const std::string& name,
                              std::string_view key_id);

struct WithdrawnAgent {
  std::string key_id;
  store::Release release;  // the answer waits for this, and for the end of the agent's leases
};
// Withdraws the key of that name; withdrawing it again is no error. The caller then has the feed
// wait until the agent holds no lease. ResourceNotFoundException where no agent of that name was
// ever enrolled.
base::Result<WithdrawnAgent> WithdrawAgent(const Services& services, const std::string& name);

}  // namespace sallyport::domain
