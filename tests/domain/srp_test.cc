#include "domain/credentials/srp.h"

#include <gtest/gtest.h>

#include <array>

#include "base/encoding.h"
#include "domain/credentials/srp_session.h"
#include "domain/keys/vault.h"
#include "srp_client.h"

namespace sallyport::domain {
namespace {

constexpr std::string_view kPoolId = "eu-west-1_Ab3dEf6hI";
constexpr std::string_view kTime = "Sat Nov 7 09:05:01 UTC 2026";

// True if a client that has `password` gets the same key as the server.
bool Agree(const SrpVerifier& verifier, std::string_view user_id, std::string_view password) {
  const SrpClient client;
  const auto exchange = ExchangeSrp(verifier, client.PublicValue());
  if (!exchange) return false;
  const std::string block = "some bytes";
  const std::string proof =
      client.Signature(kPoolId, user_id, password, base::HexEncode(base::AsBytes(verifier.salt)),
                       exchange->public_value, base::Base64Encode(base::AsBytes(block)), kTime);
  return proof == base::Base64Encode(
                      base::AsBytes(SrpSignature(exchange->key, kPoolId, user_id, block, kTime)));
}

TEST(Srp, TheClientThatHasThePasswordHasTheKey) {
  // Often enough to get salts, values and secrets of every shape (leading zeros, leading ones).
  for (int i = 0; i < 20; ++i) {
    const SrpVerifier verifier = MakeSrpVerifier(kPoolId, "ada", "Passw0rd!");
    EXPECT_TRUE(Agree(verifier, "ada", "Passw0rd!"));
  }
}

TEST(Srp, AnotherPasswordNameOrPoolHasNot) {
  const SrpVerifier verifier = MakeSrpVerifier(kPoolId, "ada", "Passw0rd!");
  EXPECT_FALSE(Agree(verifier, "ada", "Passw0rd?"));
  EXPECT_FALSE(Agree(verifier, "Ada", "Passw0rd!"));
  EXPECT_FALSE(
      Agree(MakeSrpVerifier("eu-west-1_Other6hIx", "ada", "Passw0rd!"), "ada", "Passw0rd!"));
}

TEST(Srp, VerifiersOfOnePasswordDiffer) {
  const SrpVerifier one = MakeSrpVerifier(kPoolId, "ada", "Passw0rd!");
  const SrpVerifier two = MakeSrpVerifier(kPoolId, "ada", "Passw0rd!");
  EXPECT_NE(one.salt, two.salt);
  EXPECT_NE(one.value, two.value);
  EXPECT_EQ(one.value.size(), 384U);
  EXPECT_EQ(one.salt.size(), kSrpSaltBytes);
}

TEST(Srp, ANameThatNobodyHasKeepsItsSalt) {
  const Vault vault(std::array<uint8_t, 32>{1});
  const SrpVerifier one = DecoySrpVerifier(vault, kPoolId, "nobody");
  EXPECT_EQ(DecoySrpVerifier(vault, kPoolId, "nobody").salt, one.salt);
  EXPECT_NE(DecoySrpVerifier(vault, kPoolId, "nobody2").salt, one.salt);
  EXPECT_NE(DecoySrpVerifier(vault, "eu-west-1_Other6hIx", "nobody").salt, one.salt);
  EXPECT_NE(DecoySrpVerifier(Vault(std::array<uint8_t, 32>{2}), kPoolId, "nobody").salt, one.salt);
  EXPECT_EQ(one.value.size(), 384U);
  EXPECT_FALSE(Agree(one, "nobody", ""));
}

// With A = 0 mod N, the shared number is 0 for every password.
TEST(Srp, RefusesClientValuesThatGiveTheKeyAway) {
  const SrpVerifier verifier = MakeSrpVerifier(kPoolId, "ada", "Passw0rd!");
  BIGNUM* n = BN_get_rfc3526_prime_3072(nullptr);
  const auto hex = [](const BIGNUM* number) {
    char* text = BN_bn2hex(number);
    std::string copy(text);
    OPENSSL_free(text);
    return copy;
  };
  EXPECT_FALSE(ExchangeSrp(verifier, hex(n)));
  BIGNUM* twice = BN_new();
  BN_lshift1(twice, n);
  EXPECT_FALSE(ExchangeSrp(verifier, hex(twice)));
  BN_add_word(n, 1);
  EXPECT_FALSE(ExchangeSrp(verifier, hex(n))) << "1 mod N";
  BN_sub_word(n, 2);
  EXPECT_TRUE(ExchangeSrp(verifier, hex(n))) << "N - 1 is in the group";
  BN_free(n);
  BN_free(twice);
  for (const std::string& bad :
       {std::string("0"), std::string("00"), std::string(), std::string("-1"), std::string("xyz"),
        std::string(768, '0'), std::string(10'000, 'a')}) {
    EXPECT_FALSE(ExchangeSrp(verifier, bad)) << bad.substr(0, 20);
  }
}

TEST(Srp, ReadsTimestampsOfTheOneForm) {
  EXPECT_EQ(ParseSrpTimestamp(kTime), 1'794'042'301);
  EXPECT_EQ(ParseSrpTimestamp("Sat Nov 07 09:05:01 UTC 2026"), 1'794'042'301);
  EXPECT_EQ(ParseSrpTimestamp("Thu Jan 1 00:00:00 UTC 1970"), 0);
  EXPECT_EQ(ParseSrpTimestamp(SrpTimestamp(1'800'000'000)), 1'800'000'000);
  for (const std::string_view bad :
       {"", "Sat Nov 7 09:05:01 UTC", "Sat Nov 7 09:05:01 UTC 2026 ",
        "Sat  Nov 7 09:05:01 UTC 2026", "Sam Nov 7 09:05:01 UTC 2026",
        "Sat nov 7 09:05:01 UTC 2026", "Sat Nov 31 09:05:01 UTC 2026",
        "Sat Nov 7 24:05:01 UTC 2026", "Sat Nov 7 9:05:01 UTC 2026", "Sat Nov 7 09:05:01 CET 2026",
        "Sat Nov 7 09:05:01 UTC 26", "Sat Nov -7 09:05:01 UTC 2026", "2026-11-07T09:05:01Z"}) {
    EXPECT_FALSE(ParseSrpTimestamp(bad)) << bad;
  }
}

TEST(SrpSession, OpensOnlyUnderItsKeyAndInItsLogAndHasOneSize) {
  const std::array<uint8_t, 16> log{1};
  const std::array<uint8_t, 16> recovered{2};
  const Vault vault(std::array<uint8_t, 32>{1});
  SrpSession session{.number = {"run", 7},
                     .client_id = "client",
                     .user_id = "ada",
                     .sub = "10000000-0000-4000-8000-000000000000",
                     .password_version = 1,
                     .key = std::string(16, 'k'),
                     .expires_millis = 1'800'000'000'000};
  const std::string block = SealSrpSession(vault, log, session);
  const auto opened = OpenSrpSession(vault, log, block);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->number.run, "run");
  EXPECT_EQ(opened->number.number, 7U);
  EXPECT_EQ(opened->client_id, session.client_id);
  EXPECT_EQ(opened->user_id, session.user_id);
  EXPECT_EQ(opened->sub, session.sub);
  EXPECT_EQ(opened->password_version, 1U);
  EXPECT_EQ(opened->key, session.key);
  EXPECT_EQ(opened->expires_millis, session.expires_millis);
  session.password_version = 123'456;
  EXPECT_EQ(SealSrpSession(vault, log, session).size(), block.size());
  EXPECT_FALSE(OpenSrpSession(Vault(std::array<uint8_t, 32>{2}), log, block));
  EXPECT_FALSE(OpenSrpSession(vault, recovered, block));
  EXPECT_FALSE(OpenSrpSession(vault, log, vault.Seal("another", "{}")));
  // As sealed by a version that did not know logs.
  EXPECT_FALSE(OpenSrpSession(vault, log,
                              base::Base64Encode(base::AsBytes(vault.Seal("srp session", "{}")))));
  EXPECT_FALSE(OpenSrpSession(vault, log, "AAAA"));
}

}  // namespace
}  // namespace sallyport::domain
