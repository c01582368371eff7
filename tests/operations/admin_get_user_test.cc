#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class AdminGetUser : public UserTest {};

TEST_F(AdminGetUser, ShowsTheUserByNameOrSub) {
  IgnoreCase();
  MakeUser("Alice", AttributeList({{"email", "a@example.org"}}));
  const Reply reply = Admin("AdminGetUser", "alice");
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_EQ(reply.Text("Username"), "Alice");
  EXPECT_EQ(reply.Text("UserStatus"), "CONFIRMED");
  EXPECT_TRUE(reply.At("Enabled").as_bool());
  EXPECT_FALSE(reply.body.contains("UserMFASettingList"));
  const std::string sub = AttributeOf("alice", "sub").value();
  EXPECT_EQ(Admin("AdminGetUser", sub).Text("Username"), "Alice");
}

TEST_F(AdminGetUser, UnknownUserAndUnknownPool) {
  EXPECT_TRUE(
      FailedWith(Admin("AdminGetUser", "nobody"), "UserNotFoundException", "User does not exist."));
  pool_ = "eu-west-1_unknown12";
  EXPECT_TRUE(FailedWith(Admin("AdminGetUser", "nobody"), "ResourceNotFoundException",
                         "User pool eu-west-1_unknown12 does not exist."));
}

}  // namespace
}  // namespace sallyport::operations
