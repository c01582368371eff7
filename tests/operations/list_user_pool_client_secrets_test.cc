#include "fixture.h"

namespace sallyport::operations {
namespace {

using ListUserPoolClientSecretsTest = OperationTest;

TEST_F(ListUserPoolClientSecretsTest, ASecretOfTheClientsBirthIsListedWithoutItsValue) {
  const std::string pool = MakePool();
  const std::string client = MakeClient(pool, {{"GenerateSecret", true}});
  const Reply reply =
      Call("ListUserPoolClientSecrets", {{"UserPoolId", pool}, {"ClientId", client}});
  ASSERT_TRUE(Succeeded(reply));
  ASSERT_EQ(reply.At("ClientSecrets").as_array().size(), 1u);
  const auto secret = reply.At("ClientSecrets").at(0).as_object();
  EXPECT_TRUE(secret.at("ClientSecretId").as_string().starts_with(client + "--"));
  EXPECT_TRUE(secret.contains("ClientSecretCreateDate"));
  EXPECT_FALSE(secret.contains("ClientSecretValue"));
  EXPECT_FALSE(reply.body.contains("NextToken"));
}

TEST_F(ListUserPoolClientSecretsTest, APublicClientHasNone) {
  const std::string pool = MakePool();
  const std::string client = MakeClient(pool);
  const Reply reply =
      Call("ListUserPoolClientSecrets", {{"UserPoolId", pool}, {"ClientId", client}});
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_TRUE(reply.At("ClientSecrets").as_array().empty());
}

TEST_F(ListUserPoolClientSecretsTest, ATokenThatWasNeverGivenIsRefused) {
  const std::string pool = MakePool();
  const std::string client = MakeClient(pool);
  EXPECT_TRUE(FailedWith(Call("ListUserPoolClientSecrets",
                              {{"UserPoolId", pool}, {"ClientId", client}, {"NextToken", "x"}}),
                         "InvalidParameterException", "Invalid pagination token."));
}

}  // namespace
}  // namespace sallyport::operations
