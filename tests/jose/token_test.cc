#include "jose/token.h"

#include <gtest/gtest.h>
namespace sallyport::jose {
namespace {
TEST(Token, RoundTrip) {
  auto key = SigningKey::Generate();
  ASSERT_TRUE(key);
  auto jws = key->SignJwt("k1", R"({"iss":"i","exp":5,"a":[1,{"b":"c\n"},2.50]})");
  ASSERT_TRUE(jws);
  auto t = UnverifiedToken::Parse(*jws);
  ASSERT_TRUE(t) << t.error().cause;
  auto v = VerifiedToken::Verify(std::move(*t), key->ToPublic());
  ASSERT_TRUE(v) << v.error().cause;
  EXPECT_EQ(v->claims().iss, "i");
  EXPECT_EQ(FindClaim(v->claims().json, "a"), R"([1,{"b":"c\n"},2.50])");
}
}  // namespace
}  // namespace sallyport::jose
