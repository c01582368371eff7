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
  for (const char* flow : {"ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"}) {
    const Reply reply = Flow(flow, {{"USERNAME", "alice"}, {"PASSWORD", kPassword}});
    ASSERT_TRUE(Succeeded(reply)) << flow;
    EXPECT_TRUE(
        Succeeded(Flow("REFRESH_TOKEN_AUTH", {{"REFRESH_TOKEN", TokensOf(reply).refresh}})));
  }
}

// Flows of apps are refused to servers, and the other way round, whatever the client allows.
TEST_F(AdminInitiateAuth, EachOfTheTwoCallsHasItsOwnPasswordFlow) {
  MakeUser("alice");
  client_ = MakeClient(pool_, {{"ExplicitAuthFlows",
                                {"ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH",
                                 "ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH"}}});
  const json::object parameters{{"USERNAME", "alice"}, {"PASSWORD", kPassword}};
  const auto refused = [](const Reply& reply) {
    return FailedWith(reply, "InvalidParameterException", "Initiate Auth method not supported.");
  };
  EXPECT_TRUE(refused(Flow("USER_PASSWORD_AUTH", parameters)));
  EXPECT_TRUE(refused(Flow("USER_AUTH", parameters)));
  for (const char* flow : {"ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH", "USER_AUTH"}) {
    EXPECT_TRUE(refused(Call(
        "InitiateAuth",
        json::object{{"ClientId", client_}, {"AuthFlow", flow}, {"AuthParameters", parameters}})))
        << flow;
  }
  EXPECT_TRUE(Succeeded(Initiate("alice")));
  EXPECT_TRUE(Succeeded(Flow("ADMIN_USER_PASSWORD_AUTH", parameters)));
  EXPECT_EQ(
      Flow("USER_SRP_AUTH", {{"USERNAME", "alice"}, {"SRP_A", "1234abcd"}}).Text("ChallengeName"),
      "PASSWORD_VERIFIER");
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
