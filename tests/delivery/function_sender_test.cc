// Messages that a pool's functions send: CustomEmailSender, CustomSMSSender.
#include "delivery/function_sender.h"

#include "base/encoding.h"
#include "delivery/courier.h"
#include "domain/messages/custom_sender.h"
#include "fixture.h"
#include "scripted_hooks.h"

namespace sallyport::delivery {
namespace {

namespace json = boost::json;

using Kind = Outcome::Kind;

constexpr std::string_view kKeyId = "arn:aws:kms:eu-west-1:000000000000:key/codes";

// Records what it was asked, and answers as told.
struct ScriptedKeys final : public DataKeys {
  base::Result<DataKey> Generate(std::string_view key_id, const EncryptionContext& context,
                                 const std::atomic<bool>&) const override {
    asked_for = key_id;
    asked_with = context;
    if (error) return *error;
    return DataKey{std::string(key_id), base::Secret(std::string(32, 'k')), "encrypted key"};
  }
  mutable std::string asked_for;
  mutable EncryptionContext asked_with;
  std::optional<base::Error> error;
};

class FunctionSenderTest : public domain::DomainTest {
 protected:
  FunctionSenderTest() {
    services_->hooks = &hooks_;
    hooks_.Define("mailer", [](json::object&) {});
    pool_ = PoolWith({{"KMSKeyID", kKeyId}});
  }
  std::shared_ptr<const domain::Pool> PoolWith(json::object lambdas) {
    lambdas["CustomEmailSender"] = {
        {"LambdaVersion", "V1_0"},
        {"LambdaArn", "arn:aws:lambda:eu-west-1:000000000000:function:mailer"}};
    return MakePool({{"LambdaConfig", std::move(lambdas)}});
  }
  domain::Message MessageTo(const domain::User& user) {
    const json::object metadata{{"lang", "de"}};
    domain::Message message;
    message.id = "00000000-0000-4000-8000-000000000001";
    message.pool_id = pool_->id;
    message.username = user.username;
    message.destination = "ada@example.org";
    message.cause = "SignUp";
    message.code = "123456";
    message.for_sender = domain::ForSender(user, "client1", "aws-sdk-js/3.1.0 os/linux", &metadata);
    return message;
  }
  Outcome Send(const domain::Message& message) {
    auto keys = std::make_unique<ScriptedKeys>();
    keys->error = error_;
    keys_asked_ = keys.get();
    sender_ = MakeFunctionSender(*services_, with_kms_ ? std::move(keys) : nullptr);
    return sender_->Send(message);
  }

  domain::ScriptedHooks hooks_;
  bool with_kms_ = true;
  std::optional<base::Error> error_;
  const ScriptedKeys* keys_asked_ = nullptr;
  std::unique_ptr<Transport> sender_;
};

TEST_F(FunctionSenderTest, TheFunctionGetsAwsEventWithTheCodeEncryptedForThePool) {
  domain::User user = MakeUser(*pool_, "ada");
  user.attributes["email"] = "ada@example.org";
  EXPECT_EQ(Send(MessageTo(user)).kind, Kind::kTaken);
  EXPECT_EQ(keys_asked_->asked_for, kKeyId);
  EXPECT_EQ(keys_asked_->asked_with, (EncryptionContext{{"userpool-id", pool_->id}}));
  json::object event = hooks_.LastEvent("CustomEmailSender_SignUp");
  const std::string code(event.at("request").at("code").as_string());
  event["request"].as_object().erase("code");
  EXPECT_EQ(event, (json::object{{"version", "1"},
                                 {"triggerSource", "CustomEmailSender_SignUp"},
                                 {"region", "eu-west-1"},
                                 {"userPoolId", pool_->id},
                                 {"userName", "ada"},
                                 {"callerContext",
                                  {{"awsSdkVersion", "aws-sdk-js-3.1.0"}, {"clientId", "client1"}}},
                                 {"request",
                                  {{"type", "customEmailSenderRequestV1"},
                                   {"clientMetadata", {{"lang", "de"}}},
                                   {"userAttributes",
                                    {{"sub", user.sub},
                                     {"cognito:user_status", "CONFIRMED"},
                                     {"email", "ada@example.org"}}}}},
                                 {"response", json::object()}}));
  const auto bytes = base::Base64Decode(code);
  ASSERT_TRUE(bytes);
  const std::string message(bytes->begin(), bytes->end());
  EXPECT_TRUE(message.starts_with(std::string("\x02\x04\x78", 3)));
  EXPECT_NE(message.find("encrypted key"), std::string::npos);
  EXPECT_EQ(message.find("123456"), std::string::npos);
}

TEST_F(FunctionSenderTest, WhatTheFunctionAnswersCountsForNothingButItsErrorIsTriedAgain) {
  const domain::Message message = MessageTo(MakeUser(*pool_, "ada"));
  using Hook = domain::HookOutcome::Kind;
  hooks_.DefineOutcome("mailer", {Hook::kAnswered, "null", ""});
  EXPECT_EQ(Send(message).kind, Kind::kTaken);
  hooks_.Define("mailer", [](json::object&) {
    throw std::runtime_error("no such mailbox: ada@example.org");
  });
  const Outcome failed = Send(message);
  EXPECT_EQ(failed.kind, Kind::kLater);
  EXPECT_EQ(failed.reason, "CustomEmailSender: UserLambdaValidationException");
}

TEST_F(FunctionSenderTest, WhatCannotBeSentIsRefusedWithTheReason) {
  domain::Message message = MessageTo(MakeUser(*pool_, "ada"));
  error_ = base::Error{"later", "KMS: HTTP 500", ""};
  EXPECT_EQ(Send(message).kind, Kind::kLater);
  error_ = base::Error{"refused", "KMS: HTTP 400 NotFoundException", ""};
  EXPECT_EQ(Send(message).kind, Kind::kRefused);
  with_kms_ = false;
  EXPECT_EQ(Send(message).reason, "no KMS (kms-url) to encrypt the code for CustomEmailSender");
  EXPECT_EQ(Send(message).kind, Kind::kRefused);
  message.medium = domain::Medium::kSms;
  EXPECT_EQ(Send(message).reason, "the pool has no function CustomSMSSender");
  message.medium = domain::Medium::kEmail;
  message.pool_id = PoolWith({})->id;
  EXPECT_EQ(Send(message).reason, "LambdaConfig has no KMSKeyID for CustomEmailSender");
  message.pool_id = "eu-west-1_gone";
  EXPECT_EQ(Send(message).kind, Kind::kRefused);
  EXPECT_TRUE(hooks_.events().empty());
}

// As the queue decides: a message for a function never goes to another transport.
TEST_F(FunctionSenderTest, TheCourierHandsItWhatIsForAFunction) {
  domain::Message message = MessageTo(MakeUser(*pool_, "ada"));
  message.created_millis = clock_.WallMillis();
  message.since_millis = message.due_millis = time_->watched().millis();
  ASSERT_TRUE(Commit([&](store::Tx& tx) { return PutMessage(tx, vault_, message); }));
  Transports transports;
  transports.functions = MakeFunctionSender(*services_, std::make_unique<ScriptedKeys>());
  domain::CeilingWatch watch;
  Courier courier(*store_, vault_, *time_, settings_.ceilings, watch, std::move(transports));
  EXPECT_TRUE(courier.DeliverOne().value());
  EXPECT_EQ(hooks_.events().size(), 1U);
  EXPECT_TRUE(domain::ListMessages(*store_, vault_, 10).value().empty());
}

}  // namespace
}  // namespace sallyport::delivery
