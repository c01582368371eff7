#include "domain/tokens/family.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>
#include <vector>

#include "domain/records/expiry.h"
#include "domain/records/json.h"
#include "domain/records/page.h"
#include "domain/records/record.h"
#include "domain/users/user.h"
#include "revocation/revocation.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

constexpr std::string_view kFamilyPrefix = "family/";

std::string UserSort(std::string_view pool_id, std::string_view sub, uint64_t generation) {
  return fmt::format("{}/{}/{:016x}/", pool_id, sub, generation);
}

// When the record may be deleted: the refresh token has expired, and so have the tokens that were
// issued with it in its last moment.
int64_t RecordExpiry(const TokenFamily& family) {
  return family.refresh_expires + revocation::kGreatestTokenLifetimeSeconds +
         revocation::kGreatestLeewaySeconds + revocation::kRetentionSlackSeconds;
}

constexpr auto kDevice =
    RecordOf<Device>(Sparse("Device", &Device::type), Sparse("Ip", &Device::ip));

bool IsRotated(const TokenFamily& family) {
  return family.rotation > 0;
}

constexpr auto kFamilyRecord = RecordOf<TokenFamily>(
    Member("Id", &TokenFamily::id), Member("OriginJti", &TokenFamily::carries_origin_jti),
    Member("EventId", &TokenFamily::event_id), Member("PoolId", &TokenFamily::pool_id),
    Member("Sub", &TokenFamily::sub), Member("ClientId", &TokenFamily::client_id),
    Member("AuthTime", &TokenFamily::auth_time), Member("Created", &TokenFamily::created_millis),
    Member("LastUsed", &TokenFamily::last_used_millis),
    Member("RefreshExpires", &TokenFamily::refresh_expires),
    Member("RefreshHash", &TokenFamily::refresh_hash), Sparse("Scope", &TokenFamily::scope),
    Sparse("Resource", &TokenFamily::resource),
    Sparse("IdTokenClaims", &TokenFamily::id_token_claims),
    Sparse("UserInfoClaims", &TokenFamily::user_info_claims),
    Sparse("BrowserSession", &TokenFamily::browser_session),
    Member("Generation", &TokenFamily::generation), Member("Born", &TokenFamily::born),
    // A record without this member was not written by this server, so the family counts as revoked.
    Member("Revoked", &TokenFamily::revoked, true), Sparse("Amr", &TokenFamily::factors),
    Where<TokenFamily>(IsRotated, Member("Rotation", &TokenFamily::rotation),
                       Member("Rotated", &TokenFamily::rotated_millis)),
    Inline(&TokenFamily::device, kDevice));

base::Result<TokenFamily> ParseFamily(std::string_view key, std::string_view bytes) {
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, bytes));
  return kFamilyRecord.Read(record);
}

}  // namespace

bool Codec<ProvedFactor>::Read(const json::value& value, ProvedFactor& factor) {
  const json::array* pair = value.if_array();
  if (pair == nullptr || pair->size() != 2) return false;
  const json::string* method = pair->front().if_string();
  const int64_t* seconds = pair->back().if_int64();
  if (method == nullptr || seconds == nullptr) return false;
  factor = {std::string(*method), *seconds};
  return true;
}

json::value Codec<ProvedFactor>::Write(const ProvedFactor& factor) {
  return json::array{factor.method, factor.seconds};
}

std::string_view AcrOf(const TokenFamily& family) {
  if (!family.factors) return {};
  const bool password =
      std::any_of(family.factors->begin(), family.factors->end(),
                  [](const ProvedFactor& factor) { return factor.method == kPasswordFactor; });
  return password ? kOneFactor : std::string_view();
}

std::string FamilyKey(std::string_view family_id) {
  std::string key(kFamilyPrefix);
  key += family_id;
  return key;
}

store::Following UserOfFamily(std::string_view family_id) {
  // The sort is made by UserSort, and what follows the sub in it is not part of the anchor's key.
  return {.pointer = FamilyKey(family_id),
          .prefix = UserKey("", "").substr(0, UserKey("", "").size() - 1),
          .index = std::string(kFamiliesByUser),
          .tail = UserSort("", "", 0).size() - 1};
}

std::string_view FamilyIdOf(std::string_view family_key) {
  return family_key.substr(kFamilyPrefix.size());
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
  std::vector<store::IndexRow> rows{
      {std::string(kFamiliesByExpiry), ExpirySort(RecordExpiry(family))}};
  if (!family.revoked) {
    rows.push_back(
        {std::string(kFamiliesByUser), UserSort(family.pool_id, family.sub, family.generation)});
  }
  return tx.Put(FamilyKey(family.id), json::serialize(kFamilyRecord.Write(family)), rows);
}

bool IsAlive(const TokenFamily& family, const User* user) {
  return !family.revoked && user != nullptr && user->pool_id == family.pool_id &&
         user->sub == family.sub && user->generation == family.generation;
}

base::Status VisitFamilies(store::Reader& reader, const User& user,
                           const std::function<base::Status(TokenFamily&)>& visit) {
  constexpr size_t kFamiliesAtATime = 500;
  const std::string prefix = UserSort(user.pool_id, user.sub, user.generation);
  std::optional<store::ListPosition> after;
  for (;;) {
    SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                     reader.List(kFamiliesByUser, prefix, after, kFamiliesAtATime));
    for (const store::ListItem& item : items) {
      SALLYPORT_ASSIGN(TokenFamily family, ParseFamily(item.key, item.value));
      SALLYPORT_TRY(visit(family));
    }
    if (items.size() < kFamiliesAtATime) return {};
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
