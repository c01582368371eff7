#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>

#include "domain/clients/secret_hash.h"
#include "domain/credentials/password_hasher.h"
#include "domain/credentials/password_policy.h"
#include "fixture.h"

namespace sallyport::domain {
namespace {

namespace json = boost::json;

TEST(PasswordHasher, VerifiesWhatItHashedAndNothingElse) {
  const PasswordHasher hasher(64, 2, 1);
  const std::string phc = hasher.Hash("Passw0rd!").value();
  EXPECT_TRUE(phc.starts_with("$argon2id$v=19$m=64,t=2,p=1$")) << phc;
  EXPECT_TRUE(hasher.Verify(phc, "Passw0rd!"));
  EXPECT_FALSE(hasher.Verify(phc, "Passw0rd"));
  EXPECT_FALSE(hasher.Verify(phc, ""));
  EXPECT_FALSE(hasher.Verify("", "Passw0rd!"));
  EXPECT_FALSE(hasher.Verify("$argon2id$v=19$m=64,t=2,p=1$", "Passw0rd!"));
  EXPECT_NE(phc, hasher.Hash("Passw0rd!").value());
}

TEST(PasswordHasher, VerifiesHashesOfOtherCosts) {
  const std::string phc = PasswordHasher(128, 1, 1).Hash("secret").value();
  EXPECT_TRUE(PasswordHasher(64, 2, 1).Verify(phc, "secret"));
}

// The CPU time of this thread, so that other work of the machine does not count.
double CpuNanos() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

TEST(PasswordHasher, AnUnknownUserCostsOneHashOfTheSameKind) {
  // Enough memory to show a hash that was skipped or was made at another cost.
  const PasswordHasher hasher(4096, 2, 1);
  const std::string phc = hasher.Hash("secret").value();
  const auto cost = [](auto work) {
    double least = 1e18;
    for (int i = 0; i < 10; ++i) {
      const double start = CpuNanos();
      work();
      least = std::min(least, CpuNanos() - start);
    }
    return least;
  };
  const uint64_t before = hasher.computed();
  const double known = cost([&] { EXPECT_FALSE(hasher.Verify(phc, "wrong")); });
  const double unknown = cost([&] { EXPECT_FALSE(hasher.VerifyNothing("wrong")); });
  EXPECT_EQ(hasher.computed(), before + 20);
  EXPECT_GT(unknown / known, 0.5);
  EXPECT_LT(unknown / known, 2.0);
}

Pool PoolWith(std::string_view policy) {
  Pool pool;
  pool.description = {{"Policies", {{"PasswordPolicy", json::parse(policy)}}}};
  ReadDescription(pool);
  return pool;
}

std::string Refusal(const Pool& pool, std::string_view password) {
  const auto checked = CheckPassword(pool, password);
  return checked ? "" : checked.error().message;
}

TEST(PasswordPolicy, SaysWhatIsMissingAsAwsDoes) {
  const Pool pool = PoolWith(R"({"MinimumLength":8,"RequireUppercase":true,"RequireLowercase":true,
                                 "RequireNumbers":true,"RequireSymbols":true})");
  const std::string prefix = "Password did not conform with policy: ";
  EXPECT_EQ(Refusal(pool, "Pass0!"), prefix + "Password not long enough");
  EXPECT_EQ(Refusal(pool, "password0!"), prefix + "Password must have uppercase characters");
  EXPECT_EQ(Refusal(pool, "PASSWORD0!"), prefix + "Password must have lowercase characters");
  EXPECT_EQ(Refusal(pool, "Password!!"), prefix + "Password must have numeric characters");
  EXPECT_EQ(Refusal(pool, "Password00"), prefix + "Password must have symbol characters");
  EXPECT_EQ(Refusal(pool, "Password0!"), "");
  EXPECT_EQ(CheckPassword(pool, "x").error().code, "InvalidPasswordException");
}

TEST(PasswordPolicy, CountsCharactersNotBytes) {
  const Pool pool = PoolWith(R"({"MinimumLength":6})");
  EXPECT_NE(Refusal(pool, "ééééé"), "");
  EXPECT_EQ(Refusal(pool, "éééééé"), "");
}

TEST(PasswordPolicy, TemporaryPasswordsConform) {
  const Pool pool = PoolWith(R"({"MinimumLength":24,"RequireUppercase":true,
    "RequireLowercase":true,"RequireNumbers":true,"RequireSymbols":true})");
  for (int i = 0; i < 200; ++i) EXPECT_EQ(Refusal(pool, MakeTemporaryPassword(pool)), "");
}

TEST(SecretHash, IsTheHmacThatSdksCompute) {
  const Vault vault{std::array<uint8_t, 32>{}};
  Client client;
  client.id = "client";
  AddSecret(vault, client, "secret", 1);
  // printf 'userclient' | openssl dgst -sha256 -hmac secret -binary | base64
  EXPECT_EQ(SecretHash("secret", "user", "client"), "wvW87lzZoI+qQCVGmWVBJLlucdJ65huAVP1z+0MgA6E=");
  EXPECT_TRUE(
      CheckSecretHash(vault, client, SecretHash("secret", "user", "client"), {"other", "user"})
          .ok());
  EXPECT_TRUE(
      FailedWith(CheckSecretHash(vault, client, "", {"user"}), "NotAuthorizedException",
                 "Client client is configured with secret but SECRET_HASH was not received"));
  EXPECT_TRUE(
      FailedWith(CheckSecretHash(vault, client, SecretHash("secret", "user", "client"), {"other"}),
                 "NotAuthorizedException", "Unable to verify secret hash for client client"));
  AddSecret(vault, client, "another", 2);
  EXPECT_TRUE(
      CheckSecretHash(vault, client, SecretHash("secret", "user", "client"), {"user"}).ok());
  EXPECT_TRUE(
      CheckSecretHash(vault, client, SecretHash("another", "user", "client"), {"user"}).ok());
  client.secrets.clear();
  EXPECT_TRUE(CheckSecretHash(vault, client, "", {"user"}).ok());
  EXPECT_FALSE(
      CheckSecretHash(vault, client, SecretHash("secret", "user", "client"), {"user"}).ok());
}

}  // namespace
}  // namespace sallyport::domain
