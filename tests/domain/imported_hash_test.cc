// The expected hashes were computed by Python 3.11's crypt and hashlib.
#include "domain/credentials/imported_hash.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "domain/credentials/password_hasher.h"

namespace sallyport::domain {
namespace {

constexpr std::string_view kPassword = "Passw0rd!";
const std::vector<std::pair<std::string, std::string>> kHashes = {
    {"BCRYPT", "$2b$04$abcdefghijklmnopqrstuuchGdllX0O2ZthG6oyaPSbmBrCIbnHlu"},
    {"BCRYPT", "$2y$04$abcdefghijklmnopqrstuuchGdllX0O2ZthG6oyaPSbmBrCIbnHlu"},
    {"SCRYPT",
     "16$8$1$000102030405060708090a0b0c0d0e0f$"
     "cea3b33f34102b4c93158e60ea0349261f1969ebbe4bc66cbc84526bf11ad737"},
    {"PBKDF2_SHA256",
     "$pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw$+bBIX3PcwZJzR09g5gGFDZEhWG+zYWl2e9S2Ep0+5qM"},
    // The same as passlib writes it.
    {"PBKDF2_SHA256",
     "$pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw$.bBIX3PcwZJzR09g5gGFDZEhWG.zYWl2e9S2Ep0.5qM"},
};

TEST(ImportedHash, TheRightPasswordAloneVerifies) {
  const PasswordHasher hasher(8, 1, 1);
  for (const auto& [algorithm, hash] : kHashes) {
    EXPECT_TRUE(CheckImportedHash(algorithm, hash).ok()) << hash;
    EXPECT_FALSE(PasswordHasher::IsOwn(hash));
    EXPECT_TRUE(hasher.Verify(hash, kPassword)) << hash;
    EXPECT_FALSE(hasher.Verify(hash, "Passw0rd?")) << hash;
    EXPECT_FALSE(hasher.Verify(hash, "")) << hash;
    // HMAC pads its key with zeros, so for those algorithms a trailing NUL makes no difference.
    if (algorithm == "BCRYPT") {
      EXPECT_FALSE(hasher.Verify(hash, std::string(kPassword) + '\0'));
    }
  }
}

TEST(ImportedHash, OursIsAnImportOfArgon2id) {
  const auto hash = PasswordHasher(64, 1, 1).Hash(kPassword);
  ASSERT_TRUE(hash.ok());
  EXPECT_TRUE(CheckImportedHash("ARGON2ID", *hash).ok());
  EXPECT_TRUE(PasswordHasher(8, 1, 1).Verify(*hash, kPassword));
}

TEST(ImportedHash, AwssExamplesAreHashes) {
  for (const auto& [algorithm, hash] : std::vector<std::pair<std::string, std::string>>{
           {"BCRYPT", "$2b$10$CtA.Rcu/szzn9U00wpUjOuN3vrgJRZycv4aOzcP3GzqzO8UDPEFq6"},
           {"SCRYPT",
            "65536$8$1$304dbaef7c5e828dc19c98f0600d18fe$"
            "4f69c498c12cd102d057356facf8d77e8d42407090491ea32c5b038f5a18c099"},
           {"ARGON2ID",
            "$argon2id$v=19$m=19456,t=2,p=1$ko/G5o1ms+ML08P95sQ8DA$"
            "AkVbvWSOqz7Hs3qthhWKxicOWnGLN+MBmpwc3emi5VA"},
           {"PBKDF2_SHA256",
            "$pbkdf2-sha256$600000$1XZlmwLQ2hhM3JYuCPiArQ$Pfheg9Zi/v5lXU4yyLA0WFUYEd/"
            "rlaVbzrM9oMD6IrA"}}) {
    EXPECT_TRUE(CheckImportedHash(algorithm, hash).ok()) << hash;
    for (const std::string other : {"BCRYPT", "SCRYPT", "ARGON2ID", "PBKDF2_SHA256"}) {
      EXPECT_EQ(CheckImportedHash(other, hash).ok(), other == algorithm) << other << hash;
    }
    // 16 bytes can be a hash of this kind; fewer are a hash that was cut off.
    for (size_t size = 0; size < hash.rfind('$') + 20; ++size) {
      EXPECT_FALSE(CheckImportedHash(algorithm, hash.substr(0, size)).ok()) << hash << size;
    }
  }
}

TEST(ImportedHash, WhatCostsMoreThanAwsAllowsIsRefused) {
  for (const auto& [algorithm, hash] : std::vector<std::pair<std::string, std::string>>{
           {"BCRYPT", "$2b$13$CtA.Rcu/szzn9U00wpUjOuN3vrgJRZycv4aOzcP3GzqzO8UDPEFq6"},
           {"SCRYPT",
            "131072$8$1$304dbaef7c5e828dc19c98f0600d18fe$"
            "4f69c498c12cd102d057356facf8d77e8d42407090491ea32c5b038f5a18c099"},
           {"ARGON2ID",
            "$argon2id$v=19$m=19457,t=2,p=1$ko/G5o1ms+ML08P95sQ8DA$"
            "AkVbvWSOqz7Hs3qthhWKxicOWnGLN+MBmpwc3emi5VA"},
           {"PBKDF2_SHA256",
            "$pbkdf2-sha256$600001$1XZlmwLQ2hhM3JYuCPiArQ$Pfheg9Zi/v5lXU4yyLA0WFUYEd/"
            "rlaVbzrM9oMD6IrA"}}) {
    const auto checked = CheckImportedHash(algorithm, hash);
    ASSERT_FALSE(checked.ok()) << hash;
    EXPECT_EQ(checked.error().message,
              "password_hash: costs more than is allowed for " + algorithm + ".");
  }
}

}  // namespace
}  // namespace sallyport::domain
