#include "group_fixture.h"

namespace sallyport::operations {
namespace {

using UpdateGroupTest = GroupTest;

TEST_F(UpdateGroupTest, WhatIsNotGivenStays) {
  MakeGroup("admins", {{"Description", "d"}, {"Precedence", 3}});
  clock_.AdvanceMillis(5000);
  const Reply updated = Group("UpdateGroup", "admins", {{"Precedence", 0}});
  ASSERT_TRUE(Succeeded(updated));
  EXPECT_EQ(updated.Text("Group.Description"), "d");
  EXPECT_EQ(updated.At("Group.Precedence"), boost::json::value(0));
  EXPECT_DOUBLE_EQ(updated.At("Group.LastModifiedDate").as_double(),
                   updated.At("Group.CreationDate").as_double() + 5);
  EXPECT_EQ(Group("GetGroup", "admins").body, updated.body);
}

TEST_F(UpdateGroupTest, MembersStayMembers) {
  MakeGroup("admins");
  MakePlainUser("alice");
  ASSERT_TRUE(Succeeded(Add("alice", "admins")));
  ASSERT_TRUE(Succeeded(Group("UpdateGroup", "admins", {{"Description", "new"}})));
  EXPECT_EQ(GroupsOf("alice"), List{"admins"});
}

TEST_F(UpdateGroupTest, AnUnknownGroupIsNotFound) {
  EXPECT_TRUE(
      FailedWith(Group("UpdateGroup", "admins"), "ResourceNotFoundException", "Group not found."));
}

}  // namespace
}  // namespace sallyport::operations
