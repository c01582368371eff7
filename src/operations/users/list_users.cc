// ListUsers: lists the users of a pool in the order of their creation, or those that a filter
// matches.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "domain/records/page.h"
#include "domain/users/user_filter.h"
#include "operations/operation.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr size_t kRead = 64;

// How many candidates one call reads at most: for a filter that differs from the stored values only
// in letter case, all users of the pool may be candidates. A page that ends for this reason is
// short, and says that more may follow.
constexpr size_t kMostCandidates = 512;

struct UserPage {
  std::vector<domain::User> users;
  // where the next page begins; nullopt: there are no more
  std::optional<store::ListPosition> next;
};

// At most `limit` users after `after`. The index gives candidates, and each user's record decides.
base::Result<UserPage> Find(store::Reader& reader, const domain::Pool& pool,
                            const std::optional<domain::UserFilter>& filter,
                            std::optional<store::ListPosition> after, size_t limit) {
  UserPage page;
  for (size_t candidates = 0;; candidates += kRead) {
    SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                     domain::UserCandidates(reader, pool, filter, after, kRead));
    for (const store::ListItem& item : items) {
      SALLYPORT_ASSIGN(std::optional<domain::User> user,
                       domain::GetUser(reader, pool.id, item.value));
      const bool matches = user && (!filter || filter->Matches(pool, *user));
      // One user more than was asked for shows that another page follows.
      if (matches && page.users.size() == limit) {
        page.next = std::move(after);
        return page;
      }
      after = {item.sort, item.key};
      if (matches) page.users.push_back(std::move(*user));
    }
    if (items.size() < kRead) return page;
    if (candidates + kRead >= kMostCandidates) {
      page.next = std::move(after);
      return page;
    }
  }
}

// UserType with the attributes that were asked for, or with all if none were.
json::object ShownUser(const domain::User& user, const api::ListUsersInput& input) {
  json::object shown = UserType(user);
  if (!input.has_attributes_to_get()) return shown;
  json::array attributes;
  const auto show = [&](std::string_view name, std::string_view value) {
    for (const std::string_view wanted : input.attributes_to_get()) {
      if (wanted == name) attributes.push_back(json::object{{"Name", name}, {"Value", value}});
    }
  };
  show("sub", user.sub);
  for (const auto& [name, value] : user.attributes) show(name, value);
  shown["Attributes"] = std::move(attributes);
  return shown;
}

base::Result<json::object> RunListUsers(Call& call, const api::ListUsersInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  std::optional<domain::UserFilter> filter;
  if (const std::string_view text = input.filter(); !text.empty()) {
    SALLYPORT_ASSIGN(filter, domain::UserFilter::Parse(text));
  }
  const size_t limit = QueryLimit(input);
  SALLYPORT_ASSIGN(auto after, domain::DecodePosition(input.pagination_token()));
  SALLYPORT_ASSIGN(const UserPage page,
                   Find(call.services.store, *pool, filter, std::move(after), limit));
  json::array users;
  for (const domain::User& user : page.users) users.push_back(ShownUser(user, input));
  json::object answer;
  answer["Users"] = std::move(users);
  if (page.next) answer["PaginationToken"] = domain::EncodePosition(*page.next);
  return answer;
}

}  // namespace

const Operation<api::ListUsersInput> kListUsers = MakeOperation<RunListUsers>();

}  // namespace sallyport::operations
