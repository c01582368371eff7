#include "group_fixture.h"

namespace sallyport::operations {
namespace {

using AdminListGroupsForUserTest = GroupTest;

TEST_F(AdminListGroupsForUserTest, PagesFollowThePrecedence) {
  MakePlainUser("alice");
  MakeGroup("a");
  MakeGroup("b", {{"Precedence", 20}});
  MakeGroup("c", {{"Precedence", 3}});
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(Succeeded(Add("alice", name)));
  Reply page = Admin("AdminListGroupsForUser", "alice", {{"Limit", 2}});
  EXPECT_EQ(Names(page, "Groups", "GroupName"), (List{"c", "b"}));
  const std::string next = page.Text("NextToken");
  // The place that the token names may no longer exist.
  ASSERT_TRUE(Succeeded(Group("DeleteGroup", "b")));
  page = Admin("AdminListGroupsForUser", "alice", {{"Limit", 1}, {"NextToken", next}});
  EXPECT_EQ(Names(page, "Groups", "GroupName"), List{"a"});
  EXPECT_FALSE(page.body.contains("NextToken"));
}

TEST_F(AdminListGroupsForUserTest, AUserInNoGroupHasAnEmptyList) {
  MakePlainUser("alice");
  EXPECT_EQ(GroupsOf("alice"), List{});
  EXPECT_TRUE(FailedWith(Admin("AdminListGroupsForUser", "bob"), "UserNotFoundException",
                         "User does not exist."));
  EXPECT_TRUE(FailedWith(Admin("AdminListGroupsForUser", "alice", {{"NextToken", "?"}}),
                         "InvalidParameterException", "Invalid pagination token."));
}

}  // namespace
}  // namespace sallyport::operations
