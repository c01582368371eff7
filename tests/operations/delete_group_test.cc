#include "group_fixture.h"

namespace sallyport::operations {
namespace {

using DeleteGroupTest = GroupTest;

TEST_F(DeleteGroupTest, MembersLoseItAndAnotherOfItsNameHasNone) {
  MakeGroup("admins");
  MakePlainUser("alice");
  ASSERT_TRUE(Succeeded(Add("alice", "admins")));
  ASSERT_TRUE(Succeeded(Group("DeleteGroup", "admins")));
  EXPECT_EQ(Group("GetGroup", "admins").code, "ResourceNotFoundException");
  EXPECT_EQ(GroupsOf("alice"), List{});
  MakeGroup("admins");
  EXPECT_EQ(GroupsOf("alice"), List{});
  EXPECT_TRUE(Group("ListUsersInGroup", "admins").At("Users").as_array().empty());
}

TEST_F(DeleteGroupTest, AnUnknownGroupIsNotFound) {
  EXPECT_TRUE(
      FailedWith(Group("DeleteGroup", "admins"), "ResourceNotFoundException", "Group not found."));
}

TEST_F(DeleteGroupTest, GroupsGoWithTheirPool) {
  MakeGroup("admins");
  MakePlainUser("alice");
  ASSERT_TRUE(Succeeded(Add("alice", "admins")));
  ASSERT_TRUE(Succeeded(Call("DeleteUserPool", {{"UserPoolId", pool_}})));
  for (const char* index : {"groups-by-name", "members-by-group", "group-removals"}) {
    EXPECT_TRUE(store_->List(index, "", std::nullopt, 1)->empty()) << index;
  }
}

}  // namespace
}  // namespace sallyport::operations
