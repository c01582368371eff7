#include "domain/family.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>
#include <vector>

#include "domain/json.h"
#include "domain/page.h"
#include "domain/user.h"
#include "revocation/revocation.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

constexpr std::string_view kFamilyPrefix = "family/";

std::string UserSort(std::string_view pool_id, std::string_view sub, uint64_t generation) {
  return fmt::format("{}/{}/{:016x}/", pool_id, sub, generation);
}

// When the record serves nobody any more: its refresh token has expired, and so has every token
// that was made with it in the last moment.
int64_t RecordExpiry(const TokenFamily& family) {
  return family.refresh_expires + revocation::kGreatestTokenLifetimeSeconds +
         revocation::kGreatestLeewaySeconds + revocation::kRetentionSlackSeconds;
}

base::Result<TokenFamily> ParseFamily(std::string_view key, std::string_view bytes) {
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, bytes));
  TokenFamily family;
  family.id = StringMember(record, "Id");
  family.carries_origin_jti = BoolMember(record, "OriginJti");
  family.event_id = StringMember(record, "EventId");
  family.pool_id = StringMember(record, "PoolId");
  family.sub = StringMember(record, "Sub");
  family.client_id = StringMember(record, "ClientId");
  family.auth_time = IntMember(record, "AuthTime");
  if (const json::array* factors = ArrayMember(record, "Amr")) {
    family.factors = ParseFactors(*factors);
  }
  family.created_millis = IntMember(record, "Created");
  family.last_used_millis = IntMember(record, "LastUsed");
  family.refresh_expires = IntMember(record, "RefreshExpires");
  family.refresh_hash = StringMember(record, "RefreshHash");
  family.rotation = static_cast<uint64_t>(IntMember(record, "Rotation"));
  if (const json::array* rotated = ArrayMember(record, "Rotated")) {
    for (const json::value& millis : *rotated) family.rotated_millis.push_back(millis.as_int64());
  }
  family.generation = static_cast<uint64_t>(IntMember(record, "Generation"));
  family.born = static_cast<uint64_t>(IntMember(record, "Born"));
  family.device.type = StringMember(record, "Device");
  family.device.ip = StringMember(record, "Ip");
  // A record without the member is none of ours: not alive.
  family.revoked = BoolMember(record, "Revoked", true);
  return family;
}

}  // namespace

json::array FactorsJson(const std::vector<ProvedFactor>& factors) {
  json::array array;
  for (const ProvedFactor& factor : factors) {
    array.push_back(json::array{factor.method, factor.seconds});
  }
  return array;
}

std::vector<ProvedFactor> ParseFactors(const json::array& factors) {
  std::vector<ProvedFactor> parsed;
  for (const json::value& value : factors) {
    const json::array* pair = value.if_array();
    if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_string() || !(*pair)[1].is_int64()) {
      continue;
    }
    parsed.push_back({std::string((*pair)[0].get_string()), (*pair)[1].get_int64()});
  }
  return parsed;
}

std::string_view AcrOf(const TokenFamily& family) {
  if (!family.factors) return {};
  const bool password =
      std::any_of(family.factors->begin(), family.factors->end(),
                  [](const ProvedFactor& factor) { return factor.method == kPasswordFactor; });
  return password ? "aal1" : "";
}

std::string FamilyKey(std::string_view family_id) {
  std::string key(kFamilyPrefix);
  key += family_id;
  return key;
}

std::string_view FamilyIdOf(std::string_view family_key) {
  return family_key.substr(kFamilyPrefix.size());
}

std::string FamilyExpirySort(int64_t unix_seconds) {
  return fmt::format("{:016}", unix_seconds);
}

base::Result<std::optional<TokenFamily>> GetFamily(store::Reader& reader,
                                                   std::string_view family_id) {
  const std::string key = FamilyKey(family_id);
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return std::optional<TokenFamily>();
  SALLYPORT_ASSIGN(TokenFamily family, ParseFamily(key, *bytes));
  return std::optional(std::move(family));
}

base::Status PutFamily(store::Tx& tx, const TokenFamily& family) {
  json::object record{{"Id", family.id},
                      {"OriginJti", family.carries_origin_jti},
                      {"EventId", family.event_id},
                      {"PoolId", family.pool_id},
                      {"Sub", family.sub},
                      {"ClientId", family.client_id},
                      {"AuthTime", family.auth_time},
                      {"Created", family.created_millis},
                      {"LastUsed", family.last_used_millis},
                      {"RefreshExpires", family.refresh_expires},
                      {"RefreshHash", family.refresh_hash},
                      {"Generation", static_cast<int64_t>(family.generation)},
                      {"Born", static_cast<int64_t>(family.born)},
                      {"Revoked", family.revoked}};
  if (family.factors) record["Amr"] = FactorsJson(*family.factors);
  if (family.rotation > 0) {
    record["Rotation"] = static_cast<int64_t>(family.rotation);
    record["Rotated"] = json::array(family.rotated_millis.begin(), family.rotated_millis.end());
  }
  if (!family.device.type.empty()) record["Device"] = family.device.type;
  if (!family.device.ip.empty()) record["Ip"] = family.device.ip;
  std::vector<store::IndexRow> rows{
      {std::string(kFamiliesByExpiry), FamilyExpirySort(RecordExpiry(family))}};
  if (!family.revoked) {
    rows.push_back(
        {std::string(kFamiliesByUser), UserSort(family.pool_id, family.sub, family.generation)});
  }
  return tx.Put(FamilyKey(family.id), json::serialize(record), rows);
}

bool IsAlive(const TokenFamily& family, const User* user) {
  return !family.revoked && user != nullptr && user->pool_id == family.pool_id &&
         user->sub == family.sub && user->generation == family.generation;
}

base::Status VisitFamilies(store::Reader& reader, const User& user,
                           const std::function<base::Status(TokenFamily&)>& visit) {
  constexpr size_t kPage = 500;
  const std::string prefix = UserSort(user.pool_id, user.sub, user.generation);
  std::optional<store::ListPosition> after;
  for (;;) {
    SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                     reader.List(kFamiliesByUser, prefix, after, kPage));
    for (const store::ListItem& item : items) {
      SALLYPORT_ASSIGN(TokenFamily family, ParseFamily(item.key, item.value));
      SALLYPORT_TRY(visit(family));
    }
    if (items.size() < kPage) return {};
    after = {items.back().sort, items.back().key};
  }
}

base::Result<FamilyPage> ListFamilies(store::Reader& reader, const User& user,
                                      std::string_view token, size_t limit) {
  SALLYPORT_ASSIGN(Page page,
                   ListPage(reader, kFamiliesByUser,
                            UserSort(user.pool_id, user.sub, user.generation), token, limit));
  FamilyPage result{{}, std::move(page.next)};
  for (const store::ListItem& item : page.items) {
    SALLYPORT_ASSIGN(TokenFamily family, ParseFamily(item.key, item.value));
    result.families.push_back(std::move(family));
  }
  return result;
}

}  // namespace sallyport::domain
