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

// Whatever else is wrong with the call.
TEST_F(AdminDeleteUserAttributes, ByThisAndByEveryOtherOperationAnUnknownUserIsToldFirst) {
  const json::array unknown = AttributeList({{"custom:a", "1"}});
  const std::pair<std::string_view, json::object> calls[] = {
      {"AdminDeleteUserAttributes", {{"UserAttributeNames", {"custom:a"}}}},
      {"AdminUpdateUserAttributes", {{"UserAttributes", unknown}}},
      {"AdminSetUserPassword", {{"Password", "weak password"}}},
      {"AdminCreateUser", {{"MessageAction", "RESEND"}, {"TemporaryPassword", "weak password"}}},
      {"AdminAddUserToGroup", {{"GroupName", "none"}}},
      {"AdminRemoveUserFromGroup", {{"GroupName", "none"}}},
      {"AdminListUserSessions", {}},
      {"AdminRevokeUserSession", {{"SessionId", "none"}}},
      {"AdminResetUserPassword", {}},
      {"AdminConfirmSignUp", {}},
  };
  for (const auto& [operation, input] : calls) {
    EXPECT_TRUE(FailedWith(Admin(operation, "nobody", input), "UserNotFoundException",
                           "User does not exist."))
        << operation;
  }
}

}  // namespace
}  // namespace sallyport::operations
