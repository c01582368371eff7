#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class UpdateUserAttributes : public UserTest {
 protected:
  Reply Update(const Tokens& tokens, std::string_view name, std::string_view value) {
    return By(tokens, "UpdateUserAttributes", {{"UserAttributes", AttributeList({{name, value}})}});
  }
};

TEST_F(UpdateUserAttributes, ChangesTheCallersOwn) {
  MakeUser("alice", AttributeList({{"email", "a@example.org"}, {"email_verified", "true"}}));
  const Tokens tokens = SignIn("alice");
  const Reply reply = Update(tokens, "email", "b@example.org");
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_TRUE(reply.body.contains("CodeDeliveryDetailsList"));
  EXPECT_EQ(AttributeOf("alice", "email"), "b@example.org");
  EXPECT_EQ(AttributeOf("alice", "email_verified"), "false");
}

TEST_F(UpdateUserAttributes, NobodyVerifiesItsOwnAddress) {
  MakeUser("alice", AttributeList({{"email", "a@example.org"}}));
  EXPECT_TRUE(FailedWith(Update(SignIn("alice"), "email_verified", "true"),
                         "NotAuthorizedException",
                         "A client attempted to write unauthorized attribute"));
  EXPECT_EQ(AttributeOf("alice", "email_verified"), std::nullopt);
}

TEST_F(UpdateUserAttributes, RefusesWhatTheClientMayNotWrite) {
  client_ = MakeClient(pool_, {{"WriteAttributes", {"nickname"}},
                               {"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH"}}});
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  EXPECT_TRUE(FailedWith(Update(tokens, "name", "Al"), "NotAuthorizedException",
                         "A client attempted to write unauthorized attribute"));
  EXPECT_TRUE(Succeeded(Update(tokens, "nickname", "al")));
  EXPECT_TRUE(FailedWith(Update(tokens, "custom:x", "1"), "InvalidParameterException",
                         "user.custom:x: Attribute does not exist in the schema.\n"));
}

}  // namespace
}  // namespace sallyport::operations
