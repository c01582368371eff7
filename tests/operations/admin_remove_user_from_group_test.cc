#include "group_fixture.h"

namespace sallyport::operations {
namespace {

class AdminRemoveUserFromGroupTest : public GroupTest {
 protected:
  Reply Remove(std::string_view username, std::string_view group) {
    return Admin("AdminRemoveUserFromGroup", username, {{"GroupName", group}});
  }
};

TEST_F(AdminRemoveUserFromGroupTest, TokensNoLongerNameIt) {
  MakeUser("alice");
  for (const char* name : {"admins", "readers"}) {
    MakeGroup(name);
    ASSERT_TRUE(Succeeded(Add("alice", name)));
  }
  const Tokens tokens = SignIn("alice");
  ASSERT_TRUE(Succeeded(Remove("alice", "admins")));
  EXPECT_EQ(GroupsOf("alice"), List{"readers"});
  EXPECT_EQ(ClaimsOf(TokensOf(Refresh(tokens)).access).at("cognito:groups"),
            boost::json::array{"readers"});
  EXPECT_TRUE(Group("ListUsersInGroup", "admins").At("Users").as_array().empty());
}

TEST_F(AdminRemoveUserFromGroupTest, WhoIsNoMemberStaysNone) {
  MakePlainUser("alice");
  MakeGroup("admins");
  EXPECT_TRUE(Succeeded(Remove("alice", "admins")));
  EXPECT_TRUE(FailedWith(Remove("bob", "admins"), "UserNotFoundException", "User does not exist."));
  EXPECT_TRUE(
      FailedWith(Remove("alice", "others"), "ResourceNotFoundException", "Group not found."));
}

}  // namespace
}  // namespace sallyport::operations
