#include "code_fixture.h"

namespace sallyport::operations {
namespace {

class AdminConfirmSignUp : public CodeTest {};

TEST_F(AdminConfirmSignUp, ConfirmsWithoutVerifyingTheAddress) {
  ASSERT_TRUE(Succeeded(SignUp("alice", AttributeList({{"email", "alice@example.org"}}))));
  ASSERT_TRUE(Succeeded(Admin("AdminConfirmSignUp", "alice")));
  EXPECT_EQ(StatusOf("alice"), "CONFIRMED");
  EXPECT_EQ(AttributeOf("alice", "email_verified"), "false");
  SignIn("alice");
  EXPECT_TRUE(FailedWith(Admin("AdminConfirmSignUp", "alice"), "NotAuthorizedException",
                         "User cannot be confirmed. Current status is CONFIRMED"));
  EXPECT_TRUE(FailedWith(Admin("AdminConfirmSignUp", "nobody"), "UserNotFoundException",
                         "User does not exist."));
}

}  // namespace
}  // namespace sallyport::operations
