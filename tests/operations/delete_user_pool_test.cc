#include <set>

#include "domain/clients/client.h"
#include "domain/pools/pool.h"
#include "domain/pools/pool_removal.h"
#include "domain/records/commit.h"
#include "domain/tokens/family.h"
#include "domain/users/user.h"
#include "fixture.h"

namespace sallyport::operations {
namespace {

using DeleteUserPoolTest = OperationTest;

TEST_F(DeleteUserPoolTest, ThePoolIsRevokedAndItsKeysAreWithdrawn) {
  std::string id = MakePool();
  uint64_t before = store_->Head().sequence;
  Reply reply = Call("DeleteUserPool", {{"UserPoolId", id}});
  ASSERT_TRUE(Succeeded(reply));
  std::set<revocation::Kind> kinds;
  for (const revocation::LogEntry& entry : LogAfter(before)) kinds.insert(entry.revocation.kind);
  EXPECT_EQ(kinds, (std::set{revocation::Kind::kKeyWithdrawn, revocation::Kind::kPool}));
  EXPECT_EQ(reply.await_release, store_->Head().sequence);
  EXPECT_EQ(Call("DescribeUserPool", {{"UserPoolId", id}}).code, "ResourceNotFoundException");
  EXPECT_FALSE(keys_->Current(id).ok());
}

TEST_F(DeleteUserPoolTest, WhateverTheAnswerItWaitsForTheLog) {
  MakePool();
  Reply reply = Call("DeleteUserPool", R"({"UserPoolId":"eu-west-1_000000000"})");
  EXPECT_EQ(reply.code, "ResourceNotFoundException");
  EXPECT_EQ(reply.await_release, store_->Head().sequence);
}

TEST_F(DeleteUserPoolTest, AProtectedPoolStays) {
  std::string id = MakePool({{"DeletionProtection", "ACTIVE"}});
  EXPECT_TRUE(
      FailedWith(Call("DeleteUserPool", {{"UserPoolId", id}}), "InvalidParameterException",
                 "The user pool cannot be deleted because deletion protection is activated. "
                 "Deletion protection must be inactivated first."));
  EXPECT_TRUE(Succeeded(Call("DescribeUserPool", {{"UserPoolId", id}})));
}

// Fills the pool with `count` users, each with a family.
void Fill(const domain::Services& services, const std::string& pool_id, int count) {
  domain::Pool pool = **domain::GetPool(services, pool_id);
  auto fill = [&](store::Tx& tx) -> base::Status {
    for (int i = 0; i < count; ++i) {
      domain::User user;
      user.pool_id = pool_id;
      user.sub = "sub-" + std::to_string(i);
      user.username = "user-" + std::to_string(i);
      SALLYPORT_TRY(domain::CreateUser(tx, pool, user, false));
      domain::TokenFamily family;
      family.id = pool_id + "-family-" + std::to_string(i);
      family.pool_id = pool_id;
      family.sub = user.sub;
      SALLYPORT_TRY(domain::PutFamily(tx, family));
    }
    return {};
  };
  ASSERT_TRUE(domain::Commit(services, fill).ok());
}

TEST_F(DeleteUserPoolTest, UsersClientsAndFamiliesGoInSeveralCommits) {
  std::string id = MakePool();
  std::string other = MakePool();
  std::string client = MakeClient(id);
  std::string other_client = MakeClient(other);
  Fill(*services_, id, 250);
  Fill(*services_, other, 1);
  EXPECT_EQ(Call("DescribeUserPool", {{"UserPoolId", id}}).At("UserPool.EstimatedNumberOfUsers"),
            boost::json::value(250));
  ASSERT_TRUE(Succeeded(Call("DeleteUserPool", {{"UserPoolId", id}})));
  for (std::string_view index :
       {domain::kUsersByCreation, domain::kFamiliesByUser, domain::kClientIndex}) {
    EXPECT_TRUE(store_->List(index, id + "/", std::nullopt, 10)->empty()) << index;
    EXPECT_EQ(store_->List(index, other + "/", std::nullopt, 10)->size(), 1u) << index;
  }
  EXPECT_FALSE(domain::GetClient(*services_, client).ok());
  EXPECT_TRUE(domain::GetClient(*services_, other_client).ok());
}

TEST_F(DeleteUserPoolTest, ARemovalThatACrashInterruptedIsFinishedAtStart) {
  std::string id = MakePool();
  std::string client = MakeClient(id);
  // The state between the first commit and the next one.
  std::string record = domain::SerializePool(**domain::GetPool(*services_, id));
  auto interrupt = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_TRY(tx.Delete(domain::PoolKey(id)));
    return tx.Put("pool-removal/" + id, record, {{"pool-removals", id}});
  };
  ASSERT_TRUE(domain::Commit(*services_, interrupt).ok());
  Restart();
  EXPECT_TRUE(domain::GetClient(*services_, client).ok());
  ASSERT_TRUE(domain::FinishPoolRemovals(*services_).ok());
  EXPECT_FALSE(domain::GetClient(*services_, client).ok());
  EXPECT_FALSE(store_->Get("pool-removal/" + id)->has_value());
}

}  // namespace
}  // namespace sallyport::operations
