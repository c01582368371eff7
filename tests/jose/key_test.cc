#include "jose/key.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/encoding.h"
#include "forge.h"
#include "jose/token.h"

namespace sallyport::jose {
namespace {

std::vector<uint8_t> Modulus(size_t bits) {
  std::vector<uint8_t> n(bits / 8, 0xa5);
  n.front() = 0x80;
  n.back() = 0x01;
  return n;
}
const std::vector<uint8_t> kF4 = {1, 0, 1};

TEST(PublicKey, BoundsOfModulusAndExponentHold) {
  EXPECT_TRUE(PublicKey::FromModulus(Modulus(2048), kF4));
  EXPECT_TRUE(PublicKey::FromModulus(Modulus(4096), kF4));
  EXPECT_TRUE(PublicKey::FromModulus(Modulus(2048), std::vector<uint8_t>{3}));
  EXPECT_FALSE(PublicKey::FromModulus(Modulus(1024), kF4));
  EXPECT_FALSE(PublicKey::FromModulus(Modulus(2040), kF4));
  EXPECT_FALSE(PublicKey::FromModulus(Modulus(4104), kF4));
  auto short_by_a_bit = Modulus(2048);
  short_by_a_bit.front() = 0x40;
  EXPECT_FALSE(PublicKey::FromModulus(short_by_a_bit, kF4));
  auto even = Modulus(2048);
  even.back() = 0x02;
  EXPECT_FALSE(PublicKey::FromModulus(even, kF4));
  auto padded = Modulus(2048);
  padded.insert(padded.begin(), 0);
  EXPECT_FALSE(PublicKey::FromModulus(padded, kF4));
  for (const auto& e : std::vector<std::vector<uint8_t>>{
           {}, {0}, {1}, {2}, {4}, {1, 0, 0}, {0, 3}, std::vector<uint8_t>(9, 0xff)}) {
    EXPECT_FALSE(PublicKey::FromModulus(Modulus(2048), e)) << base::HexEncode(e);
  }
  EXPECT_FALSE(PublicKey::FromModulus({}, kF4));
}

// The modulus of Wycheproof's json_web_key tcId 7.
TEST(PublicKey, RocaModulusIsRefusedByItsFingerprint) {
  const auto n = base::Base64UrlDecode(
      "AanFpofbj7KjD4Lf-N2hVMKR7yewSyXhhbirIMTGpfYEhZ_lnt5UoK98DnKIgArXGTu3MaW_HhFw16HG"
      "aTDUHqPrId7fe4r11CqRw09yBFuW79V8sYIwHdzCaWflUI6auImYbVfoN9_nD5n8N8SY9DwXw7mwZM9w"
      "REPXoDPgOoIWl6q_MPsp7n0zs3Z5ZaiQWOOzl1S9OhwAfSiiOwz6efnXEaxuTEtPd7BjSx7NaFka8Dx9"
      "U7YqXy2RFj1O9PjyaDGuRh7YXsX3iMUSP_wSyHQg_c_qHRtKUsNSGCT7OZg0hzm2KphtjnayKJvC64vA"
      "bROBR4Ubg6Bxg9IQVZ-QYyE");
  ASSERT_TRUE(n);
  const auto key = PublicKey::FromModulus(*n, kF4);
  ASSERT_FALSE(key);
  EXPECT_NE(key.error().cause.find("ROCA"), std::string::npos);
}

TEST(PublicKey, JwkRoundTripKeepsKeyAndKid) {
  const PublicKey key = TestKey().ToPublic();
  const std::string jwk = key.ToJwk("a\"b");
  std::string kid;
  const auto again = PublicKey::FromJwk(jwk, &kid);
  ASSERT_TRUE(again) << again.error().cause;
  EXPECT_EQ(kid, "a\"b");
  EXPECT_EQ(again->ToJwk(kid), jwk);
  EXPECT_EQ(again->signature_size(), 256U);
  EXPECT_TRUE(jwk.starts_with(R"({"alg":"RS256","e":"AQAB","kid":"a\"b","kty":"RSA","n":")"));
  EXPECT_TRUE(jwk.ends_with(R"(","use":"sig"})"));
}

TEST(PublicKey, JwkOfAnyOtherUseOrKindIsRefused) {
  const PublicKey key = TestKey().ToPublic();
  const std::string n = base::Base64UrlEncode(key.n());
  const auto accepted = [](const std::string& json) {
    return PublicKey::FromJwk(json, nullptr).ok();
  };
  const std::string base_members = R"("kty":"RSA","e":"AQAB","n":")" + n + "\"";
  ASSERT_TRUE(accepted("{" + base_members + "}"));
  ASSERT_TRUE(accepted("{" + base_members + R"(,"x5t":"abc","exp":1,"key_ops":["verify"]})"));
  for (const std::string_view extra :
       {R"("use":"enc")", R"("use":1)", R"("alg":"RS384")", R"("alg":"PS256")", R"("alg":null)",
        R"("d":"AQAB")", R"("p":"AQAB")", R"("kid":5)", R"("kty":"RSA")",
        R"("key_ops":["encrypt"])", R"("key_ops":["sign","verify"])", R"("key_ops":"verify")",
        R"("key_ops":[])"}) {
    EXPECT_FALSE(accepted("{" + base_members + "," + std::string(extra) + "}")) << extra;
  }
  for (const std::string& json : std::vector<std::string>{
           "", "[]", "{}", R"({"kty":"RSA","e":"AQAB"})", R"({"kty":"RSA","n":")" + n + "\"}",
           R"({"e":"AQAB","n":")" + n + "\"}", R"({"kty":"EC","e":"AQAB","n":")" + n + "\"}",
           R"({"kty":"oct","k":"AQAB"})", R"({"kty":"RSA","e":"AQAB","n":")" + n + "=\"}",
           R"({"kty":"RSA","e":65537,"n":")" + n + "\"}"}) {
    EXPECT_FALSE(accepted(json)) << json;
  }
}

TEST(SigningKey, Pkcs8RoundTripSignsForTheSamePublicKey) {
  const base::Secret der = TestKey().ToPkcs8();
  const auto again = SigningKey::FromPkcs8(base::AsBytes(der.Reveal()));
  ASSERT_TRUE(again) << again.error().cause;
  EXPECT_EQ(again->ToPublic().ToJwk(""), TestKey().ToPublic().ToJwk(""));
  // PKCS#1 v1.5 is deterministic: the same key makes the same token.
  EXPECT_EQ(again->SignJwt("k", "{}").value(), TestKey().SignJwt("k", "{}").value());
}

TEST(SigningKey, DerThatIsCutExtendedOrForeignIsRefused) {
  const base::Secret der = TestKey().ToPkcs8();
  const std::string good(der.Reveal());
  EXPECT_FALSE(SigningKey::FromPkcs8({}));
  EXPECT_FALSE(SigningKey::FromPkcs8(base::AsBytes(good.substr(0, good.size() - 1))));
  EXPECT_FALSE(SigningKey::FromPkcs8(base::AsBytes(good + "x")));
  EXPECT_FALSE(SigningKey::FromPkcs8(base::AsBytes(std::string(1200, 'x'))));
}

TEST(SigningKey, SeveralThreadsMaySignAtOnce) {
  std::vector<std::thread> threads;
  std::vector<int> good(4);
  for (size_t t = 0; t < good.size(); ++t) {
    threads.emplace_back([&good, t] {
      const PublicKey key = TestKey().ToPublic();
      for (int i = 0; i < 20; ++i) {
        const auto jws = TestKey().SignJwt("k", "{\"i\":" + std::to_string(i) + "}");
        auto token = UnverifiedToken::Parse(jws.value());
        good[t] += VerifiedToken::Verify(std::move(token).value(), key).ok();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, std::vector<int>(4, 20));
}

}  // namespace
}  // namespace sallyport::jose
