#include "operations/shared/pool_tags.h"

#include <string_view>

#include "domain/commit.h"
#include "domain/errors.h"
#include "domain/json.h"
#include "domain/pool.h"

namespace sallyport::operations {

namespace json = boost::json;

base::Result<std::string> TaggedPool(const Call& call, const json::object& input) {
  constexpr std::string_view kResource = ":userpool/";
  const std::string_view arn = domain::StringMember(input, "ResourceArn");
  const size_t at = arn.find(kResource);
  std::string pool_id(at == std::string_view::npos ? "" : arn.substr(at + kResource.size()));
  if (pool_id.empty() || domain::PoolArn(call.services.settings, pool_id) != arn) {
    return domain::error::kNoSuchResource(arn);
  }
  return pool_id;
}

base::Status ChangeTags(Call& call, const json::object& input,
                        const std::function<base::Status(json::object& tags)>& change) {
  SALLYPORT_ASSIGN(const std::string pool_id, TaggedPool(call, input));
  const auto commit = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::Pool pool, domain::GetPool(tx, pool_id));
    const json::object* present = domain::ObjectMember(pool.description, "UserPoolTags");
    json::object tags = present == nullptr ? json::object() : *present;
    SALLYPORT_TRY(change(tags));
    pool.description["UserPoolTags"] = std::move(tags);
    pool.modified_millis = call.services.clock.WallMillis();
    return domain::PutPool(tx, pool);
  };
  return domain::Commit(call.services, commit);
}

}  // namespace sallyport::operations
