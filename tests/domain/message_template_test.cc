#include "domain/messages/message_template.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>
#include <string_view>

namespace sallyport::domain {
namespace {

namespace json = boost::json;

class MessageTemplate : public testing::Test {
 protected:
  Pool PoolWith(std::string_view description) {
    Pool pool;
    pool.id = "eu-west-1_AAAAAAAAA";
    pool.description = json::parse({description.data(), description.size()}).as_object();
    ReadDescription(pool);
    return pool;
  }
  Message Mail(const Pool& pool, std::string_view cause = "SignUp") {
    return MakeCodeMessage(settings_, pool, user_, {Medium::kEmail, "a@example.org"},
                           {cause, "client1", "123456"}, 1);
  }
  Message Sms(const Pool& pool) {
    return MakeCodeMessage(settings_, pool, user_, {Medium::kSms, "+15550001234"},
                           {"SignUp", "client1", "123456"}, 1);
  }

  Settings settings_;
  User user_;
};

TEST_F(MessageTemplate, ThePoolsTextsComeBeforeTheOlderMembersBeforeAwss) {
  EXPECT_EQ(Mail(PoolWith("{}")).subject, "Your verification code");
  const std::string older = R"("EmailVerificationMessage": "old {####}",
    "EmailVerificationSubject": "Old", "SmsVerificationMessage": "old {####}")";
  EXPECT_EQ(Mail(PoolWith("{" + older + "}")).body, "old 123456");
  EXPECT_EQ(Mail(PoolWith("{" + older + "}")).subject, "Old");
  EXPECT_EQ(Sms(PoolWith("{" + older + "}")).body, "old 123456");
  const Pool pool = PoolWith("{" + older + R"(, "VerificationMessageTemplate":
    {"EmailMessage": "new {####}", "EmailSubject": "New", "SmsMessage": "{####} new"}})");
  EXPECT_EQ(Mail(pool).body, "new 123456");
  EXPECT_EQ(Mail(pool).subject, "New");
  EXPECT_EQ(Sms(pool).body, "123456 new");
}

TEST_F(MessageTemplate, WhatAUserChoseIsEscapedInAMailAndNotLookedAtAgain) {
  const Pool pool = PoolWith(R"({"VerificationMessageTemplate":
    {"EmailMessage": "{username}: {####}", "SmsMessage": "{username}: {####}"}})");
  user_.username = "<a href='x'>&\"{####}";
  EXPECT_EQ(Mail(pool).body, "&lt;a href=&#39;x&#39;&gt;&amp;&quot;{####}: 123456");
  EXPECT_EQ(Sms(pool).body, "<a href='x'>&\"{####}: 123456");
}

TEST_F(MessageTemplate, ALinkCarriesTheUserAndTheCode) {
  settings_.public_url = "https://id.example.org";
  user_.username = "a&b \"c\"";
  const Pool pool = PoolWith(R"({"VerificationMessageTemplate": {"DefaultEmailOption":
    "CONFIRM_WITH_LINK", "EmailMessageByLink": "Please {##click here##}.",
    "EmailSubjectByLink": "Confirm"}})");
  EXPECT_EQ(Mail(pool).subject, "Confirm");
  EXPECT_EQ(Mail(pool).body,
            "Please <a href=\"https://id.example.org/confirmUser?client_id=client1&amp;user_name="
            "a%26b%20%22c%22&amp;confirmation_code=123456\">click here</a>.");
  // Only messages of a sign-up have a link.
  EXPECT_EQ(Mail(pool, "ForgotPassword").body, "Your password reset code is 123456");
}

TEST_F(MessageTemplate, NoLineBreakGetsIntoAHeader) {
  const Pool pool = PoolWith(R"({"EmailVerificationSubject": "Code\r\nBcc: x@example.org",
    "EmailConfiguration": {"From": "a@example.org\nBcc: b", "ReplyToEmailAddress": "r\n@x"}})");
  const Message message =
      MakeCodeMessage(settings_, pool, user_, {Medium::kEmail, "a@x\r\nTo: b@x"},
                      {"SignUp", "client1", "123456"}, 1);
  for (const std::string& header :
       {message.subject, message.from, message.reply_to, message.destination}) {
    EXPECT_EQ(header.find_first_of("\r\n"), std::string::npos) << header;
  }
  EXPECT_EQ(message.subject, "Code  Bcc: x@example.org");
}

TEST_F(MessageTemplate, DestinationsAreMasked) {
  EXPECT_EQ(MaskedDestination({Medium::kEmail, "fixture@example.com"}), "f***@e***");
  EXPECT_EQ(MaskedDestination({Medium::kEmail, "\xc3\xa4@\xc3\xb6.org"}),
            "\xc3\xa4***@\xc3\xb6***");
  EXPECT_EQ(MaskedDestination({Medium::kEmail, "no address"}), "n***@***");
  EXPECT_EQ(MaskedDestination({Medium::kSms, "+15550001234"}), "+*******1234");
  EXPECT_EQ(MaskedDestination({Medium::kSms, ""}), "+*******");
}

}  // namespace
}  // namespace sallyport::domain
