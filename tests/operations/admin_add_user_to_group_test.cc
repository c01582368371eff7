#include "group_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

using AdminAddUserToGroupTest = GroupTest;

TEST_F(AdminAddUserToGroupTest, TokensNameTheGroupFromTheNextIssueOn) {
  MakeUser("alice");
  MakeGroup("readers");
  MakeGroup("admins", {{"Precedence", 1}, {"RoleArn", "arn:aws:iam::123456789012:role/admins"}});
  const Tokens before = SignIn("alice");
  EXPECT_FALSE(ClaimsOf(before.access).contains("cognito:groups"));
  ASSERT_TRUE(Succeeded(Add("alice", "readers")));
  ASSERT_TRUE(Succeeded(Add("alice", "admins")));
  const json::array groups{"admins", "readers"};
  const Reply refreshed = Refresh(before);
  ASSERT_TRUE(Succeeded(refreshed));
  for (const Tokens& tokens : {TokensOf(refreshed), SignIn("alice")}) {
    EXPECT_EQ(ClaimsOf(tokens.access).at("cognito:groups"), groups);
    const json::object id = ClaimsOf(tokens.id);
    EXPECT_EQ(id.at("cognito:groups"), groups);
    EXPECT_EQ(id.at("cognito:roles"), json::array{"arn:aws:iam::123456789012:role/admins"});
    EXPECT_EQ(id.at("cognito:preferred_role"), "arn:aws:iam::123456789012:role/admins");
  }
}

TEST_F(AdminAddUserToGroupTest, WhoseAccessTokenNothingWouldAcceptIsToldWhyAtTheSignIn) {
  MakeUser("alice");
  MakeUser("bob");
  const auto name = [](int i) { return std::string(126, 'g') + std::to_string(10 + i); };
  for (int i = 0; i < 90; ++i) MakeGroup(name(i));
  for (int i = 0; i < 90; ++i) ASSERT_TRUE(Succeeded(Add("alice", name(i))));
  for (int i = 0; i < 80; ++i) ASSERT_TRUE(Succeeded(Add("bob", name(i))));
  EXPECT_TRUE(FailedWith(Initiate("alice"), "InvalidParameterException",
                         "The access token would have more than 16384 bytes, and nothing would "
                         "accept it: the user is in too many groups, or their names are too "
                         "long."));
  const Tokens tokens = SignIn("bob");
  EXPECT_GT(tokens.access.size(), 14'000U);
  EXPECT_TRUE(Succeeded(By(tokens, "GetUser")));
}

TEST_F(AdminAddUserToGroupTest, TwiceIsOnce) {
  MakePlainUser("alice");
  MakeGroup("admins");
  ASSERT_TRUE(Succeeded(Add("alice", "admins")));
  ASSERT_TRUE(Succeeded(Add("alice", "admins")));
  EXPECT_EQ(GroupsOf("alice"), List{"admins"});
  EXPECT_EQ(Group("ListUsersInGroup", "admins").At("Users").as_array().size(), 1u);
}

TEST_F(AdminAddUserToGroupTest, OtherChangesOfTheUserKeepItsGroups) {
  MakeUser("alice");
  MakeGroup("admins");
  ASSERT_TRUE(Succeeded(Add("alice", "admins")));
  ASSERT_TRUE(Succeeded(Admin("AdminUpdateUserAttributes", "alice",
                              {{"UserAttributes", AttributeList({{"name", "A"}})}})));
  ASSERT_TRUE(Succeeded(Admin("AdminUserGlobalSignOut", "alice")));
  SignIn("alice");
  EXPECT_EQ(GroupsOf("alice"), List{"admins"});
}

TEST_F(AdminAddUserToGroupTest, BothMustBeThere) {
  MakePlainUser("alice");
  MakeGroup("admins");
  EXPECT_TRUE(FailedWith(Add("bob", "admins"), "UserNotFoundException", "User does not exist."));
  EXPECT_TRUE(FailedWith(Add("alice", "others"), "ResourceNotFoundException", "Group not found."));
}

}  // namespace
}  // namespace sallyport::operations
