// Agent keys: who may follow the RevocationFeed. Each agent has a key of its own, which is made
// from the Vault's and kept by the agent alone: a store says only which keys are enrolled, and a
// store that was restored can still tell an agent that it has forgotten.
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
  std::string key_id;            // random; another one each time that a name is enrolled
  int64_t added_millis = 0;      // since the epoch
  int64_t withdrawn_millis = 0;  // 0: it is enrolled
};

// The secret of the key that the feed calls `identity` ("NAME.KEYID"), enrolled or not: 32 bytes.
base::Secret AgentSecret(const Vault& vault, std::string_view identity);

// A new key for `name`. ResourceConflictException: the name is enrolled already.
base::Result<AgentKey> EnrolAgent(const Services& services, const std::string& name);

// By name; those that were withdrawn too, until their name is enrolled again.
base::Result<std::vector<AgentKey>> ListAgentKeys(store::Reader& reader);

// Whether the agent may follow the feed now, with this key.
base::Result<bool> IsEnrolled(store::Reader& reader, const std::string& name,
                              std::string_view key_id);

struct WithdrawnAgent {
  std::string key_id;
  store::Release release;  // what the answer waits for, beside the agent's leases
};
// Revokes the key of that name; again is no error. What the agent holds of leases is for the feed
// to wait for. ResourceNotFoundException: no agent of that name was ever enrolled.
base::Result<WithdrawnAgent> WithdrawAgent(const Services& services, const std::string& name);

}  // namespace sallyport::domain
