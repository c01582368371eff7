#include "operations/pools/pool_tags.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "domain/errors.h"
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "domain/records/record.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr std::string_view kSettingPrefix = "sallyport:";
struct TagSetting {
  std::string_view key;
  std::array<std::string_view, 2> values;
};
constexpr std::array<TagSetting, 4> kTagSettings{
    {{"sallyport:revoke-on-password-change", {"true", "false"}},
     {"sallyport:revoke-on-refresh-token-reuse", {"true", "false"}},
     {"sallyport:at-session-limit", {"evict", "refuse"}},
     {"sallyport:claims", {"cognito", "openid"}}}};

struct DescribedTags {
  json::object tags;
};
constexpr auto kDescribedTags =
    domain::RecordOf<DescribedTags>(domain::Member(domain::kTagsMember, &DescribedTags::tags));

base::Status CheckTag(std::string_view key, std::string_view value) {
  const auto setting = std::find_if(kTagSettings.begin(), kTagSettings.end(),
                                    [key](const TagSetting& row) { return row.key == key; });
  if (setting == kTagSettings.end()) {
    std::string known;
    for (const TagSetting& row : kTagSettings) {
      known += (known.empty() ? "" : ", ") + std::string(row.key);
    }
    return domain::error::kTagNoSetting(key, known);
  }
  if (std::find(setting->values.begin(), setting->values.end(), value) != setting->values.end()) {
    return {};
  }
  return domain::error::kTagValue(key, setting->values[0], setting->values[1]);
}

}  // namespace

base::Status CheckTags(const json::object& tags) {
  for (const auto& [key, value] : tags) {
    if (!std::string_view(key).starts_with(kSettingPrefix)) continue;
    SALLYPORT_TRY(CheckTag(key, value.is_string() ? std::string_view(value.get_string()) : ""));
  }
  return {};
}

json::object TagsOf(const domain::Pool& pool) {
  return kDescribedTags.Read(pool.description).tags;
}

base::Result<std::string> TaggedPool(const Call& call, std::string_view arn) {
  constexpr std::string_view kResource = ":userpool/";
  const size_t at = arn.find(kResource);
  std::string pool_id(at == std::string_view::npos ? "" : arn.substr(at + kResource.size()));
  if (pool_id.empty() || domain::PoolArn(call.services.settings, pool_id) != arn) {
    return domain::error::kNoSuchResource(arn);
  }
  SALLYPORT_TRY(domain::CheckPoolRegion(pool_id, call.region));
  return pool_id;
}

base::Status ChangeTags(Call& call, std::string_view arn,
                        const std::function<base::Status(json::object& tags)>& change) {
  SALLYPORT_ASSIGN(const std::string pool_id, TaggedPool(call, arn));
  const auto commit = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::Pool pool, domain::GetPool(tx, pool_id));
    json::object tags = TagsOf(pool);
    SALLYPORT_TRY(change(tags));
    pool.description[domain::kTagsMember] = std::move(tags);
    pool.modified_millis = call.services.clock.WallMillis();
    return domain::PutPool(tx, pool);
  };
  return domain::Commit(call.services, commit);
}

}  // namespace sallyport::operations
