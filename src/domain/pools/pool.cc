#include "domain/pools/pool.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <utility>

#include "domain/errors.h"
#include "domain/records/json.h"
#include "domain/records/page.h"
#include "domain/records/parsed_records.h"
#include "domain/records/record.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

constexpr auto kPoolRecord = RecordOf<Pool>(
    Member("Id", &Pool::id), Member("Name", &Pool::name), Member("Created", &Pool::created_millis),
    Member("Modified", &Pool::modified_millis), Member("PublishedIssuer", &Pool::published_issuer),
    Member("TracksSessions", &Pool::tracks_sessions),
    Member("MostSessions", &Pool::most_sessions, 20),
    Sparse("GreatestSsoMinutes", &Pool::greatest_sso_minutes),
    // Earlier versions did not write this member.
    Member("CaseSensitiveByDefault", &Pool::case_sensitive_by_default, false),
    Member("Description", &Pool::description), Sparse("MfaFactors", &Pool::mfa_factors));

// An earlier form of MfaFactors.
struct EarlierFactors {
  bool software_token = false;
};
constexpr auto kEarlierFactors =
    RecordOf<EarlierFactors>(Member("SoftwareTokenMfa", &EarlierFactors::software_token));

// Whether a description says how names are compared.
struct DescribedUsernames {
  std::optional<json::object> configuration;
};
constexpr auto kDescribedUsernames = RecordOf<DescribedUsernames>(
    Member("UsernameConfiguration", &DescribedUsernames::configuration));

}  // namespace

std::string IssuerOf(const Settings& settings, std::string_view pool_id) {
  if (settings.issuer_style == IssuerStyle::kAws) {
    return "https://cognito-idp." + std::string(RegionOf(pool_id)) + ".amazonaws.com/" +
           std::string(pool_id);
  }
  return settings.public_url + "/" + std::string(pool_id);
}

std::string PoolArn(const Settings& settings, std::string_view pool_id) {
  return "arn:aws:cognito-idp:" + std::string(RegionOf(pool_id)) + ":" + settings.account_id +
         ":userpool/" + std::string(pool_id);
}

namespace {

ParsedRecords<Pool>& ParsedPools() {
  thread_local ParsedRecords<Pool> parsed;
  return parsed;
}

}  // namespace

std::string PoolKey(std::string_view pool_id) {
  return "pool/" + std::string(pool_id);
}

std::string_view RegionOf(std::string_view pool_id) {
  size_t underscore = pool_id.rfind('_');
  return underscore == std::string_view::npos ? std::string_view() : pool_id.substr(0, underscore);
}

base::Status CheckPoolRegion(std::string_view pool_id, std::string_view region) {
  if (RegionOf(pool_id) == region) return {};
  return error::kNoSuchPool.Because("the call was signed for another region", pool_id);
}

std::shared_ptr<const Pool> RememberedPool(std::string_view pool_id) {
  return ParsedPools().Remembered(PoolKey(pool_id));
}

base::Result<std::shared_ptr<const Pool>> GetPool(const Services& services,
                                                  std::string_view pool_id) {
  return GetSharedPool(services.store, pool_id);
}

base::Result<std::shared_ptr<const Pool>> GetSharedPool(store::Reader& reader,
                                                        std::string_view pool_id) {
  const std::string key = PoolKey(pool_id);
  SALLYPORT_ASSIGN(auto pool, ParsedPools().Get(reader, key, [&key](std::string_view text) {
    return ParsePool(key, text);
  }));
  if (!pool) return error::kNoSuchPool(pool_id);
  return pool;
}

base::Result<Pool> GetPool(store::Reader& reader, std::string_view pool_id) {
  std::string key = PoolKey(pool_id);
  SALLYPORT_ASSIGN(std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return error::kNoSuchPool(pool_id);
  return ParsePool(key, *bytes);
}

void ReadDescription(Pool& pool) {
  pool.settings = ReadPoolSettings(pool.description);
  if (!kDescribedUsernames.Read(pool.description).configuration) {
    pool.settings.case_sensitive_names = pool.case_sensitive_by_default;
  }
}

base::Result<Pool> ParsePool(std::string_view key, std::string_view bytes) {
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, bytes));
  Pool pool = kPoolRecord.Read(record);
  if (pool.mfa_factors.empty() && kEarlierFactors.Read(record).software_token) {
    pool.mfa_factors = {{"SoftwareTokenMfaConfiguration", json::object{{"Enabled", true}}}};
  }
  ReadDescription(pool);
  return pool;
}

std::string SerializePool(const Pool& pool) {
  return json::serialize(kPoolRecord.Write(pool));
}

base::Status PutPool(store::Tx& tx, const Pool& pool) {
  std::string sort = std::string(RegionOf(pool.id)) + "/" + SortableMillis(pool.created_millis);
  return tx.Put(PoolKey(pool.id), SerializePool(pool), {{std::string(kPoolIndex), sort}});
}

base::Result<PoolPage> ListPools(const Services& services, std::string_view region_prefix,
                                 std::string_view after, size_t limit) {
  SALLYPORT_ASSIGN(Page page, ListPage(services.store, kPoolIndex, region_prefix, after, limit));
  PoolPage result{{}, std::move(page.next)};
  for (const store::ListItem& item : page.items) {
    SALLYPORT_ASSIGN(Pool pool, ParsePool(item.key, item.value));
    result.pools.push_back(std::move(pool));
  }
  return result;
}

}  // namespace sallyport::domain
