#include "group_fixture.h"

namespace sallyport::operations {
namespace {

using ListGroupsTest = GroupTest;

TEST_F(ListGroupsTest, PagesEndWithoutAToken) {
  for (const char* name : {"d", "B", "a", "c"}) MakeGroup(name);
  Reply page = Call("ListGroups", {{"UserPoolId", pool_}, {"Limit", 2}});
  EXPECT_EQ(Names(page, "Groups", "GroupName"), (List{"a", "B"}));
  page = Call("ListGroups",
              {{"UserPoolId", pool_}, {"Limit", 2}, {"NextToken", page.Text("NextToken")}});
  EXPECT_EQ(Names(page, "Groups", "GroupName"), (List{"c", "d"}));
  EXPECT_FALSE(page.body.contains("NextToken"));
  EXPECT_EQ(Call("ListGroups", {{"UserPoolId", pool_}}).At("Groups").as_array().size(), 4u);
}

TEST_F(ListGroupsTest, OtherPoolsAreNotShown) {
  MakeGroup("a");
  pool_ = MakePool();
  EXPECT_TRUE(Call("ListGroups", {{"UserPoolId", pool_}}).At("Groups").as_array().empty());
}

}  // namespace
}  // namespace sallyport::operations
