#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class AdminUpdateUserAttributes : public UserTest {};

TEST_F(AdminUpdateUserAttributes, ChangesAndDeletesAndUnverifiesANewAddress) {
  MakeUser(
      "alice",
      AttributeList({{"email", "a@example.org"}, {"email_verified", "true"}, {"nickname", "al"}}));
  ASSERT_TRUE(Succeeded(
      Admin("AdminUpdateUserAttributes", "alice",
            {{"UserAttributes", AttributeList({{"email", "b@example.org"}, {"nickname", ""}})}})));
  EXPECT_EQ(AttributeOf("alice", "email"), "b@example.org");
  EXPECT_EQ(AttributeOf("alice", "email_verified"), "false");
  EXPECT_EQ(AttributeOf("alice", "nickname"), std::nullopt);
  ASSERT_TRUE(Succeeded(Admin("AdminUpdateUserAttributes", "alice",
                              {{"UserAttributes", AttributeList({{"email_verified", "true"}})}})));
  EXPECT_EQ(AttributeOf("alice", "email_verified"), "true");
}

TEST_F(AdminUpdateUserAttributes, RefusesUnknownAndImmutableOnes) {
  MakeUser("alice");
  EXPECT_TRUE(FailedWith(
      Admin("AdminUpdateUserAttributes", "alice",
            {{"UserAttributes", AttributeList({{"custom:a", "1"}, {"sub", "2"}})}}),
      "InvalidParameterException",
      "user.custom:a: Attribute does not exist in the schema.\nuser.sub: Attribute cannot be "
      "updated.\n"));
  EXPECT_TRUE(FailedWith(Admin("AdminUpdateUserAttributes", "nobody",
                               {{"UserAttributes", AttributeList({{"nickname", "x"}})}}),
                         "UserNotFoundException", "User does not exist."));
}

}  // namespace
}  // namespace sallyport::operations
