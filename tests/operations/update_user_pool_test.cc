#include "domain/pools/pool.h"
#include "fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;
using UpdateUserPoolTest = OperationTest;

TEST_F(UpdateUserPoolTest, AMemberThatIsNotGivenGetsItsDefault) {
  std::string id = MakePool({{"MfaConfiguration", "OPTIONAL"},
                             {"AutoVerifiedAttributes", json::array{"email"}},
                             {"AliasAttributes", json::array{"email"}}});
  clock_.AdvanceMillis(5000);
  ASSERT_TRUE(Succeeded(Call("UpdateUserPool", {{"UserPoolId", id}, {"PoolName", "new"}})));
  Reply reply = Call("DescribeUserPool", {{"UserPoolId", id}});
  EXPECT_EQ(reply.Text("UserPool.Name"), "new");
  EXPECT_EQ(reply.Text("UserPool.MfaConfiguration"), "OFF");
  EXPECT_TRUE(reply.At("UserPool.AutoVerifiedAttributes").is_null());
  // Settings that cannot be updated stay.
  EXPECT_EQ(reply.Text("UserPool.AliasAttributes.0"), "email");
  EXPECT_EQ(reply.At("UserPool.SchemaAttributes").as_array().size(), 20u);
  EXPECT_GT(reply.At("UserPool.LastModifiedDate").as_double(),
            reply.At("UserPool.CreationDate").as_double());
}

TEST_F(UpdateUserPoolTest, ProtectionAndTagsStayUntilTheyAreNamed) {
  std::string id = MakePool({{"DeletionProtection", "ACTIVE"},
                             {"UserPoolTags", {{"sallyport:revoke-on-password-change", "false"}}}});
  ASSERT_TRUE(Succeeded(Call("UpdateUserPool", {{"UserPoolId", id}})));
  Reply reply = Call("DescribeUserPool", {{"UserPoolId", id}});
  EXPECT_EQ(reply.Text("UserPool.DeletionProtection"), "ACTIVE");
  EXPECT_FALSE((*domain::GetPool(*services_, id))->settings.revoke_on_password_change);
  ASSERT_TRUE(
      Succeeded(Call("UpdateUserPool", {{"UserPoolId", id}, {"UserPoolTags", json::object()}})));
  EXPECT_TRUE((*domain::GetPool(*services_, id))->settings.revoke_on_password_change);
}

TEST_F(UpdateUserPoolTest, APolicyWithoutPasswordsIsRefused) {
  EXPECT_TRUE(FailedWith(
      Call("UpdateUserPool",
           {{"UserPoolId", MakePool()},
            {"Policies",
             {{"SignInPolicy", {{"AllowedFirstAuthFactors", json::array{"EMAIL_OTP"}}}}}}}),
      "InvalidParameterException",
      "Password should be configured as one of the allowed first auth factors."));
}

TEST_F(UpdateUserPoolTest, TheTemplateAndTheOlderMembersSetEachOtherAndTheTemplateCounts) {
  const std::string id = MakePool({{"VerificationMessageTemplate",
                                    {{"EmailMessage", "mail {####}"},
                                     {"EmailSubject", "subject"},
                                     {"SmsMessage", "text {####}"},
                                     {"EmailMessageByLink", "{##link##}"}}}});
  const auto texts = [&] {
    const Reply shown = Call("DescribeUserPool", {{"UserPoolId", id}});
    return std::vector<std::string>{
        shown.Text("UserPool.EmailVerificationMessage"),
        shown.Text("UserPool.EmailVerificationSubject"),
        shown.Text("UserPool.SmsVerificationMessage"),
        shown.Text("UserPool.VerificationMessageTemplate.EmailMessage"),
        shown.Text("UserPool.VerificationMessageTemplate.EmailSubject"),
        shown.Text("UserPool.VerificationMessageTemplate.SmsMessage"),
    };
  };
  using Texts = std::vector<std::string>;
  EXPECT_EQ(texts(), (Texts{"mail {####}", "subject", "text {####}", "mail {####}", "subject",
                            "text {####}"}));
  ASSERT_TRUE(Succeeded(Call(
      "UpdateUserPool", {{"UserPoolId", id},
                         {"EmailVerificationMessage", "older {####}"},
                         {"SmsVerificationMessage", "older {####}"},
                         {"VerificationMessageTemplate", {{"EmailMessage", "newer {####}"}}}})));
  EXPECT_EQ(texts(),
            (Texts{"newer {####}", "", "older {####}", "newer {####}", "", "older {####}"}));
  // Settings that are no longer given are gone.
  ASSERT_TRUE(Succeeded(Call("UpdateUserPool", {{"UserPoolId", id}})));
  EXPECT_EQ(texts(), Texts(6));
}

TEST_F(UpdateUserPoolTest, AnUnknownPoolIsNotFound) {
  EXPECT_TRUE(FailedWith(Call("UpdateUserPool", R"({"UserPoolId":"eu-west-1_000000000"})"),
                         "ResourceNotFoundException",
                         "User pool eu-west-1_000000000 does not exist."));
}

}  // namespace
}  // namespace sallyport::operations
