#include "jose/token.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "base/encoding.h"
#include "forge.h"

namespace sallyport::jose {
namespace {

base::Result<VerifiedToken> ParseAndVerify(std::string_view compact) {
  static const PublicKey key = TestKey().ToPublic();
  SALLYPORT_ASSIGN(UnverifiedToken token, UnverifiedToken::Parse(compact));
  return VerifiedToken::Verify(std::move(token), key);
}

// "" if the token is accepted, otherwise the cause.
std::string Refusal(std::string_view compact) {
  const auto token = ParseAndVerify(compact);
  if (token) return "";
  EXPECT_EQ(token.error().code, "invalid_token");
  return token.error().cause;
}
std::string HeaderRefusal(std::string_view header) {
  return Refusal(Forge(header, "{}"));
}
std::string PayloadRefusal(std::string_view payload) {
  return Refusal(Forge(kGoodHeader, payload));
}

TEST(Token, ClaimsComeOutAsTheyWentIn) {
  const auto jws = TestKey().SignJwt(
      "k1",
      R"({"sub":"s","iss":"https://i/p","client_id":"c","origin_jti":"o","event_id":"e","token_use":)"
      R"("access","scope":"a b","auth_time":1,"exp":4,"nbf":2,"iat":3,"jti":"j","username":"u\u00e9"})");
  ASSERT_TRUE(jws);
  const auto unverified = UnverifiedToken::Parse(*jws);
  ASSERT_TRUE(unverified) << unverified.error().cause;
  EXPECT_EQ(unverified->kid(), "k1");
  const auto token = ParseAndVerify(*jws);
  ASSERT_TRUE(token) << token.error().cause;
  const Claims& claims = token->claims();
  EXPECT_EQ(claims.sub, "s");
  EXPECT_EQ(claims.iss, "https://i/p");
  EXPECT_EQ(claims.aud, "");
  EXPECT_EQ(claims.client_id, "c");
  EXPECT_EQ(claims.origin_jti, "o");
  EXPECT_EQ(claims.event_id, "e");
  EXPECT_EQ(claims.token_use, "access");
  EXPECT_EQ(claims.scope, "a b");
  EXPECT_EQ(claims.jti, "j");
  EXPECT_EQ(claims.username, "u\xc3\xa9");
  EXPECT_EQ(claims.exp, 4);
  EXPECT_EQ(claims.nbf, 2);
  EXPECT_EQ(claims.iat, 3);
  EXPECT_EQ(claims.auth_time, 1);
}

TEST(Token, SignJwtWritesExactlyCognitosHeader) {
  const auto jws = TestKey().SignJwt("k\"1", "{}");
  ASSERT_TRUE(jws);
  const auto header = base::Base64UrlDecode(std::string_view(*jws).substr(0, jws->find('.')));
  ASSERT_TRUE(header);
  EXPECT_EQ(std::string(header->begin(), header->end()), R"({"kid":"k\"1","alg":"RS256"})");
}

TEST(Token, AlteredByOneBitAnywhereIsRefused) {
  const std::string good = Forge(kGoodHeader, R"({"sub":"a"})");
  ASSERT_EQ(Refusal(good), "");
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(Refusal(bad), "") << i;
  }
}

TEST(Token, SignedByAnotherKeyIsRefusedAsBadSignature) {
  const auto other = SigningKey::Generate();
  ASSERT_TRUE(other);
  const auto jws = other->SignJwt("k1", "{}");
  ASSERT_TRUE(jws);
  EXPECT_EQ(Refusal(*jws), VerifiedToken::kBadSignature);
}

TEST(Token, BadSignatureLeavesNothingInOpenSslsErrorQueue) {
  ERR_clear_error();
  std::string bad = Forge(kGoodHeader, "{}");
  bad.replace(bad.size() - 20, 4, "AAAA");
  EXPECT_NE(Refusal(bad), "");
  EXPECT_EQ(ERR_peek_error(), 0U);
}

// The key determines the algorithm; the header can only agree.
TEST(Header, AnyAlgorithmButRs256IsRefused) {
  for (const std::string_view alg : {"none", "None", "NONE", "nOnE", "HS256", "rs256", "RS384",
                                     "PS256", "ES256", "", "RS256 ", "RSA"}) {
    EXPECT_NE(HeaderRefusal(R"({"kid":"k1","alg":")" + std::string(alg) + "\"}"), "") << alg;
  }
  EXPECT_NE(HeaderRefusal(R"({"kid":"k1"})"), "");
  EXPECT_NE(HeaderRefusal(R"({"kid":"k1","alg":null})"), "");
  EXPECT_NE(HeaderRefusal(R"({"kid":"k1","alg":["RS256"]})"), "");
  EXPECT_NE(HeaderRefusal(R"({"kid":"k1","alg":1})"), "");
}

TEST(Header, AlgNoneWithoutSignatureIsRefused) {
  const std::string unsigned_input = base::Base64UrlEncode(base::AsBytes(R"({"alg":"none"})")) +
                                     "." + base::Base64UrlEncode(base::AsBytes("{}"));
  EXPECT_NE(Refusal(unsigned_input + "."), "");
  EXPECT_NE(Refusal(unsigned_input), "");
}

TEST(Header, EmbeddedKeysAndTheirAddressesAreIgnored) {
  const auto attacker = SigningKey::Generate();
  ASSERT_TRUE(attacker);
  const std::string header = R"({"kid":"k1","alg":"RS256","jwk":)" +
                             attacker->ToPublic().ToJwk("k1") +
                             R"(,"jku":"https://evil/","x5u":"https://evil/","x5c":["MIIB"]})";
  // Signed by the trusted key: the unknown members change nothing.
  EXPECT_EQ(HeaderRefusal(header), "");
  // Signed by the embedded key: refused.
  const auto jws = attacker->SignJwt("k1", "{}");
  ASSERT_TRUE(jws);
  const std::string forged =
      base::Base64UrlEncode(base::AsBytes(header)) + jws->substr(jws->find('.'));
  EXPECT_EQ(Refusal(forged), VerifiedToken::kBadSignature);
}

TEST(Header, CritAndB64AreRefusedInEveryForm) {
  for (const std::string_view extra :
       {R"("crit":["exp"])", R"("crit":[])", R"("crit":null)", R"("crit":"b64")", R"("crit":1)",
        R"("b64":false)", R"("b64":true)", R"("b64":"false")", R"("crit":["b64"],"b64":false)"}) {
    EXPECT_NE(HeaderRefusal(R"({"kid":"k1","alg":"RS256",)" + std::string(extra) + "}"), "")
        << extra;
  }
}

TEST(Header, OtherKindsOfJwtAreRefusedByTyp) {
  EXPECT_EQ(HeaderRefusal(R"({"kid":"k1","alg":"RS256","typ":"JWT"})"), "");
  for (const std::string_view typ : {"logout+jwt", "secevent+jwt", "JWE", "", "dpop+jwt"}) {
    EXPECT_NE(HeaderRefusal(R"({"kid":"k1","alg":"RS256","typ":")" + std::string(typ) + "\"}"), "")
        << typ;
  }
  EXPECT_NE(HeaderRefusal(R"({"kid":"k1","alg":"RS256","typ":1})"), "");
}

TEST(Header, KidIsTakenByteForByteWhateverItHolds) {
  for (const std::string& kid : std::vector<std::string>{
           "../../etc/passwd", "' OR 1=1 --", "a\\r\\nb", std::string(4000, 'k'), "\xc3\xa9"}) {
    const auto token =
        UnverifiedToken::Parse(Forge(R"({"kid":")" + kid + R"(","alg":"RS256"})", "{}"));
    ASSERT_TRUE(token) << kid << token.error().cause;
    EXPECT_EQ(token->kid(), kid == "a\\r\\nb" ? "a\r\nb" : kid);
  }
}

TEST(Header, KidAbsentEmptyDuplicatedOrNoStringIsRefused) {
  for (const std::string_view header :
       {R"({"alg":"RS256"})", R"({"kid":"","alg":"RS256"})", R"({"kid":1,"alg":"RS256"})",
        R"({"kid":null,"alg":"RS256"})", R"({"kid":["k1"],"alg":"RS256"})",
        R"({"kid":"k1","kid":"k1","alg":"RS256"})", R"({"kid":"k1","alg":"RS256","k\u0069d":"x"})",
        R"({"kid":"k1\u0000","alg":"RS256"})", R"({"KID":"k1","alg":"RS256"})"}) {
    EXPECT_NE(HeaderRefusal(header), "") << header;
  }
}

TEST(Compact, OnlyThreeNonEmptyPartsAreAccepted) {
  const std::string good = Forge(kGoodHeader, "{}");
  const size_t first = good.find('.'), last = good.rfind('.');
  const std::string header = good.substr(0, first);
  const std::string payload = good.substr(first + 1, last - first - 1);
  const std::string signature = good.substr(last + 1);
  ASSERT_EQ(Refusal(header + "." + payload + "." + signature), "");
  for (const std::string& bad : std::vector<std::string>{
           "", ".", "..", "...", header, header + "." + payload, header + "." + payload + ".",
           header + ".." + signature, "." + payload + "." + signature, "." + good, good + ".",
           header + "." + payload + "." + signature + "." + signature,
           header + ".." + payload + "." + signature}) {
    EXPECT_NE(Refusal(bad), "") << bad;
  }
}

TEST(Compact, NonCanonicalBase64UrlIsRefusedInEveryPart) {
  const std::string good = Forge(kGoodHeader, R"({"a":1})");  // payload of 7 bytes: spare bits
  const size_t first = good.find('.'), last = good.rfind('.');
  for (const size_t at : {first, last, good.size()}) {
    for (const std::string_view bad : {"=", "==", " ", "\n", "?", "+", "/", "%3D", "A", "\x80"}) {
      std::string text = good;
      text.insert(at, bad);
      EXPECT_NE(Refusal(text), "") << at << bad;
    }
  }
  EXPECT_NE(Refusal(" " + good), "");
  // The unused bits of the last symbol are set: a lax decoder gets the same bytes.
  std::string text = good;
  ASSERT_EQ((last - first - 1) % 4, 2U);
  ASSERT_EQ(text[last - 1], 'Q');
  text[last - 1] = 'R';
  EXPECT_EQ(Refusal(text), "payload: not base64url");
}

TEST(Compact, SizeCapComesBeforeDecoding) {
  EXPECT_EQ(Refusal(std::string(UnverifiedToken::kMaxSize + 1, 'A')),
            "longer than the greatest size");
  std::string payload = R"({"a":")" + std::string(11'000, 'x') + "\"}";
  EXPECT_EQ(PayloadRefusal(payload), "");
}

TEST(Compact, SignatureOfAnotherLengthIsRefused) {
  const std::string good = Forge(kGoodHeader, "{}");
  const std::string input = good.substr(0, good.rfind('.') + 1);
  auto signature = base::Base64UrlDecode(good.substr(good.rfind('.') + 1)).value();
  signature.insert(signature.begin(), 0);
  EXPECT_NE(Refusal(input + base::Base64UrlEncode(signature)), "");
  signature.resize(10'000);
  EXPECT_NE(Refusal(input + base::Base64UrlEncode(signature)), "");
  EXPECT_NE(Refusal(input + base::Base64UrlEncode(std::vector<uint8_t>(256))), "");  // s = 0
  EXPECT_NE(Refusal(input + base::Base64UrlEncode(std::vector<uint8_t>(1))), "");
}

TEST(Payload, AnythingButOneObjectIsRefused) {
  for (const std::string_view payload : {"",
                                         " ",
                                         "[]",
                                         "1",
                                         "null",
                                         "true",
                                         R"("a")",
                                         "{}{}",
                                         "{} x",
                                         "{",
                                         "}",
                                         R"({"a"})",
                                         R"({"a":})",
                                         R"({"a":1,})",
                                         R"({,"a":1})",
                                         R"({'a':1})",
                                         R"({a:1})",
                                         R"({"a":01})",
                                         R"({"a":+1})",
                                         R"({"a":.5})",
                                         R"({"a":NaN})",
                                         R"({"a":Infinity})",
                                         "/**/{}",
                                         "{}//",
                                         "\xef\xbb\xbf{}",
                                         R"({"a":1/**/})"}) {
    EXPECT_NE(PayloadRefusal(payload), "") << payload;
  }
  EXPECT_NE(PayloadRefusal(std::string("{}") + std::string(1, 0)), "");
  EXPECT_EQ(PayloadRefusal(" {\t} \r\n"), "");
}

TEST(Payload, ANameTwiceInOneObjectIsRefusedAtEveryDepth) {
  EXPECT_EQ(PayloadRefusal(R"({"sub":"a","sub":"a"})"), "payload: duplicate name");
  EXPECT_EQ(PayloadRefusal(R"({"x":{"a":1,"b":2,"a":1}})"), "payload: duplicate name");
  EXPECT_EQ(PayloadRefusal(R"({"x":[{"a":1},{"b":[{"c":0,"c":0}]}]})"), "payload: duplicate name");
  EXPECT_EQ(PayloadRefusal(R"({"a\"b":1,"a\"b":1})"), "payload: duplicate name");
  EXPECT_EQ(PayloadRefusal(R"({"é":1,"\u00e9":1})"), "payload: duplicate name");
  EXPECT_EQ(PayloadRefusal(R"({"":1,"":2})"), "payload: duplicate name");
  // The same name in different objects is fine.
  EXPECT_EQ(PayloadRefusal(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]})"), "");
  std::string many = "{";
  for (int i = 0; i < 500; ++i) many += '"' + std::to_string(i) + "\":0,";
  EXPECT_EQ(PayloadRefusal(many + R"("x":1})"), "");
  EXPECT_EQ(PayloadRefusal(many + R"("77":1})"), "payload: duplicate name");
}

TEST(Payload, NamesAreComparedByteForByte) {
  const auto token = ParseAndVerify(Forge(kGoodHeader, R"({"Sub":"A","SUB":"B","sub ":"C"})"));
  ASSERT_TRUE(token);
  EXPECT_EQ(token->claims().sub, "");
  EXPECT_NE(PayloadRefusal(R"({"s\u0075b":"a"})"), "");
  EXPECT_NE(PayloadRefusal(R"({"\u0065xp":1})"), "");
  EXPECT_NE(PayloadRefusal(R"({"exp\u0000":1})"), "");
  EXPECT_NE(PayloadRefusal(R"({"x":{"\u0061":1}})"), "");
}

TEST(Payload, NulAndInvalidUtf8AreRefused) {
  EXPECT_NE(PayloadRefusal(R"({"sub":"a\u0000b"})"), "");
  EXPECT_NE(PayloadRefusal(R"({"x":["\u0000"]})"), "");
  for (const std::string_view bytes :
       {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80", "\x01", "\n"}) {
    EXPECT_NE(PayloadRefusal(R"({"sub":")" + std::string(bytes) + "\"}"), "");
    EXPECT_NE(PayloadRefusal(R"({")" + std::string(bytes) + "\":1}"), "");
  }
  EXPECT_NE(PayloadRefusal(R"({"sub":"\ud800"})"), "");
  EXPECT_EQ(PayloadRefusal(R"({"sub":"\ud83d\ude00"})"), "");
}

TEST(Payload, NestingBeyondTheBoundIsRefused) {
  const auto nested = [](size_t depth) {
    return R"({"a":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_EQ(PayloadRefusal(nested(32)), "");
  EXPECT_EQ(PayloadRefusal(nested(33)), "payload: nesting too deep");
  EXPECT_NE(PayloadRefusal(nested(3000)), "");
}

TEST(Payload, TimesAreNonNegativeIntegersOrRefused) {
  for (const std::string name : {"exp", "iat", "nbf", "auth_time"}) {
    for (const std::string_view value :
         {"-1", "1.0", "1e3", "1E400", "-1e400", "1e-400", "\"1\"", "null", "true", "[]", "{}",
          "[1]", "9223372036854775808", "18446744073709551616", "99999999999999999999999999",
          "-9223372036854775809"}) {
      EXPECT_NE(PayloadRefusal("{\"" + name + "\":" + std::string(value) + "}"), "")
          << name << value;
    }
    EXPECT_EQ(PayloadRefusal("{\"" + name + "\":9223372036854775807}"), "");
    EXPECT_EQ(PayloadRefusal("{\"" + name + "\":0}"), "");
  }
}

TEST(Payload, ClaimsThatDecideAreStringsOrRefused) {
  for (const std::string name : {"iss", "sub", "aud", "client_id", "token_use", "scope",
                                 "origin_jti", "event_id", "jti", "username"}) {
    for (const std::string_view value :
         {"1", "1.5", "null", "true", R"(["a"])", R"({"a":"b"})", "[]", "99999999999999999999"}) {
      EXPECT_NE(PayloadRefusal("{\"" + name + "\":" + std::string(value) + "}"), "")
          << name << value;
    }
    EXPECT_EQ(PayloadRefusal("{\"" + name + "\":\"\"}"), "");
  }
}

TEST(FindClaim, GivesEveryTypeAsText) {
  constexpr std::string_view kJson =
      R"({"s":"a\n\u00e9","i":-12,"d":1.50,"e":1E2,"t":true,"f":false,"n":null,"empty":"",)"
      R"( "a" : [ 1, "x,\"y" , [ ] , {"k" : null , "l" : 2.0} ] , "o":{}, "big":18446744073709551615,)"
      R"("q\"uote":"q","last":{"s":"inner"}})";
  EXPECT_EQ(FindClaim(kJson, "s"), "a\n\xc3\xa9");
  EXPECT_EQ(FindClaim(kJson, "i"), "-12");
  EXPECT_EQ(FindClaim(kJson, "d"), "1.50");
  EXPECT_EQ(FindClaim(kJson, "e"), "1E2");
  EXPECT_EQ(FindClaim(kJson, "t"), "true");
  EXPECT_EQ(FindClaim(kJson, "f"), "false");
  EXPECT_EQ(FindClaim(kJson, "n"), std::nullopt);
  EXPECT_EQ(FindClaim(kJson, "empty"), "");
  EXPECT_EQ(FindClaim(kJson, "a"), R"([1,"x,\"y",[],{"k":null,"l":2.0}])");
  EXPECT_EQ(FindClaim(kJson, "o"), "{}");
  EXPECT_EQ(FindClaim(kJson, "big"), "18446744073709551615");
  EXPECT_EQ(FindClaim(kJson, "q\"uote"), "q");
  EXPECT_EQ(FindClaim(kJson, "last"), R"({"s":"inner"})");
  EXPECT_EQ(FindClaim(kJson, "k"), std::nullopt);
  EXPECT_EQ(FindClaim(kJson, "S"), std::nullopt);
  EXPECT_EQ(FindClaim(kJson, ""), std::nullopt);
}

TEST(HasScope, MatchesWholeWordsOnly) {
  EXPECT_TRUE(HasScope("a", "a"));
  EXPECT_TRUE(HasScope("a b/c d", "b/c"));
  EXPECT_TRUE(HasScope("a  d", "d"));
  EXPECT_FALSE(HasScope("ab", "a"));
  EXPECT_FALSE(HasScope("a b", "a b"));
  EXPECT_FALSE(HasScope("", ""));
  EXPECT_FALSE(HasScope("a b", ""));
  EXPECT_FALSE(HasScope("A", "a"));
}

}  // namespace
}  // namespace sallyport::jose
