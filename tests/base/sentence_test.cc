#include "base/sentence.h"

#include <gtest/gtest.h>

namespace sallyport::base {
namespace {

constexpr Sentence<0> kDisabled{"NotAuthorizedException", "User is disabled."};
constexpr Sentence<0> kIncorrect{"NotAuthorizedException", "Incorrect username or password."};
constexpr Sentence<1> kNoSuchPool{"ResourceNotFoundException", "User pool {} does not exist."};
constexpr Sentence<3> kSeveral{"InvalidParameterException",
                               "{}{} is more than {"
                               "{}}"};

TEST(Sentence, HasItsCodeAndTextAndNoCause) {
  const Error error = kDisabled();
  EXPECT_EQ(error.code, "NotAuthorizedException");
  EXPECT_EQ(error.message, "User is disabled.");
  EXPECT_EQ(error.cause, "");
}

TEST(Sentence, PutsEachArgumentInItsPlace) {
  EXPECT_EQ(kNoSuchPool(std::string("eu-west-1_a")).message,
            "User pool eu-west-1_a does not exist.");
  EXPECT_EQ(kSeveral(7, std::string_view(" groups"), int64_t{-2}).message,
            "7 groups is more than {-2}");
}

TEST(Sentence, TakesAnArgumentThatLooksLikeAPlaceAsText) {
  EXPECT_EQ(kSeveral("{}", "{}", "a").message, "{}{} is more than {a}");
}

TEST(Sentence, KeepsTheCauseOffTheWire) {
  const Error error = kNoSuchPool.Because("deleted meanwhile", "p");
  EXPECT_EQ(error.code, "ResourceNotFoundException");
  EXPECT_EQ(error.message, "User pool p does not exist.");
  EXPECT_EQ(error.cause, "deleted meanwhile");
}

TEST(Sentence, KnowsItsOwnErrors) {
  EXPECT_TRUE(kDisabled.Is(kDisabled.Because("for a reason")));
  EXPECT_FALSE(kDisabled.Is(kIncorrect()));
  EXPECT_FALSE(kDisabled.Is({"UserNotFoundException", "User is disabled.", ""}));
  EXPECT_TRUE(kNoSuchPool.Is(kNoSuchPool("a")));
  EXPECT_FALSE(kNoSuchPool.Is(kDisabled()));
}

TEST(Sentence, GivesItsTextAlone) {
  EXPECT_EQ(kNoSuchPool.Text("a"), "User pool a does not exist.");
}

}  // namespace
}  // namespace sallyport::base
