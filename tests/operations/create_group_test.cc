#include "group_fixture.h"

namespace sallyport::operations {
namespace {

using CreateGroupTest = GroupTest;

constexpr std::string_view kRole = "arn:aws:iam::123456789012:role/admins";

TEST_F(CreateGroupTest, AnswersWithTheGroup) {
  const Reply reply =
      Group("CreateGroup", "admins", {{"Description", "d"}, {"RoleArn", kRole}, {"Precedence", 0}});
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_EQ(reply.Text("Group.GroupName"), "admins");
  EXPECT_EQ(reply.Text("Group.UserPoolId"), pool_);
  EXPECT_EQ(reply.Text("Group.Description"), "d");
  EXPECT_EQ(reply.Text("Group.RoleArn"), kRole);
  EXPECT_EQ(reply.At("Group.Precedence"), boost::json::value(0));
  EXPECT_EQ(reply.At("Group.CreationDate"), reply.At("Group.LastModifiedDate"));
  const Reply plain = Group("CreateGroup", "plain");
  for (const char* member : {"Group.Description", "Group.RoleArn", "Group.Precedence"}) {
    EXPECT_TRUE(plain.At(member).is_null()) << member;
  }
}

TEST_F(CreateGroupTest, ANameIsTakenOncePerPool) {
  MakeGroup("admins");
  EXPECT_TRUE(FailedWith(Group("CreateGroup", "admins"), "GroupExistsException",
                         "A group with the name admins already exists."));
  pool_ = MakePool();
  MakeGroup("admins");
}

TEST_F(CreateGroupTest, RefusesAPoolThatIsNotThere) {
  pool_ = "eu-west-1_aaaaaaaaa";
  EXPECT_TRUE(FailedWith(Group("CreateGroup", "admins"), "ResourceNotFoundException",
                         "User pool eu-west-1_aaaaaaaaa does not exist."));
}

}  // namespace
}  // namespace sallyport::operations
