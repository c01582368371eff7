#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class GlobalSignOut : public UserTest {};

TEST_F(GlobalSignOut, RevokesEveryFamilyTheCallersToo) {
  MakeUser("alice");
  const std::vector<Tokens> families{SignIn("alice"), SignIn("alice")};
  const uint64_t before = Head();
  const Reply reply = By(families[0], "GlobalSignOut");
  EXPECT_TRUE(reply.body.empty());
  ExpectRevoked(reply, families, before);
  EXPECT_TRUE(FailedWith(By(families[1], "GetUser"), "NotAuthorizedException",
                         "Access Token has been revoked"));
  EXPECT_TRUE(
      FailedWith(Refresh(families[1]), "NotAuthorizedException", "Refresh Token has been revoked"));
  EXPECT_TRUE(AccessTokenLives(SignIn("alice")));
}

TEST_F(GlobalSignOut, AnIdTokenOrAForeignTokenDoesNotSignOut) {
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  EXPECT_TRUE(FailedWith(By({tokens.id, "", ""}, "GlobalSignOut"), "NotAuthorizedException",
                         "Invalid Access Token"));
  EXPECT_TRUE(AccessTokenLives(tokens));
}

}  // namespace
}  // namespace sallyport::operations
