#include "code_fixture.h"

namespace sallyport::operations {
namespace {

class DeleteUserAttributes : public CodeTest {
 protected:
  Reply Delete(const Tokens& tokens, std::string_view name) {
    return By(tokens, "DeleteUserAttributes", {{"UserAttributeNames", {name}}});
  }
};

TEST_F(DeleteUserAttributes, DeletesWithWhatWasSaidOfIt) {
  MakeUser(
      "alice",
      AttributeList({{"email", "a@example.org"}, {"email_verified", "true"}, {"nickname", "al"}}));
  const Tokens tokens = SignIn("alice");
  ASSERT_TRUE(Succeeded(Delete(tokens, "nickname")));
  ASSERT_TRUE(Succeeded(Delete(tokens, "email")));
  EXPECT_EQ(AttributeOf("alice", "nickname"), std::nullopt);
  EXPECT_EQ(AttributeOf("alice", "email"), std::nullopt);
  EXPECT_EQ(AttributeOf("alice", "email_verified"), std::nullopt);
}

TEST_F(DeleteUserAttributes, RefusesWhatTheClientMayNotWriteAndWhatDoesNotExist) {
  MakeUser("alice", AttributeList({{"nickname", "al"}}));
  client_ = MakeClient(
      pool_, {{"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH"}}, {"WriteAttributes", {"email"}}});
  const Tokens tokens = SignIn("alice");
  EXPECT_TRUE(FailedWith(Delete(tokens, "nickname"), "NotAuthorizedException",
                         "A client attempted to write unauthorized attribute"));
  EXPECT_TRUE(FailedWith(Delete(tokens, "custom:none"), "InvalidParameterException",
                         "user.custom:none: Attribute does not exist in the schema.\n"));
  EXPECT_EQ(AttributeOf("alice", "nickname"), "al");
}

}  // namespace
}  // namespace sallyport::operations
