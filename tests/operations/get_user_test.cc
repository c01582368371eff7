#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class GetUser : public UserTest {};

TEST_F(GetUser, ShowsTheCaller) {
  MakeUser("alice", AttributeList({{"email", "a@example.org"}, {"nickname", "al"}}));
  const Reply reply = By(SignIn("alice"), "GetUser");
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_EQ(reply.Text("Username"), "alice");
  EXPECT_EQ(reply.At("UserAttributes").as_array().size(), 3U);
}

TEST_F(GetUser, ShowsWhatTheClientMayRead) {
  client_ = MakeClient(pool_, {{"ReadAttributes", {"nickname"}},
                               {"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH"}}});
  MakeUser("alice", AttributeList({{"email", "a@example.org"}, {"nickname", "al"}}));
  const Reply reply = By(SignIn("alice"), "GetUser");
  ASSERT_EQ(reply.At("UserAttributes").as_array().size(), 2U);
  EXPECT_EQ(reply.Text("UserAttributes.1.Name"), "nickname");
}

TEST_F(GetUser, RefusesATokenOfAnotherPoolsKeyAndAnExpiredOne) {
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  EXPECT_TRUE(FailedWith(By({"eyJ.eyJ.eyJ", "", ""}, "GetUser"), "NotAuthorizedException",
                         "Invalid Access Token"));
  clock_.AdvanceMillis(3600'000);
  EXPECT_TRUE(
      FailedWith(By(tokens, "GetUser"), "NotAuthorizedException", "Access Token has expired"));
}

}  // namespace
}  // namespace sallyport::operations
