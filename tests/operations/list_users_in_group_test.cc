#include "group_fixture.h"

namespace sallyport::operations {
namespace {

using ListUsersInGroupTest = GroupTest;

TEST_F(ListUsersInGroupTest, MembersAreListedInPages) {
  MakeGroup("admins");
  for (const char* name : {"carol", "alice", "bob"}) {
    MakePlainUser(name);
    ASSERT_TRUE(Succeeded(Add(name, "admins")));
    clock_.AdvanceMillis(1);
  }
  Reply page = Group("ListUsersInGroup", "admins", {{"Limit", 2}});
  EXPECT_EQ(Names(page, "Users", "Username"), (List{"carol", "alice"}));
  page = Group("ListUsersInGroup", "admins", {{"Limit", 2}, {"NextToken", page.Text("NextToken")}});
  EXPECT_EQ(Names(page, "Users", "Username"), List{"bob"});
  EXPECT_FALSE(page.body.contains("NextToken"));
}

TEST_F(ListUsersInGroupTest, ADeletedUserIsGoneFromIt) {
  MakeGroup("admins");
  MakePlainUser("alice");
  ASSERT_TRUE(Succeeded(Add("alice", "admins")));
  ASSERT_TRUE(Succeeded(Admin("AdminDeleteUser", "alice")));
  EXPECT_TRUE(Group("ListUsersInGroup", "admins").At("Users").as_array().empty());
  EXPECT_TRUE(FailedWith(Group("ListUsersInGroup", "others"), "ResourceNotFoundException",
                         "Group not found."));
}

}  // namespace
}  // namespace sallyport::operations
