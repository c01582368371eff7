#include "code_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class VerifyUserAttribute : public CodeTest {
 protected:
  Reply Update(const Tokens& tokens, std::string_view email) {
    return By(tokens, "UpdateUserAttributes",
              {{"UserAttributes", AttributeList({{"email", email}})}});
  }
  Reply Verify(const Tokens& tokens, std::string_view code, std::string_view attribute = "email") {
    return By(tokens, "VerifyUserAttribute", {{"AttributeName", attribute}, {"Code", code}});
  }
  Reply GetCode(const Tokens& tokens, std::string_view attribute = "email") {
    return By(tokens, "GetUserAttributeVerificationCode", {{"AttributeName", attribute}});
  }
};

using UpdateWithCode = VerifyUserAttribute;

TEST_F(UpdateWithCode, ANewAddressIsUnverifiedAndGetsACode) {
  MakeSignedUp("alice", "alice@example.org");
  const Tokens tokens = SignIn("alice");
  const Reply reply = Update(tokens, "new@example.com");
  EXPECT_EQ(
      reply.At("CodeDeliveryDetailsList"),
      json::value({json::object{
          {"Destination", "n***@e***"}, {"DeliveryMedium", "EMAIL"}, {"AttributeName", "email"}}}));
  EXPECT_EQ(Messages().back().destination, "new@example.com");
  EXPECT_EQ(Messages().back().cause, "UpdateUserAttribute");
  EXPECT_EQ(AttributeOf("alice", "email"), "new@example.com");
  EXPECT_EQ(AttributeOf("alice", "email_verified"), "false");
  ASSERT_TRUE(Succeeded(Verify(tokens, LastCode())));
  EXPECT_EQ(AttributeOf("alice", "email_verified"), "true");
  // The address is not new any more.
  EXPECT_TRUE(Update(tokens, "new@example.com").At("CodeDeliveryDetailsList").as_array().empty());
}

TEST_F(UpdateWithCode, TheOldValueStaysUntilTheNewOneIsVerifiedWhereThePoolAsksForIt) {
  Change({{"AutoVerifiedAttributes", {"email"}},
          {"UserAttributeUpdateSettings",
           {{"AttributesRequireVerificationBeforeUpdate", {"email"}}}}});
  MakeSignedUp("alice", "alice@example.org");
  const Tokens tokens = SignIn("alice");
  EXPECT_EQ(Update(tokens, "new@example.com").Text("CodeDeliveryDetailsList.0.Destination"),
            "n***@e***");
  EXPECT_EQ(AttributeOf("alice", "email"), "alice@example.org");
  EXPECT_EQ(AttributeOf("alice", "email_verified"), "true");
  const std::string first = LastCode();
  // Another code is sent to the address that waits to be verified.
  EXPECT_EQ(GetCode(tokens).Text("CodeDeliveryDetails.Destination"), "n***@e***");
  const std::string second = LastCode();
  // One time in a million, the new code equals the old one.
  if (second != first) {
    EXPECT_TRUE(FailedWith(Verify(tokens, first), "CodeMismatchException", kMismatch));
  }
  ASSERT_TRUE(Succeeded(Verify(tokens, second)));
  EXPECT_EQ(AttributeOf("alice", "email"), "new@example.com");
  EXPECT_EQ(AttributeOf("alice", "email_verified"), "true");
}

TEST_F(UpdateWithCode, WhatWaitsIsForgottenWhenAnAdministratorSetsAnother) {
  Change({{"AutoVerifiedAttributes", {"email"}},
          {"UserAttributeUpdateSettings",
           {{"AttributesRequireVerificationBeforeUpdate", {"email"}}}}});
  MakeSignedUp("alice", "alice@example.org");
  const Tokens tokens = SignIn("alice");
  ASSERT_TRUE(Succeeded(Update(tokens, "new@example.com")));
  const std::string code = LastCode();
  const size_t messages = Messages().size();
  ASSERT_TRUE(Succeeded(Admin("AdminUpdateUserAttributes", "alice",
                              {{"UserAttributes", AttributeList({{"email", "third@example.net"},
                                                                 {"email_verified", "true"}})}})));
  EXPECT_EQ(Messages().size(), messages);
  EXPECT_TRUE(FailedWith(Verify(tokens, code), "ExpiredCodeException", kNoCode));
  EXPECT_EQ(AttributeOf("alice", "email"), "third@example.net");
  // An administrator who does not say that it is verified gets it verified by a code.
  ASSERT_TRUE(
      Succeeded(Admin("AdminUpdateUserAttributes", "alice",
                      {{"UserAttributes", AttributeList({{"email", "fourth@example.net"}})}})));
  EXPECT_EQ(AttributeOf("alice", "email"), "third@example.net");
  ASSERT_TRUE(Succeeded(Verify(tokens, LastCode())));
  EXPECT_EQ(AttributeOf("alice", "email"), "fourth@example.net");
}

TEST_F(UpdateWithCode, TooManyCodesAreRefusedInThisOperationsWords) {
  MakeSignedUp("alice", "alice@example.org");
  const Tokens tokens = SignIn("alice");
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(Succeeded(Update(tokens, "a" + std::to_string(i) + "@example.org")));
  }
  EXPECT_TRUE(FailedWith(Update(tokens, "b@example.org"), "TooManyRequestsException", kTooMany));
  EXPECT_EQ(AttributeOf("alice", "email"), "a19@example.org");
}

TEST_F(VerifyUserAttribute, RefusesAndCountsWrongCodes) {
  MakeSignedUp("alice", "alice@example.org");
  const Tokens tokens = SignIn("alice");
  EXPECT_TRUE(FailedWith(Verify(tokens, "123456"), "ExpiredCodeException", kNoCode));
  EXPECT_EQ(Verify(tokens, "123456", "nickname").code, "InvalidParameterException");
  ASSERT_TRUE(Succeeded(Update(tokens, "new@example.com")));
  const std::string code = LastCode();
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(FailedWith(Verify(tokens, Other(code)), "CodeMismatchException", kMismatch));
  }
  EXPECT_TRUE(FailedWith(Verify(tokens, code), "LimitExceededException", kTooMany));
}

TEST_F(VerifyUserAttribute, AnAddressThatIsAnotherUsersAliasIsRefused) {
  UsePool({{"AliasAttributes", {"email"}}, {"AutoVerifiedAttributes", {"email"}}});
  MakeSignedUp("alice", "alice@example.org");
  MakeSignedUp("bob", "bob@example.org");
  const Tokens tokens = SignIn("bob");
  ASSERT_TRUE(Succeeded(Update(tokens, "alice@example.org")));
  EXPECT_TRUE(FailedWith(Verify(tokens, LastCode()), "AliasExistsException",
                         "An account with the email already exists."));
  EXPECT_EQ(ClaimsOf(SignIn("alice@example.org").access).at("username").as_string(), "alice");
}

}  // namespace
}  // namespace sallyport::operations
