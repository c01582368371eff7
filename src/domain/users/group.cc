#include "domain/users/group.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <limits>
#include <utility>

#include "base/random.h"
#include "base/text.h"
#include "domain/errors.h"
#include "domain/records/commit.h"
#include "domain/records/json.h"
#include "domain/records/page.h"
#include "domain/records/parsed_records.h"
#include "domain/records/record.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

constexpr std::string_view kMembersByGroup = "members-by-group";
// What is left of a deleted group: record "group-removal/{id}", sort "{pool}/{id}".
constexpr std::string_view kRemovals = "group-removals";
// Small enough that commits of other calls hardly have to wait.
constexpr size_t kMembersAtOnce = 100;
constexpr size_t kIdLength = 16;

std::string GroupKey(std::string_view pool_id, std::string_view name) {
  return "group/" + std::string(pool_id) + "/" + base::LowerCase(name);
}

std::string MemberKey(std::string_view group_id, std::string_view sub) {
  return "group-member/" + std::string(group_id) + "/" + std::string(sub);
}

std::string MemberSortPrefix(std::string_view pool_id, std::string_view group_id) {
  return std::string(pool_id) + "/" + std::string(group_id) + "/";
}

std::string RemovalKey(std::string_view group_id) {
  return "group-removal/" + std::string(group_id);
}

constexpr auto kGroupRecord = RecordOf<Group>(
    Member("PoolId", &Group::pool_id), Member("Name", &Group::name), Member("Id", &Group::id),
    Member("Description", &Group::description), Member("RoleArn", &Group::role_arn),
    Member("Created", &Group::created_millis), Member("Modified", &Group::modified_millis),
    Sparse("Precedence", &Group::precedence));

base::Result<Group> ParseGroup(std::string_view key, std::string_view bytes) {
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, bytes));
  return kGroupRecord.Read(record);
}

int64_t Rank(const Group& group) {
  return group.precedence.value_or(std::numeric_limits<int64_t>::max());
}

// The group with `id` in this pool under `name`; nullptr where it was deleted.
base::Result<std::shared_ptr<const Group>> LiveGroup(store::Reader& reader,
                                                     std::string_view pool_id,
                                                     std::string_view name, std::string_view id) {
  thread_local ParsedRecords<Group> parsed;
  const std::string key = GroupKey(pool_id, name);
  SALLYPORT_ASSIGN(auto group, parsed.Get(reader, key, [&key](std::string_view text) {
    return ParseGroup(key, text);
  }));
  if (group && group->id != id) return std::shared_ptr<const Group>();
  return group;
}

// Removes a user from a group that was deleted.
base::Status DropMember(store::Tx& tx, std::string_view pool_id, std::string_view group_id,
                        const store::ListItem& member) {
  SALLYPORT_ASSIGN(std::optional<User> user, GetUser(tx, pool_id, member.value));
  if (user &&
      std::erase_if(user->groups, [&](const auto& item) { return item.second == group_id; }) > 0) {
    SALLYPORT_TRY(PutUser(tx, *user));
  }
  return tx.Delete(member.key);
}

base::Status DropMembers(const Services& services, const std::string& pool_id,
                         const std::string& group_id) {
  const std::string prefix = MemberSortPrefix(pool_id, group_id);
  for (bool more = true; more;) {
    const auto batch = [&](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(const std::vector<store::ListItem> members,
                       tx.List(kMembersByGroup, prefix, std::nullopt, kMembersAtOnce));
      for (const store::ListItem& member : members) {
        SALLYPORT_TRY(DropMember(tx, pool_id, group_id, member));
      }
      more = members.size() == kMembersAtOnce;
      return more ? base::Status() : tx.Delete(RemovalKey(group_id));
    };
    SALLYPORT_TRY(Commit(services, batch));
  }
  return {};
}

base::Status DeleteRecord(store::Tx& tx, const Group& group) {
  SALLYPORT_TRY(tx.Delete(GroupKey(group.pool_id, group.name)));
  return tx.Put(RemovalKey(group.id), group.pool_id,
                {{std::string(kRemovals), group.pool_id + "/" + group.id}});
}

}  // namespace

base::Result<Group> RequireGroup(store::Reader& reader, std::string_view pool_id,
                                 std::string_view name) {
  const std::string key = GroupKey(pool_id, name);
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return error::kNoSuchGroup();
  return ParseGroup(key, *bytes);
}

base::Status CreateGroup(store::Tx& tx, Group& group) {
  SALLYPORT_ASSIGN(const auto taken, tx.Get(GroupKey(group.pool_id, group.name)));
  if (taken) {
    return error::kGroupTaken(group.name);
  }
  group.id = base::RandomString(base::kLowerAlphanumeric, kIdLength);
  return PutGroup(tx, group);
}

base::Status PutGroup(store::Tx& tx, const Group& group) {
  return tx.Put(GroupKey(group.pool_id, group.name), json::serialize(kGroupRecord.Write(group)),
                {{std::string(kGroupsByName), group.pool_id + "/" + base::LowerCase(group.name)}});
}

base::Result<GroupPage> ListGroups(store::Reader& reader, std::string_view pool_id,
                                   std::string_view token, size_t limit) {
  SALLYPORT_ASSIGN(Page page,
                   ListPage(reader, kGroupsByName, std::string(pool_id) + "/", token, limit));
  GroupPage result{{}, std::move(page.next)};
  for (const store::ListItem& item : page.items) {
    SALLYPORT_ASSIGN(Group group, ParseGroup(item.key, item.value));
    result.groups.push_back(std::move(group));
  }
  return result;
}

base::Status JoinGroup(store::Tx& tx, User& user, const Group& group, int64_t now_millis) {
  const std::string name = base::LowerCase(group.name);
  const auto found = user.groups.find(name);
  if (found != user.groups.end()) {
    if (found->second == group.id) return {};
    // This membership is left from a group of the same name whose removal is not finished.
    SALLYPORT_TRY(tx.Delete(MemberKey(found->second, user.sub)));
  } else if (user.groups.size() >= kMostGroupsOfUser) {
    return error::kTooManyGroups(kMostGroupsOfUser);
  }
  user.groups[name] = group.id;
  SALLYPORT_TRY(tx.Put(MemberKey(group.id, user.sub), user.sub,
                       {{std::string(kMembersByGroup),
                         MemberSortPrefix(user.pool_id, group.id) + SortableMillis(now_millis)}}));
  return PutUser(tx, user);
}

base::Status LeaveGroup(store::Tx& tx, User& user, const Group& group) {
  const auto found = user.groups.find(base::LowerCase(group.name));
  if (found == user.groups.end() || found->second != group.id) return {};
  user.groups.erase(found);
  SALLYPORT_TRY(tx.Delete(MemberKey(group.id, user.sub)));
  return PutUser(tx, user);
}

base::Status DeleteMemberships(store::Tx& tx, const User& user) {
  for (const auto& [name, id] : user.groups) SALLYPORT_TRY(tx.Delete(MemberKey(id, user.sub)));
  return {};
}

std::vector<std::string> GroupKeysOf(const User& user) {
  std::vector<std::string> keys;
  for (const auto& [name, id] : user.groups) keys.push_back(GroupKey(user.pool_id, name));
  return keys;
}

base::Result<Groups> GroupsOf(store::Reader& reader, const User& user) {
  Groups groups;
  for (const auto& [name, id] : user.groups) {
    SALLYPORT_ASSIGN(auto group, LiveGroup(reader, user.pool_id, name, id));
    if (group) groups.push_back(std::move(group));
  }
  std::sort(groups.begin(), groups.end(),
            [](const auto& a, const auto& b) { return PrecedenceSort(*a) < PrecedenceSort(*b); });
  return groups;
}

std::string PrecedenceSort(const Group& group) {
  return fmt::format("{:019}/{}", Rank(group), group.name);
}

std::vector<std::string_view> RolesOf(const Groups& groups) {
  std::vector<std::string_view> roles;
  for (const auto& group : groups) {
    const bool known = std::find(roles.begin(), roles.end(), group->role_arn) != roles.end();
    if (!group->role_arn.empty() && !known) roles.emplace_back(group->role_arn);
  }
  return roles;
}

std::string_view PreferredRole(const Groups& groups) {
  const Group* first = nullptr;
  for (const auto& group : groups) {
    if (group->role_arn.empty()) continue;
    if (first == nullptr) first = group.get();
    if (Rank(*group) == Rank(*first) && group->role_arn != first->role_arn) return {};
  }
  return first == nullptr ? std::string_view() : std::string_view(first->role_arn);
}

base::Result<MemberPage> ListMembers(store::Reader& reader, const Group& group,
                                     std::string_view token, size_t limit) {
  SALLYPORT_ASSIGN(Page page, ListPage(reader, kMembersByGroup,
                                       MemberSortPrefix(group.pool_id, group.id), token, limit));
  MemberPage result{{}, std::move(page.next)};
  for (const store::ListItem& item : page.items) {
    SALLYPORT_ASSIGN(std::optional<User> user, GetUser(reader, group.pool_id, item.value));
    if (user) result.users.push_back(std::move(*user));
  }
  return result;
}

base::Status RemoveGroup(const Services& services, std::string_view pool_id,
                         std::string_view name) {
  Group removed;
  const auto remove = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(removed, RequireGroup(tx, pool_id, name));
    return DeleteRecord(tx, removed);
  };
  SALLYPORT_TRY(Commit(services, remove));
  return DropMembers(services, removed.pool_id, removed.id);
}

base::Status FinishGroupRemovals(const Services& services) {
  for (;;) {
    SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                     services.store.List(kRemovals, "", std::nullopt, kMembersAtOnce));
    if (items.empty()) return {};
    for (const store::ListItem& item : items) {
      const std::string group_id = item.sort.substr(item.value.size() + 1);
      SALLYPORT_TRY(DropMembers(services, item.value, group_id));
    }
  }
}

}  // namespace sallyport::domain
