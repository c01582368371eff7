// ListUsers: the pool's users in the order of their creation, or those that a filter finds.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "domain/json.h"
#include "domain/page.h"
#include "operations/operation.h"
#include "operations/shared/user_filter.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr size_t kRead = 64;

struct Found {
  domain::User user;
  store::ListPosition position;
};

// The users after `after`, at most `most`. The index gives candidates, each user's record decides.
base::Result<std::vector<Found>> Find(store::Reader& reader, const std::string& pool_id,
                                      const std::optional<UserFilter>& filter,
                                      std::optional<store::ListPosition> after, size_t most) {
  const std::string index = filter ? filter->Index() : std::string(domain::kUsersByCreation);
  const std::string prefix = filter ? filter->Prefix(pool_id) : pool_id + "/";
  std::vector<Found> found;
  for (;;) {
    SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                     reader.List(index, prefix, after, kRead));
    for (const store::ListItem& item : items) {
      SALLYPORT_ASSIGN(std::optional<domain::User> user,
                       domain::GetUser(reader, pool_id, item.value));
      if (!user || (filter && !filter->Matches(*user))) continue;
      found.push_back({std::move(*user), {item.sort, item.key}});
      if (found.size() == most) return found;
    }
    if (items.size() < kRead) return found;
    after = {items.back().sort, items.back().key};
  }
}

// UserType with the attributes that were asked for; all, if none were.
json::object Shown(const domain::User& user, const json::array* wanted) {
  json::object shown = UserType(user);
  if (wanted == nullptr) return shown;
  json::array attributes;
  for (const json::value& attribute : shown["Attributes"].as_array()) {
    for (const json::value& name : *wanted) {
      if (attribute.as_object().at("Name") == name) attributes.push_back(attribute);
    }
  }
  shown["Attributes"] = std::move(attributes);
  return shown;
}

base::Result<json::object> Run(Call& call, const json::object& input) {
  SALLYPORT_ASSIGN(const auto pool, PoolOf(call, input));
  std::optional<UserFilter> filter;
  if (const std::string_view text = domain::StringMember(input, "Filter"); !text.empty()) {
    SALLYPORT_ASSIGN(filter, UserFilter::Parse(text));
  }
  const size_t limit = QueryLimit(input);
  SALLYPORT_ASSIGN(auto after,
                   domain::DecodePosition(domain::StringMember(input, "PaginationToken")));
  // One more than asked for tells whether a page follows.
  SALLYPORT_ASSIGN(const std::vector<Found> found,
                   Find(call.services.store, pool->id, filter, std::move(after), limit + 1));
  const json::array* wanted = domain::ArrayMember(input, "AttributesToGet");
  json::array users;
  for (const Found& item : found) {
    if (users.size() < limit) users.push_back(Shown(item.user, wanted));
  }
  json::object answer;
  answer["Users"] = std::move(users);
  if (found.size() > limit) {
    answer["PaginationToken"] = domain::EncodePosition(found[limit - 1].position);
  }
  return answer;
}

}  // namespace

const Operation kListUsers{Run};

}  // namespace sallyport::operations
