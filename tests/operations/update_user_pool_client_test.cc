#include "domain/clients/client.h"
#include "fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;
using UpdateUserPoolClientTest = OperationTest;

TEST_F(UpdateUserPoolClientTest, AMemberThatIsNotGivenGetsItsDefault) {
  std::string pool = MakePool();
  std::string client = MakeClient(pool, {{"GenerateSecret", true},
                                         {"ExplicitAuthFlows", json::array{"ALLOW_USER_AUTH"}},
                                         {"EnableTokenRevocation", false},
                                         {"AccessTokenValidity", 12}});
  Reply before = Call("DescribeUserPoolClient", {{"UserPoolId", pool}, {"ClientId", client}});
  Reply reply =
      Call("UpdateUserPoolClient",
           {{"UserPoolId", pool}, {"ClientId", client}, {"PreventUserExistenceErrors", "ENABLED"}});
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_TRUE(reply.At("UserPoolClient.ExplicitAuthFlows").is_null());
  EXPECT_TRUE(reply.At("UserPoolClient.EnableTokenRevocation").as_bool());
  EXPECT_EQ(reply.Text("UserPoolClient.ClientName"), "test");
  EXPECT_EQ(reply.Text("UserPoolClient.ClientSecret"), before.Text("UserPoolClient.ClientSecret"));
  EXPECT_EQ(Call("DescribeUserPoolClient", {{"UserPoolId", pool}, {"ClientId", client}}).body,
            reply.body);
  auto stored = domain::GetClient(*services_, client);
  EXPECT_TRUE((*stored)->settings.prevent_user_existence_errors);
  EXPECT_EQ((*stored)->settings.access_token_seconds, 3600);
  // There may still be tokens with a life of 12 hours.
  EXPECT_EQ((*stored)->greatest_token_seconds, 12 * 3600);
}

TEST_F(UpdateUserPoolClientTest, ARefusedUpdateChangesNothing) {
  std::string pool = MakePool();
  std::string client = MakeClient(pool);
  Reply before = Call("DescribeUserPoolClient", {{"UserPoolId", pool}, {"ClientId", client}});
  EXPECT_EQ(Call("UpdateUserPoolClient",
                 {{"UserPoolId", pool}, {"ClientId", client}, {"AccessTokenValidity", 25}})
                .code,
            "InvalidParameterException");
  EXPECT_EQ(Call("DescribeUserPoolClient", {{"UserPoolId", pool}, {"ClientId", client}}).body,
            before.body);
}

TEST_F(UpdateUserPoolClientTest, AnUnknownClientIsNotFound) {
  EXPECT_TRUE(
      FailedWith(Call("UpdateUserPoolClient", {{"UserPoolId", MakePool()}, {"ClientId", "nobody"}}),
                 "ResourceNotFoundException", "User pool client nobody does not exist."));
}

}  // namespace
}  // namespace sallyport::operations
