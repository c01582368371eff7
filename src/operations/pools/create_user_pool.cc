// CreateUserPool: creates a user pool in the region that the call is signed for, with a key that
// signs its tokens.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <string_view>

#include "base/random.h"
#include "domain/errors.h"
#include "domain/keys/key_ring.h"
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "operations/operation.h"
#include "operations/pools/pool_description.h"
#include "operations/pools/schema.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr size_t kPoolIdLength = 9;
constexpr size_t kMostRegion = 32;

void Keep(json::object& description, std::string_view member, const json::array* given) {
  if (given != nullptr) description[member] = *given;
}

base::Result<json::object> Describe(const api::CreateUserPoolInput& input) {
  const auto aliases = input.alias_attributes();
  const auto usernames = input.username_attributes();
  if (!aliases.empty() && !usernames.empty()) {
    return domain::error::kAliasOrUsernameAttributes();
  }
  json::object description;
  SALLYPORT_TRY(DescribeSettings(input.json(), description));
  SALLYPORT_ASSIGN(description[domain::kSchemaMember], MakeSchema(input.schema()));
  Keep(description, "AliasAttributes", aliases.json());
  Keep(description, "UsernameAttributes", usernames.json());
  if (const auto configuration = input.username_configuration()) {
    description["UsernameConfiguration"] = configuration->json();
  }
  return description;
}

// The region becomes part of the pool's id, and so of keys and URLs. It comes from the scope of the
// signature, which a caller can choose freely where any credentials are accepted.
base::Status CheckRegion(std::string_view region) {
  bool fits = !region.empty() && region.size() <= kMostRegion &&
              std::all_of(region.begin(), region.end(), [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
              });
  if (fits) return {};
  return domain::error::kWrongCredentialRegion();
}

base::Result<json::object> RunCreateUserPool(Call& call, const api::CreateUserPoolInput& input) {
  const domain::Services& services = call.services;
  SALLYPORT_TRY(CheckRegion(call.region));
  domain::Pool pool;
  SALLYPORT_ASSIGN(pool.description, Describe(input));
  pool.id = call.region + "_" + base::RandomString(base::kAlphanumeric, kPoolIdLength);
  pool.name = input.pool_name();
  pool.created_millis = pool.modified_millis = services.clock.WallMillis();
  pool.published_issuer = domain::IssuerOf(services.settings, pool.id);
  SALLYPORT_ASSIGN(const auto key,
                   domain::MakeTokenKey(pool.id, pool.published_issuer, services.clock));

  const auto create = [&](store::LogTx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const auto taken, tx.Get(domain::PoolKey(pool.id)));
    if (taken) return base::InternalError("the new pool's id is already in use: " + pool.id);
    SALLYPORT_TRY(domain::PutPool(tx, pool));
    return domain::AddTokenKey(tx, services.vault, *key);
  };
  SALLYPORT_TRY(domain::WithoutRelease(domain::CommitLog(services, create)));
  return json::object{{"UserPool", UserPoolType(services.settings, pool, 0)}};
}

// It makes an RSA key, which takes long.
Lane LaneOf(const api::CreateUserPoolInput&) {
  return Lane::kHash;
}

}  // namespace

const Operation<api::CreateUserPoolInput> kCreateUserPool =
    MakeOperation<RunCreateUserPool, LaneOf>(UnknownMembers::kRefused);

}  // namespace sallyport::operations
