#include <algorithm>
#include <boost/json/value.hpp>
#include <string>

#include "base/random.h"
#include "domain/commit.h"
#include "domain/key_ring.h"
#include "domain/pool.h"
#include "domain/record.h"
#include "operations/operation.h"
#include "operations/shared/pool_description.h"
#include "operations/shared/schema.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr size_t kPoolIdLength = 9;
constexpr size_t kMostRegion = 32;

// What UpdateUserPool does not have; the rest is DescribeSettings'.
struct NewPool {
  std::string name;
  json::array schema;
  json::array aliases;
  json::array usernames;
};
constexpr auto kNewPool = domain::RecordOf<NewPool>(
    domain::Member("PoolName", &NewPool::name), domain::Member("Schema", &NewPool::schema),
    domain::Member("AliasAttributes", &NewPool::aliases),
    domain::Member("UsernameAttributes", &NewPool::usernames));

base::Result<json::object> Describe(const json::object& input, const NewPool& made) {
  if (!made.aliases.empty() && !made.usernames.empty()) {
    return base::Error{
        "InvalidParameterException",
        "Only one of the aliasAttributes or usernameAttributes can be set in a User pool.", ""};
  }
  json::object description;
  SALLYPORT_TRY(DescribeSettings(input, description));
  SALLYPORT_ASSIGN(description[domain::kSchemaMember], MakeSchema(made.schema));
  for (std::string_view member :
       {"AliasAttributes", "UsernameAttributes", "UsernameConfiguration"}) {
    if (const json::value* given = input.if_contains(member)) description[member] = *given;
  }
  return description;
}

// The region becomes a part of the id, and with that of keys and URLs. It comes from the
// signature's scope, which a caller may choose where any credentials are accepted.
base::Status CheckRegion(std::string_view region) {
  bool fits = !region.empty() && region.size() <= kMostRegion &&
              std::all_of(region.begin(), region.end(), [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
              });
  if (fits) return {};
  return base::Error{"InvalidParameterException", "The credential scope's region is invalid.", ""};
}

base::Result<json::object> RunCreateUserPool(Call& call, const json::object& input) {
  const domain::Services& services = call.services;
  SALLYPORT_TRY(CheckRegion(call.region));
  domain::Pool pool;
  const NewPool made = kNewPool.Read(input);
  SALLYPORT_ASSIGN(pool.description, Describe(input, made));
  pool.id = call.region + "_" + base::RandomString(base::kAlphanumeric, kPoolIdLength);
  pool.name = made.name;
  pool.created_millis = pool.modified_millis = services.clock.WallMillis();
  pool.published_issuer = domain::IssuerOf(services.settings, pool.id);
  SALLYPORT_ASSIGN(const auto key,
                   domain::MakeTokenKey(pool.id, pool.published_issuer, services.clock));

  const auto create = [&](store::LogTx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const auto taken, tx.Get(domain::PoolKey(pool.id)));
    if (taken) return base::InternalError("the new pool's id is taken: " + pool.id);
    SALLYPORT_TRY(domain::PutPool(tx, pool));
    return domain::AddTokenKey(tx, services.vault, *key);
  };
  SALLYPORT_TRY(domain::WithoutRelease(domain::CommitLog(services, create)));
  return json::object{{"UserPool", UserPoolType(services.settings, pool, 0)}};
}

// It makes an RSA key.
Lane LaneOf(const json::object&) {
  return Lane::kHash;
}

}  // namespace

const Operation kCreateUserPool{RunCreateUserPool, LaneOf, UnknownMembers::kRefused};

}  // namespace sallyport::operations
