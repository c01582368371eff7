// RsaVerifier beside OpenSSL's own verification, for keys of every size and kind of exponent.
#include "jose/rsa_verifier.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/encoding.h"

namespace sallyport::jose {
namespace {

using Bytes = std::vector<uint8_t>;
using RsaKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using RsaContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using Natural = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

constexpr std::array<uint8_t, 32> kHash = {1, 2, 3, 250, 251, 252};

Natural ToNatural(const Bytes& bytes) {
  return {BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr), BN_free};
}

class Pair {
 public:
  Pair(size_t bits, uint64_t e) : key_(nullptr, EVP_PKEY_free) {
    const Natural exponent(BN_new(), BN_free);
    BN_set_word(exponent.get(), e);
    const RsaContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr),
                             EVP_PKEY_CTX_free);
    EVP_PKEY* key = nullptr;
    EVP_PKEY_keygen_init(context.get());
    EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(bits));
    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), exponent.get());
    EVP_PKEY_generate(context.get(), &key);
    key_.reset(key);
    BIGNUM* n = nullptr;
    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n);
    n_.reset(n);
    verifier_ = RsaVerifier::New(n, e);
  }

  size_t size() const { return static_cast<size_t>(BN_num_bytes(n_.get())); }
  const BIGNUM* n() const { return n_.get(); }
  Bytes ToSized(const BIGNUM* number) const {
    Bytes bytes(size());
    EXPECT_GE(BN_bn2binpad(number, bytes.data(), static_cast<int>(size())), 0);
    return bytes;
  }

  Bytes Sign() const { return SignWith(RSA_PKCS1_PADDING, Bytes(kHash.begin(), kHash.end())); }
  // The signature whose encoded message is `encoded`, whatever it is.
  Bytes SignRaw(const Bytes& encoded) const { return SignWith(RSA_NO_PADDING, encoded); }

  bool Ours(const Bytes& signature, std::span<const uint8_t, 32> hash = kHash) const {
    return verifier_->Verify(hash, signature);
  }
  bool OpenSsls(const Bytes& signature) const {
    const RsaContext context(EVP_PKEY_CTX_new(key_.get(), nullptr), EVP_PKEY_CTX_free);
    EVP_PKEY_verify_init(context.get());
    EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING);
    EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256());
    return EVP_PKEY_verify(context.get(), signature.data(), signature.size(), kHash.data(),
                           kHash.size()) == 1;
  }

 private:
  Bytes SignWith(int padding, const Bytes& input) const {
    const RsaContext context(EVP_PKEY_CTX_new(key_.get(), nullptr), EVP_PKEY_CTX_free);
    Bytes signature(size());
    size_t length = signature.size();
    EVP_PKEY_sign_init(context.get());
    EVP_PKEY_CTX_set_rsa_padding(context.get(), padding);
    if (padding == RSA_PKCS1_PADDING) EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256());
    EXPECT_EQ(EVP_PKEY_sign(context.get(), signature.data(), &length, input.data(), input.size()),
              1);
    return signature;
  }

  RsaKey key_;
  Natural n_{nullptr, BN_free};
  std::unique_ptr<RsaVerifier> verifier_;
};

class RsaVerifierTest : public testing::TestWithParam<std::pair<size_t, uint64_t>> {
 protected:
  static const Pair& Key() {
    static std::map<std::pair<size_t, uint64_t>, std::unique_ptr<Pair>> keys;
    auto& key = keys[GetParam()];
    if (!key) key = std::make_unique<Pair>(GetParam().first, GetParam().second);
    return *key;
  }
};

TEST_P(RsaVerifierTest, AcceptsTheSignatureAgainAndAgainAndNoOtherHash) {
  const Bytes signature = Key().Sign();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(Key().Ours(signature));
    auto other = kHash;
    other[31] ^= 1;
    EXPECT_FALSE(Key().Ours(signature, other));
  }
}

TEST_P(RsaVerifierTest, RefusesASignatureWithAnyBitChangedAndAnyOtherLength) {
  const Bytes signature = Key().Sign();
  for (size_t bit = 0; bit < signature.size() * 8; bit += 37) {
    Bytes changed = signature;
    changed[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    EXPECT_FALSE(Key().Ours(changed)) << bit;
  }
  Bytes other = signature;
  other.push_back(0);
  EXPECT_FALSE(Key().Ours(other));
  other = signature;
  other.insert(other.begin(), 0);
  EXPECT_FALSE(Key().Ours(other));
  EXPECT_FALSE(Key().Ours(Bytes(signature.begin(), signature.end() - 1)));
  EXPECT_FALSE(Key().Ours({}));
}

// Numbers that take paths of their own through the arithmetic: 0, 1, next to the modulus, beyond
// it, and such that are congruent to the signature.
TEST_P(RsaVerifierTest, AgreesWithOpenSslAboutNumbersAtTheEdges) {
  const Bytes signature = Key().Sign();
  const Natural s = ToNatural(signature);
  const Natural one = ToNatural({1});
  const Natural number(BN_new(), BN_free);
  std::vector<Bytes> edges = {Bytes(Key().size(), 0), Bytes(Key().size(), 0xff),
                              Key().ToSized(one.get()), Key().ToSized(Key().n())};
  BN_sub(number.get(), Key().n(), one.get());
  edges.push_back(Key().ToSized(number.get()));
  BN_add(number.get(), Key().n(), one.get());
  edges.push_back(Key().ToSized(number.get()));
  BN_sub(number.get(), Key().n(), s.get());
  edges.push_back(Key().ToSized(number.get()));
  BN_add(number.get(), Key().n(), s.get());
  if (static_cast<size_t>(BN_num_bytes(number.get())) == Key().size()) {
    edges.push_back(Key().ToSized(number.get()));
  }
  for (size_t zeros : {1, 8, 9, 64, 200}) {
    Bytes small(Key().size(), 0xc3);
    std::fill_n(small.begin(), zeros, uint8_t{0});
    edges.push_back(small);
  }
  for (const Bytes& edge : edges) {
    EXPECT_FALSE(Key().Ours(edge)) << base::HexEncode(edge);
    EXPECT_FALSE(Key().OpenSsls(edge)) << base::HexEncode(edge);
  }
  EXPECT_TRUE(Key().Ours(signature));
}

// Encodings that careless verifiers have accepted (Bleichenbacher 2006, CVE-2014-1568 and others).
TEST_P(RsaVerifierTest, RefusesEveryEncodingButTheOneOfTheRfc) {
  const std::string prefix = "3031300d060960864801650304020105000420";
  const auto encode = [](std::string_view start, size_t fill, uint8_t filler, std::string_view info,
                         size_t garbage) {
    Bytes encoded = base::HexDecode(start).value();
    encoded.insert(encoded.end(), fill, filler);
    encoded.push_back(0);
    const Bytes der = base::HexDecode(info).value();
    encoded.insert(encoded.end(), der.begin(), der.end());
    encoded.insert(encoded.end(), kHash.begin(), kHash.end());
    encoded.insert(encoded.end(), garbage, 0x5a);
    return encoded;
  };
  const size_t fill = Key().size() - 3 - 19 - 32;
  const Bytes sound = encode("0001", fill, 0xff, prefix, 0);
  ASSERT_EQ(sound.size(), Key().size());
  EXPECT_TRUE(Key().Ours(Key().SignRaw(sound)));

  const std::vector<Bytes> forged = {
      encode("0002", fill, 0xff, prefix, 0), encode("0000", fill, 0xff, prefix, 0),
      encode("0001", fill, 0xfe, prefix, 0), encode("0001", fill, 0x00, prefix, 0),
      encode("0001", 8, 0xff, prefix, fill - 8), encode("0001", fill - 1, 0xff, prefix, 1),
      // SHA-256 without its NULL, with a longer length, and under the name of SHA-1 and SHA-384.
      encode("0001", fill + 2, 0xff,
             "302f300b0609608648016503040201"
             "0420",
             0),
      encode("0001", fill - 1, 0xff, "308131300d060960864801650304020105000420", 0),
      encode("0001", fill + 4, 0xff, "302d300906052b0e03021a05000420", 0),
      encode("0001", fill, 0xff, "3031300d060960864801650304020205000420", 0),
      encode("0001", fill + 19, 0xff, "", 0)};
  for (const Bytes& encoded : forged) {
    ASSERT_EQ(encoded.size(), Key().size());
    const Bytes signature = Key().SignRaw(encoded);
    EXPECT_FALSE(Key().Ours(signature)) << base::HexEncode(encoded);
    EXPECT_FALSE(Key().OpenSsls(signature)) << base::HexEncode(encoded);
  }
}

INSTANTIATE_TEST_SUITE_P(Keys, RsaVerifierTest,
                         testing::Values(std::pair{2048, 65537}, std::pair{2048, 3},
                                         std::pair{2048, 0xfffffffffffffd21}, std::pair{2056, 17},
                                         std::pair{3072, 65537}));

}  // namespace
}  // namespace sallyport::jose
