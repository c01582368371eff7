#include "domain/hooks/hook.h"

#include <utility>

#include "fixture.h"
#include "full_store.h"
#include "scripted_hooks.h"
#include "store/read_ahead.h"

namespace sallyport::domain {
namespace {

namespace json = boost::json;

class HookTest : public DomainTest {
 protected:
  HookTest() { services_->hooks = &hooks_; }

  std::shared_ptr<const Pool> PoolWith(json::object lambda_config) {
    return MakePool({{"LambdaConfig", std::move(lambda_config)}});
  }

  // PreSignUp of a pool whose function ends in this way.
  base::Result<json::object> CallEnding(HookOutcome outcome) {
    const auto pool = PoolWith({{"PreSignUp", hooks_.DefineOutcome("check", std::move(outcome))}});
    return CallHook(*services_, *pool,
                    {.trigger = Trigger::kPreSignUp, .source = "PreSignUp_SignUp"});
  }

  ScriptedHooks hooks_;
};

TEST_F(HookTest, AnEventHasWhatAwsSendsAndItsResponseComesBack) {
  const auto pool = PoolWith({{"PreSignUp", hooks_.Define("check", [](json::object& event) {
                                 event["response"].as_object()["autoConfirmUser"] = true;
                               })}});
  const auto response = CallHook(*services_, *pool,
                                 {.trigger = Trigger::kPreSignUp,
                                  .source = "PreSignUp_SignUp",
                                  .username = "ada",
                                  .client_id = "client",
                                  .user_agent = "aws-sdk-js/3.1.0 os/linux",
                                  .request = {{"userAttributes", json::object{{"email", "a@b.c"}}}},
                                  .response = {{"autoConfirmUser", false}}});
  ASSERT_TRUE(Succeeded(StatusOf(response)));
  EXPECT_EQ(json::serialize(*response), R"({"autoConfirmUser":true})");
  EXPECT_EQ(json::serialize(hooks_.LastEvent("PreSignUp_SignUp")),
            R"({"version":"1","triggerSource":"PreSignUp_SignUp","region":"eu-west-1",)"
            R"("userPoolId":")" +
                pool->id +
                R"(","userName":"ada",)"
                R"("callerContext":{"awsSdkVersion":"aws-sdk-js-3.1.0","clientId":"client"},)"
                R"("request":{"userAttributes":{"email":"a@b.c"}},)"
                R"("response":{"autoConfirmUser":false}})");
}

// A store to which each read is a journey.
class FarStore final : public FullStore, public store::ReadAhead {
 public:
  using FullStore::FullStore;

  bool expects = false;

  store::ReadAhead* read_ahead() override { return this; }
  void Expect(store::Reads reads) override { expects = !reads.keys.empty(); }
  void ExpectAfterCommit(store::Reads) override {}
};

TEST_F(HookTest, WhatWasReadBeforeAFunctionRanIsNotGivenAfterIt) {
  FarStore far(*store_);
  const Services& of = *services_;
  const Services services{.settings = of.settings,
                          .clock = of.clock,
                          .store = far,
                          .keys = of.keys,
                          .passwords = of.passwords,
                          .vault = of.vault,
                          .families = of.families,
                          .password_looks = of.password_looks,
                          .issuing_stopped = of.issuing_stopped,
                          .hooks = &hooks_};
  for (const auto kind : {HookOutcome::Kind::kAnswered, HookOutcome::Kind::kTimedOut}) {
    const auto pool =
        PoolWith({{"PreSignUp", hooks_.DefineOutcome("check", {kind, R"({"response":{}})", ""})}});
    const store::Expecting ahead(far, std::vector<std::string>{"a"});
    EXPECT_TRUE(far.expects);
    (void)CallHook(services, *pool, {.trigger = Trigger::kPreSignUp, .source = "PreSignUp_SignUp"});
    EXPECT_FALSE(far.expects);
  }
}

TEST_F(HookTest, AnEventWithoutUserOrClientSaysSo) {
  ASSERT_FALSE(CallEnding({HookOutcome::Kind::kTimedOut, "", ""}).ok());
  const json::object event = hooks_.LastEvent("PreSignUp_SignUp");
  EXPECT_TRUE(event.at("userName").is_null());
  EXPECT_EQ(json::serialize(event.at("callerContext")),
            R"({"awsSdkVersion":"aws-sdk-unknown-unknown","clientId":"CLIENT_ID_NOT_APPLICABLE"})");
}

TEST_F(HookTest, TheVersionedMemberOfLambdaConfigGivesArnAndVersion) {
  const auto pool = PoolWith(
      {{"PreTokenGeneration", "arn:old"},
       {"PreTokenGenerationConfig",
        json::object{{"LambdaVersion", "V3_0"}, {"LambdaArn", "arn:3"}}},
       {"CustomEmailSender", json::object{{"LambdaVersion", "V1_0"}, {"LambdaArn", "arn:mail"}}},
       {"PostConfirmation", "arn:post"}});
  EXPECT_EQ(HookFunctionOf(*pool, Trigger::kPreTokenGeneration).arn, "arn:3");
  EXPECT_EQ(HookFunctionOf(*pool, Trigger::kPreTokenGeneration).version, 3);
  EXPECT_EQ(HookFunctionOf(*pool, Trigger::kCustomEmailSender).arn, "arn:mail");
  EXPECT_EQ(HookFunctionOf(*pool, Trigger::kPostConfirmation).arn, "arn:post");
  EXPECT_EQ(HookFunctionOf(*pool, Trigger::kPostConfirmation).version, 1);
  EXPECT_FALSE(HookFunctionOf(*pool, Trigger::kPreSignUp));
}

TEST_F(HookTest, EachWayToFailHasItsErrorAndNamesTheTrigger) {
  using Outcome = HookOutcome::Kind;
  EXPECT_TRUE(FailedWith(StatusOf(CallEnding({Outcome::kRaised, "not today", ""})),
                         "UserLambdaValidationException",
                         "PreSignUp failed with error not today."));
  EXPECT_TRUE(FailedWith(StatusOf(CallEnding({Outcome::kNotCalled, "AccessDeniedException", ""})),
                         "UnexpectedLambdaException",
                         "PreSignUp invocation failed due to error AccessDeniedException."));
  EXPECT_FALSE(CallEnding({Outcome::kTimedOut, "", ""}).ok());
  EXPECT_EQ(CallEnding({Outcome::kTimedOut, "", ""}).error().code, "UnexpectedLambdaException");
  for (const char* no_json : {"", "{", "null", "{\"response\":{}"}) {
    EXPECT_TRUE(FailedWith(StatusOf(CallEnding({Outcome::kAnswered, no_json, ""})),
                           "InvalidLambdaResponseException",
                           "Invalid lambda function output : Invalid JSON"))
        << no_json;
  }
  for (const char* no_event : {"[]", "7", "{}", "{\"response\":null}", "{\"response\":[]}"}) {
    EXPECT_TRUE(FailedWith(StatusOf(CallEnding({Outcome::kAnswered, no_event, ""})),
                           "InvalidLambdaResponseException", "Unrecognizable lambda output"))
        << no_event;
  }
}

}  // namespace
}  // namespace sallyport::domain
