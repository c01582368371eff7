#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class DeleteUser : public UserTest {};

TEST_F(DeleteUser, DeletesTheCallerAndRevokesEveryFamily) {
  MakeUser("alice");
  const std::vector<Tokens> families{SignIn("alice"), SignIn("alice")};
  const uint64_t before = Head();
  ExpectRevoked(By(families[0], "DeleteUser"), families, before);
  EXPECT_EQ(Admin("AdminGetUser", "alice").code, "UserNotFoundException");
  EXPECT_TRUE(FailedWith(By(families[0], "DeleteUser"), "NotAuthorizedException",
                         "Access Token has been revoked"));
}

}  // namespace
}  // namespace sallyport::operations
