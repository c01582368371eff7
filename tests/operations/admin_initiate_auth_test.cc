#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class AdminInitiateAuth : public UserTest {
 protected:
  Reply Flow(std::string_view flow, json::object parameters) {
    return Call("AdminInitiateAuth", json::object{{"UserPoolId", pool_},
                                                  {"ClientId", client_},
                                                  {"AuthFlow", flow},
                                                  {"AuthParameters", std::move(parameters)}});
  }
};

TEST_F(AdminInitiateAuth, SignsInAndRefreshes) {
  MakeUser("alice");
  for (const char* flow : {"ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH", "USER_PASSWORD_AUTH"}) {
    const Reply reply = Flow(flow, {{"USERNAME", "alice"}, {"PASSWORD", kPassword}});
    ASSERT_TRUE(Succeeded(reply)) << flow;
    EXPECT_TRUE(
        Succeeded(Flow("REFRESH_TOKEN_AUTH", {{"REFRESH_TOKEN", TokensOf(reply).refresh}})));
  }
}

TEST_F(AdminInitiateAuth, TheFlowMustBeAllowedAndTheClientThePools) {
  MakeUser("alice");
  const json::object parameters{{"USERNAME", "alice"}, {"PASSWORD", kPassword}};
  const std::string own = client_;
  client_ = MakeClient(pool_, {{"ExplicitAuthFlows", {"ALLOW_USER_SRP_AUTH"}}});
  EXPECT_TRUE(FailedWith(Flow("ADMIN_USER_PASSWORD_AUTH", parameters), "InvalidParameterException",
                         "Auth flow not enabled for this client"));
  client_ = own;
  pool_ = MakePool();
  EXPECT_TRUE(FailedWith(Flow("ADMIN_USER_PASSWORD_AUTH", parameters), "ResourceNotFoundException",
                         "User pool client " + own + " does not exist."));
}

TEST_F(AdminInitiateAuth, AnUnsignedCallIsRefused) {
  signed_region_ =
      base::Error{"MissingAuthenticationTokenException", "Missing Authentication Token", ""};
  EXPECT_EQ(Flow("ADMIN_USER_PASSWORD_AUTH", {}).code, "MissingAuthenticationTokenException");
}

}  // namespace
}  // namespace sallyport::operations
