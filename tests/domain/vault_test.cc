#include "domain/keys/vault.h"

#include <gtest/gtest.h>

#include <array>

#include "fixture.h"

namespace sallyport::domain {
namespace {

constexpr std::array<uint8_t, 32> kKey{1, 2, 3};
constexpr std::array<uint8_t, 32> kOtherKey{3, 2, 1};

TEST(Vault, OpensWhatItSealedAndNothingElse) {
  const Vault vault(kKey);
  const std::string sealed = vault.Seal("record/1", "secret");
  EXPECT_EQ(vault.Open("record/1", sealed).value(), "secret");
  EXPECT_EQ(vault.Open("record/1", vault.Seal("record/1", "")).value(), "");
  EXPECT_FALSE(vault.Open("record/2", sealed).ok()) << "sealed for another record";
  EXPECT_FALSE(Vault(kOtherKey).Open("record/1", sealed).ok()) << "under another key";
  EXPECT_FALSE(vault.Open("record/1", "").ok());
  EXPECT_FALSE(vault.Open("record/1", "not base64url!").ok());
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(vault.Open("record/1", changed).ok()) << "changed at " << i;
  }
}

TEST(Vault, OpensOneOfManyThatItSealedAndNothingElse) {
  const Vault vault(kKey);
  const std::string sealed = vault.SealOneOfMany("purpose", "secret");
  EXPECT_EQ(vault.OpenOneOfMany("purpose", sealed).value(), "secret");
  EXPECT_EQ(vault.OpenOneOfMany("purpose", vault.SealOneOfMany("purpose", "")).value(), "");
  EXPECT_FALSE(vault.OpenOneOfMany("another", sealed).ok());
  EXPECT_FALSE(Vault(kOtherKey).OpenOneOfMany("purpose", sealed).ok()) << "under another key";
  EXPECT_FALSE(vault.OpenOneOfMany("purpose", vault.Seal("purpose", "secret")).ok());
  EXPECT_FALSE(vault.Open("purpose", sealed).ok());
  EXPECT_FALSE(vault.OpenOneOfMany("purpose", "").ok());
  EXPECT_FALSE(vault.OpenOneOfMany("purpose", std::string(40, 'A')).ok());
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(vault.OpenOneOfMany("purpose", changed).ok()) << "changed at " << i;
  }
}

TEST(Vault, SealsTheSameTextDifferentlyEachTime) {
  const Vault vault(kKey);
  EXPECT_NE(vault.Seal("a", "secret"), vault.Seal("a", "secret"));
  EXPECT_NE(vault.SealOneOfMany("a", "secret"), vault.SealOneOfMany("a", "secret"));
}

TEST(Vault, MacDependsOnKeyPurposeAndText) {
  const Vault vault(kKey);
  const std::string mac = vault.Mac("purpose", "text");
  EXPECT_EQ(mac.size(), 32);
  EXPECT_EQ(vault.Mac("purpose", "text"), mac);
  EXPECT_NE(vault.Mac("purposet", "ext"), mac);
  EXPECT_NE(Vault(kOtherKey).Mac("purpose", "text"), mac);
}

TEST(Vault, AKeyHasAFingerprintOfItsOwn) {
  const std::string fingerprint = KeyFingerprint(VaultMark(Vault(kKey)));
  EXPECT_EQ(fingerprint.size(), 16U);
  EXPECT_EQ(KeyFingerprint(VaultMark(Vault(kKey))), fingerprint);
  EXPECT_NE(KeyFingerprint(VaultMark(Vault(kOtherKey))), fingerprint);
}

using VaultOfStore = DomainTest;

TEST_F(VaultOfStore, AStoreIsBoundToTheFirstKeyThatItMet) {
  EXPECT_TRUE(BindVault(*store_, Vault(kKey)).value());
  EXPECT_TRUE(BindVault(*store_, Vault(kKey)).value());
  EXPECT_FALSE(BindVault(*store_, Vault(kOtherKey)).value());
}

}  // namespace
}  // namespace sallyport::domain
