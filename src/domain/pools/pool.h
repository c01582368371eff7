// Pool: a user pool with what its settings mean.
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
  // UserPoolType as DescribeUserPool answers it, without Id, Name, the dates and
  // EstimatedNumberOfUsers. Rules do not read it; they read `settings`.
  boost::json::object description;
  PoolSettings settings;  // read from `description` by ReadDescription
  // The value of CaseSensitive where the description has no UsernameConfiguration: true, as in AWS.
  // It is false in pools that earlier versions made, which stored usernames in the other form.
  bool case_sensitive_by_default = true;
  // The issuer under which this pool's keys were last published to the gates.
  std::string published_issuer;
  // Set by SetUserPoolSessionConfiguration: whether sessions are tracked, and if so how many one
  // user may have (session_limit.h).
  bool tracks_sessions = false;
  int64_t most_sessions = 20;
  // The greatest MaxValidityMinutes that a client was ever given (Client::sso_minutes). It says for
  // how long the sessions of browsers must be stored.
  int64_t greatest_sso_minutes = 0;
  // What SetUserPoolMfaConfig has stored beyond the description: SoftwareTokenMfaConfiguration,
  // EmailMfaConfiguration and WebAuthnConfiguration, where they are set. It is only shown in
  // answers.
  boost::json::object mfa_factors;
};

// Reads `settings` again after `description` has changed.
void ReadDescription(Pool& pool);

// The `iss` claim of the pool's tokens under these settings.
std::string IssuerOf(const Settings& settings, std::string_view pool_id);
std::string PoolArn(const Settings& settings, std::string_view pool_id);
std::string PoolKey(std::string_view pool_id);

// The region that a pool id begins with; empty where the text is not a pool id.
std::string_view RegionOf(std::string_view pool_id);
// Succeeds where the pool is of the region that the call was signed for. Otherwise
// ResourceNotFoundException, as if the pool did not exist.
base::Status CheckPoolRegion(std::string_view pool_id, std::string_view region);
// Index of all pools, in the order "{region}/{creation in milliseconds, 16 digits}".
inline constexpr std::string_view kPoolIndex = "pools";

// ResourceNotFoundException "User pool {id} does not exist." The parsed pool is cached and shared
// while the record's bytes stay the same.
base::Result<std::shared_ptr<const Pool>> GetPool(const Services& services,
                                                  std::string_view pool_id);
// The same, read by means of `reader`.
base::Result<std::shared_ptr<const Pool>> GetSharedPool(store::Reader& reader,
                                                        std::string_view pool_id);
// The same as this thread has read it last; null: it has not, or not lately. It may have changed
// since, so it only tells what may be worth reading (store/read_ahead.h).
std::shared_ptr<const Pool> RememberedPool(std::string_view pool_id);
// The same within a commit.
base::Result<Pool> GetPool(store::Reader& reader, std::string_view pool_id);
base::Status PutPool(store::Tx& tx, const Pool& pool);
// Writes and reads the record.
std::string SerializePool(const Pool& pool);
base::Result<Pool> ParsePool(std::string_view key, std::string_view bytes);

// Pools in the order of their creation, at most `limit`. `after` says where the page begins: it is
// `next` of the page before, or empty for the first page. `region_prefix` is for example
// "us-east-1/", or empty for all regions.
struct PoolPage {
  std::vector<Pool> pools;
  std::string next;  // empty: there are no more
};
base::Result<PoolPage> ListPools(const Services& services, std::string_view region_prefix,
                                 std::string_view after, size_t limit);

}  // namespace sallyport::domain
