#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class AdminDeleteUserAttributes : public UserTest {};

TEST_F(AdminDeleteUserAttributes, DeletesWhatIsThereAndForgetsTheVerification) {
  MakeUser("alice", AttributeList({{"email", "a@example.org"}, {"email_verified", "true"}}));
  ASSERT_TRUE(Succeeded(Admin("AdminDeleteUserAttributes", "alice",
                              {{"UserAttributeNames", {"email", "nickname"}}})));
  EXPECT_EQ(AttributeOf("alice", "email"), std::nullopt);
  EXPECT_EQ(AttributeOf("alice", "email_verified"), std::nullopt);
}

TEST_F(AdminDeleteUserAttributes, RefusesUnknownAndImmutableOnes) {
  MakeUser("alice");
  EXPECT_TRUE(FailedWith(
      Admin("AdminDeleteUserAttributes", "alice", {{"UserAttributeNames", {"custom:a", "sub"}}}),
      "InvalidParameterException",
      "user.custom:a: Attribute does not exist in the schema.\nuser.sub: Attribute cannot be "
      "updated.\n"));
}

}  // namespace
}  // namespace sallyport::operations
