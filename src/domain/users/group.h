// Group: a named set of a pool's users. Their tokens list the names of their groups.
//
// Record "group/{pool}/{name, lower case}" is a group; each group that is created gets a new id.
// The anchor record of a user has the ids of the user's groups, at most kMostGroupsOfUser, so that
// a sign-in or refresh of a user without groups needs no further read. Record
// "group-member/{id}/{sub}" exists as long as the anchor has that id, and serves to find the
// members. A membership counts only while the record of the group has that id. So a deleted group
// has no members from that commit on, and the other records are deleted afterwards in small
// commits.
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
  std::string name;  // as given; the names of two groups of a pool differ in more than letter case
  std::string id;    // set by CreateGroup
  std::string description;
  std::string role_arn;               // empty: none
  std::optional<int64_t> precedence;  // the lowest comes first; groups without one come last
  int64_t created_millis = 0;
  int64_t modified_millis = 0;
};

// AWS's quota.
inline constexpr size_t kMostGroupsOfUser = 100;

// Index of all groups, in the order "{pool}/{name, lower case}".
inline constexpr std::string_view kGroupsByName = "groups-by-name";

// ResourceNotFoundException "Group not found."
base::Result<Group> RequireGroup(store::Reader& reader, std::string_view pool_id,
                                 std::string_view name);
// Gives `group` its id and writes it. GroupExistsException where the name is taken.
base::Status CreateGroup(store::Tx& tx, Group& group);
// Writes a group that was read in this commit.
base::Status PutGroup(store::Tx& tx, const Group& group);

// The groups of the pool in the order of their names.
struct GroupPage {
  std::vector<Group> groups;
  std::string next;  // as ListPage has it
};
base::Result<GroupPage> ListGroups(store::Reader& reader, std::string_view pool_id,
                                   std::string_view token, size_t limit);

// Adds the user to the group, and writes the anchor and the membership; does nothing for a member.
// `user` and `group` were read in this commit. InvalidParameterException where the user is in
// kMostGroupsOfUser groups already.
base::Status JoinGroup(store::Tx& tx, User& user, const Group& group, int64_t now_millis);
// Removes the user from the group; does nothing for a user who is not a member.
base::Status LeaveGroup(store::Tx& tx, User& user, const Group& group);
// Deletes the records of the user's memberships, for the deletion of the user.
base::Status DeleteMemberships(store::Tx& tx, const User& user);

// The keys of the records that GroupsOf reads.
std::vector<std::string> GroupKeysOf(const User& user);
using Groups = std::vector<std::shared_ptr<const Group>>;
// The user's groups by precedence, then by name. Reads nothing for a user without groups.
base::Result<Groups> GroupsOf(store::Reader& reader, const User& user);

// A text whose order is that of precedence, then name.
std::string PrecedenceSort(const Group& group);

// The role of the group with the lowest precedence. Where several groups share it, their role if
// they all have the same one; empty otherwise (AWS: "Adding groups to a user pool").
std::string_view PreferredRole(const Groups& groups);
// The role of each group in the groups' order, without repetitions.
std::vector<std::string_view> RolesOf(const Groups& groups);

// The members of the group in the order in which they joined.
struct MemberPage {
  std::vector<User> users;
  std::string next;
};
base::Result<MemberPage> ListMembers(store::Reader& reader, const Group& group,
                                     std::string_view token, size_t limit);

// The first commit deletes the group; the records of its members are deleted afterwards.
// ResourceNotFoundException.
base::Status RemoveGroup(const Services& services, std::string_view pool_id, std::string_view name);
// Called when the server starts: finishes removals that were interrupted.
base::Status FinishGroupRemovals(const Services& services);

}  // namespace sallyport::domain
