#include "fixture.h"

namespace sallyport::operations {
namespace {

using DeleteUserPoolClientTest = OperationTest;

TEST_F(DeleteUserPoolClientTest, EveryTokenOfTheClientIsRevoked) {
  std::string pool = MakePool();
  std::string client = MakeClient(pool, {{"AccessTokenValidity", 24}});
  uint64_t before = store_->Head().sequence;
  Reply reply = Call("DeleteUserPoolClient", {{"UserPoolId", pool}, {"ClientId", client}});
  ASSERT_TRUE(Succeeded(reply));
  auto entries = LogAfter(before);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].revocation.kind, revocation::Kind::kClient);
  EXPECT_EQ(entries[0].revocation.subject, client);
  EXPECT_GE(entries[0].revocation.keep_until, clock_.WallSeconds() + 86'400);
  EXPECT_EQ(reply.await_release, entries[0].position.sequence);
  EXPECT_EQ(Call("DescribeUserPoolClient", {{"UserPoolId", pool}, {"ClientId", client}}).code,
            "ResourceNotFoundException");
}

TEST_F(DeleteUserPoolClientTest, ARetryWaitsForTheLogToo) {
  std::string pool = MakePool();
  std::string client = MakeClient(pool);
  ASSERT_TRUE(
      Succeeded(Call("DeleteUserPoolClient", {{"UserPoolId", pool}, {"ClientId", client}})));
  Reply retry = Call("DeleteUserPoolClient", {{"UserPoolId", pool}, {"ClientId", client}});
  EXPECT_EQ(retry.code, "ResourceNotFoundException");
  EXPECT_EQ(retry.await_release, store_->Head().sequence);
}

}  // namespace
}  // namespace sallyport::operations
