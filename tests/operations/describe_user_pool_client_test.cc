#include "fixture.h"

namespace sallyport::operations {
namespace {

using DescribeUserPoolClientTest = OperationTest;

TEST_F(DescribeUserPoolClientTest, GivesWhatCreateGave) {
  std::string pool = MakePool();
  Reply created = Call("CreateUserPoolClient",
                       {{"UserPoolId", pool}, {"ClientName", "app"}, {"GenerateSecret", true}});
  ASSERT_TRUE(Succeeded(created));
  Reply described =
      Call("DescribeUserPoolClient",
           {{"UserPoolId", pool}, {"ClientId", created.Text("UserPoolClient.ClientId")}});
  ASSERT_TRUE(Succeeded(described));
  EXPECT_EQ(described.body, created.body);
}

TEST_F(DescribeUserPoolClientTest, AClientOfAnotherPoolIsNotFound) {
  std::string client = MakeClient(MakePool());
  EXPECT_TRUE(
      FailedWith(Call("DescribeUserPoolClient", {{"UserPoolId", MakePool()}, {"ClientId", client}}),
                 "ResourceNotFoundException", "User pool client " + client + " does not exist."));
}

}  // namespace
}  // namespace sallyport::operations
