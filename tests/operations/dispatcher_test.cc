// The dispatcher's steps, in the order in which a request meets them.
#include "operations/dispatcher.h"

#include "fixture.h"
#include "operations/dispatch/built.h"
#include "operations/dispatch/model.h"

namespace sallyport::operations {
namespace {

using DispatcherTest = OperationTest;

TEST_F(DispatcherTest, AnOperationThatAwsDoesNotHaveIsUnknown) {
  Reply reply = Call("MakeCoffee", "{}");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.code, "UnknownOperationException");
}

TEST_F(DispatcherTest, ATargetOfAnotherServiceIsUnknown) {
  Answer answer(store::Wait::NothingRevoked());
  Request request;
  request.target = "DynamoDB_20120810.ListTables";
  request.body = "{}";
  EXPECT_EQ(dispatcher_->Prepare(std::move(request), &answer), nullptr);
  EXPECT_EQ(answer.error_code, "UnknownOperationException");
}

TEST_F(DispatcherTest, AnOperationThatIsNotBuiltSaysSo) {
  Reply reply = Call("CreateUserPoolReplica", "{}");
  EXPECT_EQ(reply.status, 501);
  EXPECT_TRUE(
      FailedWith(reply, "OperationNotBuiltException",
                 "The operation CreateUserPoolReplica is not built in this version of Sallyport."));
}

TEST_F(DispatcherTest, EveryOperationOfTheModelIsBuiltOrSaysThatItIsNot) {
  size_t built = 0;
  for (const model::OperationModel& operation : model::operations) {
    const Reply reply = Call(operation.name, "[]");
    if (BuiltOperation(operation) != nullptr) {
      ++built;
      EXPECT_EQ(reply.code, "SerializationException") << operation.name;
    } else {
      EXPECT_EQ(reply.status, 501) << operation.name;
      EXPECT_EQ(reply.code, "OperationNotBuiltException") << operation.name;
    }
  }
  EXPECT_GT(built, 80u);
  for (const char* newest : {"GetDerivedToken", "CreateCIMDPolicy", "StartPointInTimeRecovery"}) {
    EXPECT_EQ(Call(newest, "{}").status, 501) << newest;
  }
}

TEST_F(DispatcherTest, ABodyThatIsNoJsonObjectIsRefused) {
  for (const char* body : {"", "{", "{\"a\":1} x", "\"text\"", "[]", "{\"UserPoolId\":\"\xff\"}"}) {
    Reply reply = Call("DescribeUserPool", body);
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_EQ(reply.code, "SerializationException") << body;
  }
}

TEST_F(DispatcherTest, ABodyNestedWithoutEndIsRefused) {
  Reply reply = Call("DescribeUserPool", std::string(100'000, '['));
  EXPECT_EQ(reply.code, "SerializationException");
}

TEST_F(DispatcherTest, ASignatureThatDoesNotHoldIsAnsweredWithItsError) {
  signed_region_ = base::Error{"InvalidSignatureException", "The signature does not match.", ""};
  Reply reply = Call("ListUserPools", R"({"MaxResults":1})");
  EXPECT_EQ(reply.status, 400);
  EXPECT_TRUE(FailedWith(reply, "InvalidSignatureException", "The signature does not match."));
}

TEST_F(DispatcherTest, AnInternalErrorIsA500WithoutItsCause) {
  ASSERT_TRUE(
      store_
          ->Update([](store::Tx& tx) { return tx.Put("pool/eu-west-1_abcdefghi", "no JSON", {}); })
          ->outcome.ok());
  Reply reply = Call("DescribeUserPool", R"({"UserPoolId":"eu-west-1_abcdefghi"})");
  EXPECT_EQ(reply.status, 500);
  EXPECT_TRUE(FailedWith(reply, "InternalErrorException", "Internal server error"));
  EXPECT_NE(reply.cause, "");
}

TEST_F(DispatcherTest, ARevokingCallThatFailsBeforeItsCommitWaitsForTheLogToo) {
  MakePool();
  ASSERT_GT(store_->Head().sequence, 0u);
  Reply refused = Call("GlobalSignOut", R"({"AccessToken":"none"})");
  EXPECT_EQ(refused.code, "NotAuthorizedException");
  EXPECT_EQ(refused.await_release, store_->Head().sequence);
  // A call that cannot revoke does not wait.
  EXPECT_EQ(Call("GetUser", R"({"AccessToken":"none"})").await_release, std::nullopt);
}

TEST_F(DispatcherTest, MakingAKeyRunsOnTheHashLane) {
  Answer answer(store::Wait::NothingRevoked());
  Request request;
  request.target = "AWSCognitoIdentityProviderService.CreateUserPool";
  request.body = R"({"PoolName":"x"})";
  auto prepared = dispatcher_->Prepare(std::move(request), &answer);
  ASSERT_NE(prepared, nullptr);
  EXPECT_EQ(Dispatcher::LaneOf(*prepared), Lane::kHash);
  EXPECT_EQ(Dispatcher::OperationName(*prepared), "CreateUserPool");
}

}  // namespace
}  // namespace sallyport::operations
