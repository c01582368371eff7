#include "own_api/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sallyport::own_api {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kScript = "<script>alert(\"1\")</script>";

domain::Message MessageOf(domain::Medium medium) {
  domain::Message message;
  message.medium = medium;
  message.destination = message.username = message.cause = message.subject = message.body =
      message.code = message.last_error = kScript;
  return message;
}

TEST(OutboxPage, RunsNothingOfWhatMessagesSay) {
  for (const auto medium : {domain::Medium::kEmail, domain::Medium::kSms}) {
    const std::string page = OutboxPage({MessageOf(medium)});
    EXPECT_THAT(page, Not(HasSubstr("<script")));
    EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"));
  }
}

TEST(OutboxPage, ShowsTheMailInAFrameThatMayDoNothing) {
  domain::Message message;
  message.subject = "Your code";
  message.body = "<p>It is\n<b class=\"x\">123456</b></p>";
  message.code = "123456";
  const std::string page = OutboxPage({message});
  EXPECT_THAT(page, HasSubstr("<iframe sandbox title=\"message\" srcdoc=\"&lt;p&gt;It is\n"
                              "&lt;b class=&quot;x&quot;&gt;123456&lt;/b&gt;&lt;/p&gt;\">"));
  EXPECT_THAT(page, HasSubstr("<code>123456</code>"));
  EXPECT_THAT(page, HasSubstr("<div>Your code</div>"));
  EXPECT_THAT(page, Not(HasSubstr("class=\"error\">")));
}

TEST(OutboxPage, AnSmsKeepsItsLines) {
  domain::Message message;
  message.medium = domain::Medium::kSms;
  message.body = "one\ntwo";
  EXPECT_THAT(OutboxPage({message}), HasSubstr("<pre>one\ntwo</pre>"));
}

TEST(OutboxPage, SaysWhenThereIsNothing) {
  EXPECT_THAT(OutboxPage({}), HasSubstr("Nothing here."));
  EXPECT_THAT(OutboxPage({{}}), Not(HasSubstr("Nothing here.")));
}

TEST(OwnPages, AreFoundByTheirWholePath) {
  EXPECT_NE(FindPage("/_sallyport/outbox"), nullptr);
  EXPECT_NE(FindPage("/_sallyport/hooks"), nullptr);
  EXPECT_EQ(FindPage("/_sallyport/outbox/"), nullptr);
  EXPECT_EQ(FindPage(""), nullptr);
}

}  // namespace
}  // namespace sallyport::own_api
