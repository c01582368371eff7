// Pool: a user pool as AWS describes it, with what its settings decide.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/pools/pool_settings.h"
#include "domain/services.h"

namespace sallyport::store {
class Reader;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct Pool {
  std::string id;  // {region}_{9 alphanumerics}
  std::string name;
  int64_t created_millis = 0;
  int64_t modified_millis = 0;
  // UserPoolType as DescribeUserPool gives it, without Id, Name, the dates and
  // EstimatedNumberOfUsers. What decides reads `settings`.
  boost::json::object description;
  PoolSettings settings;  // of `description`, by ReadDescription
  // CaseSensitive where the description has no UsernameConfiguration: true, as AWS has it; false in
  // pools that earlier versions made, whose users' names are kept in the other form.
  bool case_sensitive_by_default = true;
  // The issuer under which this pool's keys were last published to the gates.
  std::string published_issuer;
  // SetUserPoolSessionConfiguration: whether sessions are tracked, and how many of one user's may
  // live then (session_limit.h).
  bool tracks_sessions = false;
  int64_t most_sessions = 20;
  // What SetUserPoolMfaConfig has beyond a description: SoftwareTokenMfaConfiguration,
  // EmailMfaConfiguration, WebAuthnConfiguration, those that are set. Nothing but answers reads it.
  boost::json::object mfa_factors;
};

// Reads the settings from a description that has changed.
void ReadDescription(Pool& pool);

// `iss` of the pool's tokens under these settings.
std::string IssuerOf(const Settings& settings, std::string_view pool_id);
std::string PoolArn(const Settings& settings, std::string_view pool_id);
std::string PoolKey(std::string_view pool_id);

// The region that a pool id begins with; empty where the text is not a pool id.
std::string_view RegionOf(std::string_view pool_id);
// ResourceNotFoundException, as of a pool that there is none of, unless the pool is of the region
// that a call was signed for.
base::Status CheckPoolRegion(std::string_view pool_id, std::string_view region);
// Index of all pools: sort "{region}/{creation, milliseconds, 16 digits}".
inline constexpr std::string_view kPoolIndex = "pools";

// ResourceNotFoundException "User pool {id} does not exist." The parsed pool is shared and kept
// while the record's bytes stay the same.
base::Result<std::shared_ptr<const Pool>> GetPool(const Services& services,
                                                  std::string_view pool_id);
// The same, read by `reader`.
base::Result<std::shared_ptr<const Pool>> GetSharedPool(store::Reader& reader,
                                                        std::string_view pool_id);
// The same within a commit.
base::Result<Pool> GetPool(store::Reader& reader, std::string_view pool_id);
base::Status PutPool(store::Tx& tx, const Pool& pool);
// The record's bytes, and back.
std::string SerializePool(const Pool& pool);
base::Result<Pool> ParsePool(std::string_view key, std::string_view bytes);

// Pools in the order of their creation, at most `limit`, after the one named by `after` (an opaque
// place: `next` of the page before; empty: from the start). `region_prefix`: "us-east-1/", or empty
// for all.
struct PoolPage {
  std::vector<Pool> pools;
  std::string next;  // empty: that was all
};
base::Result<PoolPage> ListPools(const Services& services, std::string_view region_prefix,
                                 std::string_view after, size_t limit);

}  // namespace sallyport::domain
