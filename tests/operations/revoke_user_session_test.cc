#include "session_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class RevokeUserSession : public SessionTest {
 protected:
  Reply Revoke(const Tokens& by, const std::string& session) {
    return By(by, "RevokeUserSession",
              {{"SessionId", session}, {"RevokeAssociatedSessions", "LINKED"}});
  }
};

TEST_F(RevokeUserSession, EndsThatSessionAlone) {
  MakeUser("alice");
  const Tokens own = SignIn("alice");
  const Tokens other = SignIn("alice");
  const Tokens third = SignIn("alice");
  const uint64_t before = Head();
  ExpectRevoked(Revoke(own, OriginOf(other)), {other}, before);
  EXPECT_TRUE(AccessTokenLives(own));
  EXPECT_TRUE(AccessTokenLives(third));
}

TEST_F(RevokeUserSession, NotTheCallersOwnNotAnothersNotTwice) {
  MakeUser("alice");
  MakeUser("bob");
  const Tokens own = SignIn("alice");
  const Tokens other = SignIn("alice");
  const Tokens bobs = SignIn("bob");
  EXPECT_TRUE(FailedWith(Revoke(own, OriginOf(own)), "InvalidParameterException",
                         "The session that the access token belongs to cannot be revoked."));
  EXPECT_TRUE(FailedWith(Revoke(own, OriginOf(bobs)), "ResourceNotFoundException",
                         "Session " + OriginOf(bobs) + " does not exist."));
  EXPECT_TRUE(AccessTokenLives(own));
  EXPECT_TRUE(AccessTokenLives(bobs));
  ASSERT_TRUE(Succeeded(Revoke(own, OriginOf(other))));
  // A retry may say that the session is gone only when it is gone everywhere.
  const Reply again = Revoke(own, OriginOf(other));
  EXPECT_EQ(again.code, "ResourceNotFoundException");
  EXPECT_EQ(again.await_release, Head());
}

TEST_F(RevokeUserSession, ByAnAdministrator) {
  MakeUser("alice");
  MakeUser("bob");
  const Tokens tokens = SignIn("alice");
  const Tokens bobs = SignIn("bob");
  EXPECT_EQ(Admin("AdminRevokeUserSession", "alice", {{"SessionId", OriginOf(bobs)}}).code,
            "ResourceNotFoundException");
  const uint64_t before = Head();
  ExpectRevoked(Admin("AdminRevokeUserSession", "alice", {{"SessionId", OriginOf(tokens)}}),
                {tokens}, before);
  EXPECT_TRUE(AccessTokenLives(bobs));
}

}  // namespace
}  // namespace sallyport::operations
