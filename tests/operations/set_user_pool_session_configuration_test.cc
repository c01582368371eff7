#include "session_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class SetUserPoolSessionConfiguration : public SessionTest {};

TEST_F(SetUserPoolSessionConfiguration, TrackingIsOffByDefaultWithALimitOfTwenty) {
  const std::string pool = MakePool();
  const json::object expected{{"UserPoolId", pool},
                              {"UserSessionTracking", "DISABLED"},
                              {"TokenSession", {{"MaxPerUser", 20}}}};
  const Reply reply = Call("GetUserPoolSessionConfiguration", json::object{{"UserPoolId", pool}});
  EXPECT_EQ(reply.body, expected);
}

TEST_F(SetUserPoolSessionConfiguration, WhatIsSetIsReadAndSurvivesARestartAndAnUpdate) {
  const Reply set = Track(3);
  ASSERT_TRUE(Succeeded(set));
  ASSERT_TRUE(Succeeded(Call("UpdateUserPool", json::object{{"UserPoolId", pool_}})));
  Restart();
  const Reply reply = Call("GetUserPoolSessionConfiguration", json::object{{"UserPoolId", pool_}});
  EXPECT_EQ(reply.At("TokenSession.MaxPerUser"), json::value(3));
  EXPECT_EQ(reply.body, set.body);
}

TEST_F(SetUserPoolSessionConfiguration, TheLimitIsFrom1To100) {
  EXPECT_TRUE(FailedWith(Track(0), "InvalidParameterException",
                         "1 validation error detected: Value '0' at 'tokenSession.maxPerUser' "
                         "failed to satisfy constraint: Member must have value greater than or "
                         "equal to 1"));
  EXPECT_TRUE(FailedWith(Track(101), "InvalidParameterException",
                         "1 validation error detected: Value '101' at 'tokenSession.maxPerUser' "
                         "failed to satisfy constraint: Member must have value less than or "
                         "equal to 100"));
  EXPECT_TRUE(Succeeded(Track(100)));
}

TEST_F(SetUserPoolSessionConfiguration, ASignInAnswersWhenWhatItEvictedIsReleased) {
  ASSERT_TRUE(Succeeded(Track(1)));
  MakeUser("alice");
  const Tokens first = SignIn("alice");
  const uint64_t before = Head();
  const Reply reply = Initiate("alice");
  ExpectRevoked(reply, {first}, before);
  EXPECT_TRUE(AccessTokenLives(TokensOf(reply)));
}

TEST_F(SetUserPoolSessionConfiguration, TheTagRefusesAtTheLimit) {
  ASSERT_TRUE(Succeeded(Track(1)));
  const std::string arn = "arn:aws:cognito-idp:eu-west-1:000000000000:userpool/" + pool_;
  ASSERT_TRUE(Succeeded(Call(
      "TagResource",
      json::object{{"ResourceArn", arn}, {"Tags", {{"sallyport:at-session-limit", "refuse"}}}})));
  MakeUser("alice");
  const Tokens first = SignIn("alice");
  EXPECT_TRUE(FailedWith(Initiate("alice"), "NotAuthorizedException",
                         "The user has reached the limit of active sessions."));
  EXPECT_TRUE(AccessTokenLives(first));
  ASSERT_TRUE(Succeeded(By(first, "GlobalSignOut")));
  EXPECT_TRUE(Succeeded(Initiate("alice")));
}

TEST_F(SetUserPoolSessionConfiguration, TheLiteTierHasNone) {
  const std::string pool = MakePool({{"UserPoolTier", "LITE"}});
  EXPECT_TRUE(FailedWith(
      Call("SetUserPoolSessionConfiguration", json::object{{"UserPoolId", pool},
                                                           {"UserSessionTracking", "ENABLED"},
                                                           {"TokenSession", {{"MaxPerUser", 1}}}}),
      "FeatureUnavailableInTierException",
      "Session management is not available in the LITE tier."));
}

TEST_F(SetUserPoolSessionConfiguration, AClientHasAnSsoValidityWhileThePoolTracks) {
  const auto get = [&] {
    return Call("GetUserPoolClientSessionConfiguration",
                json::object{{"UserPoolId", pool_}, {"ClientId", client_}});
  };
  const auto set = [&](int64_t minutes) {
    return Call("SetUserPoolClientSessionConfiguration",
                json::object{{"UserPoolId", pool_},
                             {"ClientId", client_},
                             {"SSOSession", {{"MaxValidityMinutes", minutes}}}});
  };
  EXPECT_EQ(get().At("SSOSession.MaxValidityMinutes"), json::value(60));
  EXPECT_TRUE(Succeeded(set(0)));
  EXPECT_TRUE(Succeeded(set(129'600)));
  EXPECT_EQ(set(129'601).code, "InvalidParameterException");
  EXPECT_EQ(set(-1).code, "InvalidParameterException");
  ASSERT_TRUE(Succeeded(
      Call("UpdateUserPoolClient", json::object{{"UserPoolId", pool_}, {"ClientId", client_}})));
  ASSERT_TRUE(Succeeded(Track(20, "DISABLED")));
  EXPECT_EQ(set(60).code, "OperationNotEnabledException");
  EXPECT_EQ(get().At("SSOSession.MaxValidityMinutes"), json::value(129'600));
}

}  // namespace
}  // namespace sallyport::operations
