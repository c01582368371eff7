// Group: a named set of a pool's users, which their tokens tell of.
//
// Record "group/{pool}/{name, lower case}" is a group; its id is new with each creation. A user's
// anchor record holds the ids of its groups, at most kMostGroupsOfUser, so that a sign-in or
// refresh of a user in no group reads nothing more. Record "group-member/{id}/{sub}", which is
// there as long as the anchor holds that id, finds the members. A membership counts only while the
// group's record has its id: a group that is deleted has no members from that commit on, and its
// records follow in small commits.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/services.h"
#include "domain/users/user.h"

namespace sallyport::domain {

struct Group {
  std::string pool_id;
  std::string name;  // as given; names differ in more than case
  std::string id;    // set by CreateGroup
  std::string description;
  std::string role_arn;               // empty: none
  std::optional<int64_t> precedence;  // the lowest comes first; none: after all that have one
  int64_t created_millis = 0;
  int64_t modified_millis = 0;
};

// AWS's quota.
inline constexpr size_t kMostGroupsOfUser = 100;

// Index of all groups: sort "{pool}/{name, lower case}".
inline constexpr std::string_view kGroupsByName = "groups-by-name";

// ResourceNotFoundException "Group not found."
base::Result<Group> RequireGroup(store::Reader& reader, std::string_view pool_id,
                                 std::string_view name);
// Gives `group` its id and writes it. GroupExistsException where the name is taken.
base::Status CreateGroup(store::Tx& tx, Group& group);
// Writes a group that was read in this commit.
base::Status PutGroup(store::Tx& tx, const Group& group);

// The pool's groups by name.
struct GroupPage {
  std::vector<Group> groups;
  std::string next;  // as ListPage has it
};
base::Result<GroupPage> ListGroups(store::Reader& reader, std::string_view pool_id,
                                   std::string_view token, size_t limit);

// Writes the anchor and the membership; `user` and `group` were read in this commit. A member stays
// one. InvalidParameterException where the user is in kMostGroupsOfUser groups.
base::Status JoinGroup(store::Tx& tx, User& user, const Group& group, int64_t now_millis);
// The inverse. It does nothing for a user who is not a member.
base::Status LeaveGroup(store::Tx& tx, User& user, const Group& group);
// Deletes what finds `user` as a member: for the user's deletion.
base::Status DeleteMemberships(store::Tx& tx, const User& user);

using Groups = std::vector<std::shared_ptr<const Group>>;
// The user's groups by precedence, then name. No read for a user in none.
base::Result<Groups> GroupsOf(store::Reader& reader, const User& user);

// Text whose order is that of precedence, then name.
std::string PrecedenceSort(const Group& group);

// The role of the groups with the lowest precedence among those that have one; empty where they
// have none or disagree (AWS: "Adding groups to a user pool").
std::string_view PreferredRole(const Groups& groups);
// Each group's role, once, in the groups' order.
std::vector<std::string_view> RolesOf(const Groups& groups);

// The group's members in the order in which they joined.
struct MemberPage {
  std::vector<User> users;
  std::string next;
};
base::Result<MemberPage> ListMembers(store::Reader& reader, const Group& group,
                                     std::string_view token, size_t limit);

// The first commit deletes the group; its members' records follow. ResourceNotFoundException.
base::Status RemoveGroup(const Services& services, std::string_view pool_id, std::string_view name);
// At start: finishes removals that were interrupted.
base::Status FinishGroupRemovals(const Services& services);

}  // namespace sallyport::domain
