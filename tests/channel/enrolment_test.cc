#include "channel/enrolment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sallyport::channel {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kDigits(64, 'a');

std::string Text() {
  return "sallyport-enrolment 1\nserver 127.0.0.1:9230\nserver [::1]:9231\nname gate-1\n"
         "key-id 0123456789abcdef\nkey " +
         kDigits + "\n";
}

std::string With(const std::string& from, const std::string& to) {
  std::string text = Text();
  return text.replace(text.find(from), from.size(), to);
}

std::string Problem(const std::string& text) {
  const auto enrolment = ParseEnrolment(text);
  return enrolment ? "none" : enrolment.error().message;
}

TEST(Enrolment, IsReadAsItIsWritten) {
  const auto enrolment = ParseEnrolment(Text());
  ASSERT_TRUE(enrolment.ok()) << enrolment.error().message;
  EXPECT_EQ(enrolment->servers, (std::vector<Address>{{"127.0.0.1", "9230"}, {"::1", "9231"}}));
  EXPECT_EQ(enrolment->key().identity, "gate-1.0123456789abcdef");
  EXPECT_EQ(enrolment->secret.Reveal(), std::string(32, '\xaa'));
  EXPECT_EQ(FormatEnrolment(*enrolment), Text());
}

TEST(Enrolment, NothingElseIsOne) {
  EXPECT_THAT(Problem(""), HasSubstr("first line"));
  EXPECT_THAT(Problem(With("enrolment 1", "enrolment 2")), HasSubstr("first line"));
  EXPECT_THAT(Problem(With("127.0.0.1:9230", "http://127.0.0.1:9230")), HasSubstr("HOST:PORT"));
  EXPECT_THAT(Problem(With(":9230", ":0")), HasSubstr("HOST:PORT"));
  EXPECT_THAT(Problem(With(":9230", ":65536")), HasSubstr("HOST:PORT"));
  EXPECT_THAT(Problem(With(":9230", ":09230")), HasSubstr("HOST:PORT"));
  EXPECT_THAT(Problem(With("name gate-1", "name ")), HasSubstr("name NAME"));
  EXPECT_THAT(Problem(With("name gate-1", "name ../x")), HasSubstr("line 4"));
  EXPECT_THAT(Problem(With("abcdef\n", "abcdeF\n")), HasSubstr("key-id ID"));
  EXPECT_THAT(Problem(With("key aa", "key a")), HasSubstr("64 hex digits"));
  EXPECT_THAT(Problem(Text() + "\n"), HasSubstr("follows"));
  EXPECT_THAT(Problem(Text().substr(0, Text().size() - 1)), Not("none")) << "cut off";
  EXPECT_THAT(Problem(Text() + std::string(5000, '\n')), HasSubstr("too long"));
}

TEST(Enrolment, AnErrorNeverShowsTheKey) {
  EXPECT_THAT(Problem(Text() + "x"), Not(HasSubstr("aaaa")));
  EXPECT_THAT(Problem(With("key aa", "key ga")), Not(HasSubstr("aaaa")));
}

TEST(Identity, IsTakenApartAsItWasMade) {
  EXPECT_EQ(ParseIdentity(IdentityOf("gate.example", "0123456789abcdef")),
            (AgentIdentity{"gate.example", "0123456789abcdef"}));
  for (const char* none : {"", "gate", ".0123456789abcdef", "gate.0123456789abcde",
                           "gate.0123456789abcdeF", "ga/te.0123456789abcdef"}) {
    EXPECT_FALSE(ParseIdentity(none)) << none;
  }
}

}  // namespace
}  // namespace sallyport::channel
