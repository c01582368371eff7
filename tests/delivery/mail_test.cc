#include "delivery/mail.h"

#include <gtest/gtest.h>

namespace sallyport::delivery {
namespace {

domain::Message ToAda(std::string subject, std::string body = "<p>123456</p>") {
  domain::Message message;
  message.id = "2f1e";
  message.destination = "ada@example.com";
  message.subject = std::move(subject);
  message.body = std::move(body);
  return message;
}

std::string Mail(const domain::Message& message) {
  return FormatMail(message, "\"Shop\" <no-reply@shop.example>", 1'700'000'000).value();
}

TEST(Mail, HasTheHeadersThatReceiversJudgeBy) {
  EXPECT_EQ(Mail(ToAda("Your code")),
            "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
            "From: \"Shop\" <no-reply@shop.example>\r\n"
            "To: ada@example.com\r\n"
            "Subject: Your code\r\n"
            "Message-ID: <2f1e@shop.example>\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/html; charset=utf-8\r\n"
            "Content-Transfer-Encoding: base64\r\n"
            "Auto-Submitted: auto-generated\r\n"
            "\r\n"
            "PHA+MTIzNDU2PC9wPg==\r\n");
}

TEST(Mail, ASubjectCannotAddAHeader) {
  const std::string mail = Mail(ToAda("Hello\r\nBcc: eve@example.com"));
  EXPECT_NE(mail.find("Subject: Hello  Bcc: eve@example.com\r\n"), std::string::npos) << mail;
}

TEST(Mail, ASubjectBeyondAsciiBecomesWordsOfWholeCharacters) {
  std::string long_subject;
  for (int i = 0; i < 40; ++i) long_subject += "\xc3\xa9";  // 80 bytes
  const std::string mail = Mail(ToAda(long_subject));
  EXPECT_NE(
      mail.find("Subject: =?UTF-8?B?w6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6k="
                "?=\r\n =?UTF-8?B?"),
      std::string::npos)
      << mail;
}

TEST(Mail, LongBodiesAreBrokenIntoLines) {
  const std::string mail = Mail(ToAda("Hi", std::string(1000, 'x')));
  const std::string body = mail.substr(mail.find("\r\n\r\n") + 4);
  for (size_t at = 0; at < body.size();) {
    const size_t end = body.find("\r\n", at);
    ASSERT_LE(end - at, 76);
    at = end + 2;
  }
}

TEST(Mail, AddressesThatAreNoneAreRefused) {
  for (const char* destination :
       {"", "ada", "@example.com", "ada@", "a b@example.com",
        "ada@example.com\r\nRCPT TO:<eve@example.com>", "<ada@example.com>", "ada@example.com>"}) {
    domain::Message message = ToAda("Hi");
    message.destination = destination;
    EXPECT_FALSE(FormatMail(message, "no-reply@shop.example", 0).ok()) << destination;
  }
  EXPECT_FALSE(FormatMail(ToAda("Hi"), "Shop", 0).ok());
  EXPECT_FALSE(FormatMail(ToAda("Hi"), "Shop <a@b>\r\nBcc: <eve@example.com>", 0).ok());
}

TEST(Mail, TheEnvelopeHasTheAddressAlone) {
  EXPECT_EQ(EnvelopeAddress("\"A <b@c>\" <no-reply@shop.example>"), "no-reply@shop.example");
  EXPECT_EQ(EnvelopeAddress("no-reply@shop.example"), "no-reply@shop.example");
  EXPECT_EQ(EnvelopeAddress("Shop <no-reply@shop.example"), "");
}

}  // namespace
}  // namespace sallyport::delivery
