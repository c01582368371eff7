// AWS JSON and OAuth on the wire: status, content type, headers and body of a success and of each
// kind of failure.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "login/browser.h"
#include "router_fixture.h"

namespace sallyport::http {
namespace {

using testing::HasSubstr;
using testing::Not;
namespace json = boost::json;

const std::string kService = "AWSCognitoIdentityProviderService.";
const std::string kFormType = "application/x-www-form-urlencoded";

class AwsJsonTest : public RouterTest {};
class OAuthTest : public RouterTest {};

void ExpectAwsError(const Response& response, int status, std::string_view code) {
  EXPECT_EQ(response.status, status) << response.body;
  EXPECT_EQ(response.content_type, kAwsJson);
  EXPECT_THAT(response.headers, HasSubstr("x-amzn-errortype: " + std::string(code) + "\r\n"));
  EXPECT_THAT(response.body, HasSubstr("\"__type\":\"" + std::string(code) + "\""));
}

TEST_F(AwsJsonTest, ASuccessIsTheOperationsJson) {
  const Response response = CallCognito("DescribeUserPool", {{"UserPoolId", pool_}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/x-amz-json-1.1");
  EXPECT_EQ(JsonOf(response).at("UserPool").at("Id").as_string(), pool_);
  EXPECT_EQ(HeaderOf(response, "x-amzn-errortype"), std::nullopt);
  EXPECT_EQ(HeaderOf(response, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(HeaderOf(response, "x-amzn-RequestId")->size(), 36u);
}

TEST_F(AwsJsonTest, AnErrorSaysItsTypeInTheBodyAndInAHeader) {
  const Response response = CallCognito("DescribeUserPool", {{"UserPoolId", "eu-west-1_nothing"}});
  ExpectAwsError(response, 400, "ResourceNotFoundException");
  EXPECT_EQ(JsonOf(response).at("message").as_string(),
            "User pool eu-west-1_nothing does not exist.");
  EXPECT_TRUE(HeaderOf(response, "x-amzn-RequestId"));
  EXPECT_EQ(HeaderOf(response, "Access-Control-Allow-Origin"), "*");
}

TEST_F(AwsJsonTest, AnUnknownTargetIsRefused) {
  for (const std::string& target :
       {std::string(), kService, kService + "Nothing", kService + "describeUserPool",
        std::string("DescribeUserPool"), std::string("Other.DescribeUserPool"),
        kService + "DescribeUserPool.DescribeUserPool"}) {
    ExpectAwsError(CallOperation(target, "{}"), 400, "UnknownOperationException");
  }
}

TEST_F(AwsJsonTest, WhatACallerMakesUpIsNoLabelOfMetrics) {
  CallOperation(kService + "MadeUp", "{}");
  CallCognito("DescribeUserPool", {{"UserPoolId", pool_}});
  const std::string text = metrics_.Render({});
  EXPECT_THAT(text, Not(HasSubstr("MadeUp")));
  EXPECT_THAT(text, HasSubstr("operation=\"unknown\""));
  EXPECT_THAT(text, HasSubstr("operation=\"DescribeUserPool\""));
}

TEST_F(AwsJsonTest, AnOperationOfAwsThatIsNotBuiltIsSaidSo) {
  EXPECT_EQ(CallCognito("CreateManagedLoginBranding", {}).status, 501);
}

TEST_F(AwsJsonTest, ABodyThatIsNoObjectIsRefused) {
  for (const char* body : {"", "{", "[]", "\"x\"", "{}{}", "null"}) {
    ExpectAwsError(CallOperation(kService + "DescribeUserPool", body), 400,
                   "SerializationException");
  }
}

TEST_F(AwsJsonTest, AnInputThatTheModelRefusesIsRefused) {
  ExpectAwsError(CallCognito("DescribeUserPool", {}), 400, "InvalidParameterException");
}

TEST_F(AwsJsonTest, ASignatureThatIsRefusedIsSaidWithItsCode) {
  signed_region_ = base::Error{"UnrecognizedClientException", "The token is invalid.", "cause"};
  const Response response = CallCognito("DescribeUserPool", {{"UserPoolId", pool_}});
  ExpectAwsError(response, 400, "UnrecognizedClientException");
  EXPECT_THAT(response.body, Not(HasSubstr("cause")));
}

TEST_F(AwsJsonTest, WhereTooManyCallsWaitItIsRefusedUnlessItRevokes) {
  MakeUser("ada");
  FillQueues();
  ExpectAwsError(CallCognito("DescribeUserPool", {{"UserPoolId", pool_}}), 400,
                 "TooManyRequestsException");
  ExpectAwsError(
      CallCognito("InitiateAuth", {{"ClientId", client_},
                                   {"AuthFlow", "USER_PASSWORD_AUTH"},
                                   {"AuthParameters", {{"USERNAME", "ada"}, {"PASSWORD", "x"}}}}),
      400, "TooManyRequestsException");
  const Response revoking =
      CallCognito("AdminUserGlobalSignOut", {{"UserPoolId", pool_}, {"Username", "ada"}});
  EXPECT_EQ(revoking.status, 200) << revoking.body;
}

TEST_F(AwsJsonTest, AnAnswerThatNothingConfirmsSaysSoWhereItRevoked) {
  MakeUser("ada");
  const json::object ada{{"UserPoolId", pool_}, {"Username", "ada"}};
  EXPECT_EQ(HeaderOf(CallCognito("AdminUserGlobalSignOut", ada), "x-sallyport-confirm"),
            std::nullopt);
  backends_->confirm = false;
  EXPECT_EQ(HeaderOf(CallCognito("AdminUserGlobalSignOut", ada), "x-sallyport-confirm"), "none");
  EXPECT_EQ(HeaderOf(CallCognito("AdminGetUser", ada), "x-sallyport-confirm"), std::nullopt);
}

TEST_F(AwsJsonTest, ABrowserIsToldWhatItMaySend) {
  const Response response = Ask({.method = "OPTIONS"});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(HeaderOf(response, "Access-Control-Allow-Methods"), "POST");
  EXPECT_THAT(*HeaderOf(response, "Access-Control-Allow-Headers"), HasSubstr("x-amz-target"));
  EXPECT_THAT(*HeaderOf(response, "Access-Control-Expose-Headers"), HasSubstr("x-amzn-ErrorType"));
  EXPECT_TRUE(response.body.empty());
}

void ExpectOAuthError(const Response& response, int status, std::string_view code) {
  EXPECT_EQ(response.status, status) << response.body;
  EXPECT_EQ(response.content_type, "application/json;charset=UTF-8");
  EXPECT_THAT(response.headers, HasSubstr("Cache-Control: no-store\r\n"));
  EXPECT_THAT(response.body, HasSubstr("\"error\":\"" + std::string(code) + "\""));
  EXPECT_THAT(response.body, Not(HasSubstr("__type")));
}

TEST_F(OAuthTest, AClientThatIsNotKnownGets400OfTheTokenEndpointAsAwsHasItAnd401OfRevoke) {
  ExpectOAuthError(Ask({.method = "POST", .target = "/oauth2/token", .body = "{}"}), 400,
                   "invalid_request");
  const auto ask_as_nobody = [this](const std::string& endpoint, const std::string& form) {
    return Ask(
        {.method = "POST",
         .target = "/" + pool_ + endpoint,
         .headers = {{"Content-Type", kFormType}, {"Authorization", "Basic bm9ib2R5Om5vdGhpbmc="}},
         .body = form});
  };
  ExpectOAuthError(ask_as_nobody("/oauth2/token", "grant_type=client_credentials"), 400,
                   "invalid_client");
  const Response refused = ask_as_nobody("/oauth2/revoke", "token=x");
  ExpectOAuthError(refused, 401, "invalid_client");
  EXPECT_THAT(HeaderOf(refused, "WWW-Authenticate").value_or(""), HasSubstr("Basic"));
}

TEST_F(OAuthTest, UserInfoAsksForABearerToken) {
  const Response none = Ask({.target = "/oauth2/userInfo"});
  EXPECT_EQ(none.status, 400);
  EXPECT_THAT(HeaderOf(none, "WWW-Authenticate").value_or(""), HasSubstr("Bearer"));
  const Response wrong =
      Ask({.target = "/oauth2/userInfo", .headers = {{"Authorization", "Bearer wrong"}}});
  EXPECT_EQ(wrong.status, 401);
  EXPECT_THAT(HeaderOf(wrong, "WWW-Authenticate").value_or(""), HasSubstr("invalid_token"));
}

TEST_F(OAuthTest, AMethodThatAnEndpointDoesNotKnowIsRefusedWithThoseThatItDoes) {
  for (const OAuthEndpoint& endpoint : kOAuthEndpoints) {
    for (const char* method : {"PUT", "DELETE", "PATCH", "OST", "ET"}) {
      const Response response = Ask({.method = method, .target = std::string(endpoint.path)});
      EXPECT_EQ(response.status, 405) << method << " " << endpoint.path;
      EXPECT_EQ(HeaderOf(response, "Allow"), endpoint.methods);
    }
    const Response preflight = Ask({.method = "OPTIONS", .target = std::string(endpoint.path)});
    EXPECT_EQ(preflight.status, 200);
    EXPECT_EQ(HeaderOf(preflight, "Access-Control-Allow-Methods"), endpoint.methods);
  }
  for (const char* method : {"GET", "HEAD"}) {
    EXPECT_EQ(Ask({.method = method, .target = "/oauth2/token"}).status, 405) << method;
  }
}

TEST_F(OAuthTest, HeadIsAnsweredAsGetIs) {
  const Response get = Ask({.target = "/oauth2/userInfo"});
  const Response head = Ask({.method = "HEAD", .target = "/oauth2/userInfo"});
  EXPECT_EQ(head.status, get.status);
  EXPECT_EQ(head.body, get.body) << "the connection leaves it out";
  EXPECT_EQ(HeaderOf(head, "WWW-Authenticate"), HeaderOf(get, "WWW-Authenticate"));
  for (const login::BrowserEndpoint& endpoint : login::BrowserEndpoints()) {
    const std::string target(endpoint.path);
    EXPECT_EQ(Ask({.method = "HEAD", .target = target}).status, Ask({.target = target}).status)
        << target;
    const Response put = Ask({.method = "PUT", .target = target});
    EXPECT_EQ(put.status, 405) << target;
    EXPECT_EQ(HeaderOf(put, "Allow"), endpoint.methods) << target;
  }
}

TEST_F(OAuthTest, APathIsAnEndpointsWithAndWithoutAPool) {
  for (const OAuthEndpoint& endpoint : kOAuthEndpoints) {
    const std::string path(endpoint.path);
    const auto alone = OAuth::Find(path);
    ASSERT_TRUE(alone);
    EXPECT_EQ(alone->endpoint, &endpoint);
    EXPECT_EQ(alone->pool_id, "");
    const std::string of_pool = "/eu-west-1_abc" + path;
    const auto pools = OAuth::Find(of_pool);
    ASSERT_TRUE(pools);
    EXPECT_EQ(pools->pool_id, "eu-west-1_abc");
    for (const std::string& other :
         {path + "/", path + "x", "/" + path, "/a/b" + path, "a" + path, path.substr(1)}) {
      EXPECT_FALSE(OAuth::Find(other)) << other;
    }
  }
  EXPECT_FALSE(OAuth::Find(""));
  EXPECT_FALSE(OAuth::Find("/"));
}

TEST_F(OAuthTest, WhereTooManyCallsWaitItIsRefusedUnlessItRevokes) {
  FillQueues();
  ExpectOAuthError(Ask({.method = "POST", .target = "/oauth2/token"}), 429,
                   "temporarily_unavailable");
  EXPECT_NE(Ask({.method = "POST", .target = "/oauth2/revoke"}).status, 429);
}

}  // namespace
}  // namespace sallyport::http
