// GetUserPoolMfaConfig, SetUserPoolMfaConfig, and a pool that an earlier version let require MFA.
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "operations/pools/settings_table.h"
#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class MfaConfigTest : public UserTest {
 protected:
  Reply Set(json::object input) {
    input["UserPoolId"] = pool_;
    return Call("SetUserPoolMfaConfig", input);
  }
  json::object Got() {
    return Call("GetUserPoolMfaConfig", json::object{{"UserPoolId", pool_}}).body;
  }
  // As an earlier version could store it.
  void Require() {
    ASSERT_TRUE(domain::Commit(*services_, [&](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(domain::Pool pool, domain::GetPool(tx, pool_));
      pool.description["MfaConfiguration"] = "ON";
      return domain::PutPool(tx, pool);
    }));
  }
};

constexpr std::string_view kSms = R"({"SmsAuthenticationMessage":"{####}",
    "SmsConfiguration":{"SnsCallerArn":"arn:aws:iam::123456789012:role/sms"}})";

TEST_F(MfaConfigTest, APoolHasNoneAtFirst) {
  EXPECT_EQ(Got(), (json::object{{"MfaConfiguration", "OFF"}}));
}

TEST_F(MfaConfigTest, APoolThatIsNotThereHasNoneAndTakesNone) {
  pool_ = "eu-west-1_000000000";
  for (const Reply& reply :
       {Call("GetUserPoolMfaConfig", json::object{{"UserPoolId", pool_}}), Set({})}) {
    EXPECT_TRUE(FailedWith(reply, "ResourceNotFoundException",
                           "User pool eu-west-1_000000000 does not exist."));
  }
}

TEST_F(MfaConfigTest, WhatCanBeKeptIsAnsweredAndShownByDescribe) {
  const json::object given{{"MfaConfiguration", "OPTIONAL"},
                           {"SmsMfaConfiguration", json::parse(kSms)},
                           {"SoftwareTokenMfaConfiguration", {{"Enabled", true}}},
                           {"EmailMfaConfiguration", {{"Subject", "s"}}},
                           {"WebAuthnConfiguration",
                            {{"RelyingPartyId", "example.org"}, {"UserVerification", "required"}}}};
  const Reply set = Set(given);
  ASSERT_TRUE(Succeeded(set));
  EXPECT_EQ(set.body, given);
  Restart();
  EXPECT_EQ(Got(), given);
  const Reply described = Call("DescribeUserPool", json::object{{"UserPoolId", pool_}});
  EXPECT_EQ(described.Text("UserPool.MfaConfiguration"), "OPTIONAL");
  EXPECT_EQ(described.Text("UserPool.SmsAuthenticationMessage"), "{####}");
  // An update of the pool does not change its factors.
  ASSERT_TRUE(Succeeded(Call(
      "UpdateUserPool", json::object{{"UserPoolId", pool_}, {"MfaConfiguration", "OPTIONAL"}})));
  EXPECT_EQ(Got().at("SoftwareTokenMfaConfiguration"), given.at("SoftwareTokenMfaConfiguration"));
}

TEST_F(MfaConfigTest, FactorsThatACallDoesNotNameAreNoneAnyMoreButPasskeysStay) {
  ASSERT_TRUE(Succeeded(Set({{"MfaConfiguration", "OPTIONAL"},
                             {"SoftwareTokenMfaConfiguration", {{"Enabled", true}}},
                             {"WebAuthnConfiguration", {{"RelyingPartyId", "example.org"}}}})));
  ASSERT_TRUE(Succeeded(Set({{"MfaConfiguration", "OFF"}})));
  EXPECT_EQ(Got(), (json::object{{"MfaConfiguration", "OFF"},
                                 {"WebAuthnConfiguration", {{"RelyingPartyId", "example.org"}}}}));
  // Passkeys alone do not change the mode.
  ASSERT_TRUE(Succeeded(Set({{"WebAuthnConfiguration", {{"RelyingPartyId", "example.net"}}}})));
  EXPECT_EQ(Got().at("MfaConfiguration"), "OFF");
}

TEST_F(MfaConfigTest, WhatWouldProtectNobodyOrContradictsItselfIsRefused) {
  const Reply on =
      Set({{"MfaConfiguration", "ON"}, {"SoftwareTokenMfaConfiguration", {{"Enabled", true}}}});
  EXPECT_EQ(on.code, "InvalidParameterException");
  EXPECT_TRUE(on.message.starts_with("MfaConfiguration ON is not supported. ")) << on.message;
  EXPECT_TRUE(FailedWith(
      Set({{"MfaConfiguration", "OFF"}, {"SoftwareTokenMfaConfiguration", {{"Enabled", true}}}}),
      "InvalidParameterException",
      "Invalid MFA configuration given, can't turn off MFA and configure an MFA together."));
  EXPECT_TRUE(FailedWith(
      Set({{"MfaConfiguration", "OPTIONAL"},
           {"SoftwareTokenMfaConfiguration", {{"Enabled", false}}}}),
      "InvalidParameterException",
      "Invalid MFA configuration given, can't disable all MFAs with a required or optional "
      "configuration."));
  EXPECT_EQ(Got(), (json::object{{"MfaConfiguration", "OFF"}}));
}

TEST_F(MfaConfigTest, APoolThatRequiresMfaSinceAnEarlierVersionLetsNobodyInByAPasswordAlone) {
  MakeUser("alice");
  const Tokens before = SignIn("alice");
  Require();
  const Reply refused = Initiate("alice");
  EXPECT_TRUE(FailedWith(
      refused, "InvalidUserPoolConfigurationException",
      "The user pool requires MFA, and this version of Sallyport cannot ask for a second factor: "
      "nobody can sign in by a password alone. An administrator can set MfaConfiguration to "
      "OPTIONAL or OFF."));
  EXPECT_EQ(Initiate("alice", "wrong").code, "NotAuthorizedException");
  EXPECT_EQ(Got().at("MfaConfiguration"), "ON");
  // Sessions that began before are not affected, as with AWS.
  EXPECT_TRUE(RefreshTokenLives(before));
  ASSERT_TRUE(Succeeded(Set({{"MfaConfiguration", "OFF"}})));
  EXPECT_TRUE(Succeeded(Initiate("alice")));
}

TEST_F(MfaConfigTest, AFirstPasswordIsNotChosenWhereNobodyCanSignInByIt) {
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "bob",
                              {{"TemporaryPassword", kPassword}, {"MessageAction", "SUPPRESS"}})));
  const Reply asked = Initiate("bob");
  ASSERT_EQ(asked.Text("ChallengeName"), "NEW_PASSWORD_REQUIRED");
  Require();
  EXPECT_EQ(Initiate("bob").code, "InvalidUserPoolConfigurationException");
  const Reply answered = Call(
      "RespondToAuthChallenge",
      json::object{{"ClientId", client_},
                   {"ChallengeName", "NEW_PASSWORD_REQUIRED"},
                   {"Session", asked.Text("Session")},
                   {"ChallengeResponses", {{"USERNAME", "bob"}, {"NEW_PASSWORD", "Another0!"}}}});
  EXPECT_EQ(answered.code, "InvalidUserPoolConfigurationException");
  EXPECT_EQ(Admin("AdminGetUser", "bob").Text("UserStatus"), "FORCE_CHANGE_PASSWORD");
}

TEST_F(MfaConfigTest, TheLogIsToldOfSettingsThatWouldBeRefusedToday) {
  EXPECT_TRUE(RefusedToday(**domain::GetPool(*services_, pool_)).empty());
  Require();
  const std::vector<std::string> refused = RefusedToday(**domain::GetPool(*services_, pool_));
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_TRUE(refused[0].starts_with("MfaConfiguration ON is not supported. ")) << refused[0];
  EXPECT_TRUE(WarnOfRefusedSettings(*services_));
}

}  // namespace
}  // namespace sallyport::operations
