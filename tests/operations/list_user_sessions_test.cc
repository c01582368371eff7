#include "session_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class ListUserSessions : public SessionTest {};

TEST_F(ListUserSessions, ShowsTheCallersOwnTheLastUsedFirst) {
  MakeUser("alice");
  MakeUser("bob");
  SignIn("bob");
  const Tokens first = SignIn("alice");
  clock_.AdvanceMillis(5000);
  const Tokens second = SignIn("alice");
  clock_.AdvanceMillis(5000);
  const Reply before = By(first, "ListUserSessions");
  EXPECT_EQ(Ids(before), (std::vector{OriginOf(second), OriginOf(first)}));
  EXPECT_EQ(before.At("Sessions").as_array().at(0).at("IsCurrentSession"), json::value(false));
  const json::value own = before.At("Sessions").as_array().at(1);
  EXPECT_EQ(own.at("IsCurrentSession"), json::value(true));
  EXPECT_EQ(own.at("SessionType"), json::value("TOKEN"));
  EXPECT_EQ(own.at("ClientId"), json::value(client_));
  EXPECT_EQ(own.at("DeviceType"), json::value("test"));
  EXPECT_EQ(own.at("LastIPAddress"), json::value("192.0.2.1"));
  EXPECT_EQ(own.at("CreateDate"), own.at("LastActiveDate"));
  // A use that is not yet written is shown, and counts.
  ASSERT_TRUE(Succeeded(Refresh(first)));
  const Reply after = By(first, "ListUserSessions");
  EXPECT_EQ(Ids(after), (std::vector{OriginOf(first), OriginOf(second)}));
  const json::value used = after.At("Sessions").as_array().at(0);
  EXPECT_NE(used.at("CreateDate"), used.at("LastActiveDate"));
}

TEST_F(ListUserSessions, RevokedAndExpiredSessionsAreNotShown) {
  MakeUser("alice");
  const Tokens first = SignIn("alice");
  const Tokens second = SignIn("alice");
  ASSERT_TRUE(Succeeded(
      Call("RevokeToken", json::object{{"ClientId", client_}, {"Token", first.refresh}})));
  EXPECT_EQ(Ids(Admin("AdminListUserSessions", "alice")), std::vector{OriginOf(second)});
  clock_.AdvanceMillis(int64_t{30} * 86'400'000);
  EXPECT_TRUE(Ids(Admin("AdminListUserSessions", "alice")).empty());
  SignIn("alice");
  ASSERT_TRUE(Succeeded(Admin("AdminUserGlobalSignOut", "alice")));
  EXPECT_TRUE(Ids(Admin("AdminListUserSessions", "alice")).empty());
}

TEST_F(ListUserSessions, AnAdministratorsListHasNoCurrentSession) {
  MakeUser("alice");
  SignIn("alice");
  const Reply reply = Admin("AdminListUserSessions", "alice");
  EXPECT_EQ(reply.At("Sessions").as_array().at(0).at("IsCurrentSession"), json::value(false));
  EXPECT_TRUE(FailedWith(Admin("AdminListUserSessions", "nobody"), "UserNotFoundException",
                         "User does not exist."));
}

TEST_F(ListUserSessions, IsNotEnabledWithoutTracking) {
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  ASSERT_TRUE(Succeeded(Track(20, "DISABLED")));
  const std::string message = "User session tracking is not enabled for user pool " + pool_ + ".";
  const json::object session{{"SessionId", "some"}};
  for (const Reply& reply :
       {By(tokens, "ListUserSessions"), Admin("AdminListUserSessions", "alice"),
        By(tokens, "RevokeUserSession", session),
        Admin("AdminRevokeUserSession", "alice", session)}) {
    EXPECT_TRUE(FailedWith(reply, "OperationNotEnabledException", message));
  }
}

}  // namespace
}  // namespace sallyport::operations
