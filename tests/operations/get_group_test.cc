#include "group_fixture.h"

namespace sallyport::operations {
namespace {

using GetGroupTest = GroupTest;

TEST_F(GetGroupTest, GivesWhatWasCreated) {
  const Reply created = Group("CreateGroup", "admins", {{"Precedence", 3}});
  EXPECT_EQ(Group("GetGroup", "admins").body, created.body);
  EXPECT_TRUE(
      FailedWith(Group("GetGroup", "others"), "ResourceNotFoundException", "Group not found."));
}

}  // namespace
}  // namespace sallyport::operations
