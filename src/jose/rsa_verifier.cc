#include "jose/rsa_verifier.h"

#include <algorithm>
#include <array>
#include <bit>

namespace sallyport::jose {
namespace {

// DigestInfo of SHA-256 before the hash (RFC 8017, section 9.2, note 1).
constexpr std::array<uint8_t, 19> kDigestInfo = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
                                                 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                                                 0x01, 0x05, 0x00, 0x04, 0x20};

// EMSA-PKCS1-v1_5 (RFC 8017, section 9.2) for a modulus of `size` bytes and a hash of zeros.
std::vector<uint8_t> EncodedMessage(size_t size, size_t hash_size) {
  std::vector<uint8_t> encoded(size, 0xff);
  encoded[0] = 0;
  encoded[1] = 1;
  const size_t info = size - hash_size - kDigestInfo.size();
  encoded[info - 1] = 0;
  std::copy(kDigestInfo.begin(), kDigestInfo.end(), encoded.data() + info);
  std::fill_n(encoded.end() - static_cast<ptrdiff_t>(hash_size), hash_size, uint8_t{0});
  return encoded;
}

}  // namespace

std::unique_ptr<RsaVerifier> RsaVerifier::New(const BIGNUM* n, uint64_t e) {
  std::unique_ptr<RsaVerifier> verifier(new RsaVerifier(e));
  return verifier->SetUp(n) ? std::move(verifier) : nullptr;
}

bool RsaVerifier::SetUp(const BIGNUM* n) {
  n_ = BN_dup(n);
  scratch_ = BN_CTX_new();
  montgomery_ = BN_MONT_CTX_new();
  signature_ = BN_new();
  form_ = BN_new();
  power_ = BN_new();
  if (!n_ || !scratch_ || !montgomery_ || !signature_ || !form_ || !power_ ||
      BN_MONT_CTX_set(montgomery_, n_, scratch_) != 1) {
    return false;
  }
  const auto size = static_cast<size_t>(BN_num_bytes(n_));
  expected_ = EncodedMessage(size, 32);
  recovered_.resize(size);
  return true;
}

RsaVerifier::~RsaVerifier() {
  BN_free(power_);
  BN_free(form_);
  BN_free(signature_);
  BN_MONT_CTX_free(montgomery_);
  BN_CTX_free(scratch_);
  BN_free(n_);
}

bool RsaVerifier::Verify(std::span<const uint8_t, 32> hash, std::span<const uint8_t> signature) {
  if (signature.size() != expected_.size() ||
      !BN_bin2bn(signature.data(), static_cast<int>(signature.size()), signature_) ||
      BN_cmp(signature_, n_) >= 0 || !RaiseToE() ||
      BN_bn2binpad(power_, recovered_.data(), static_cast<int>(recovered_.size())) < 0) {
    return false;
  }
  std::copy(hash.begin(), hash.end(), expected_.end() - static_cast<ptrdiff_t>(hash.size()));
  return recovered_ == expected_;
}

bool RsaVerifier::RaiseToE() {
  const auto multiply = [this](const BIGNUM* factor) {
    return BN_mod_mul_montgomery(power_, power_, factor, montgomery_, scratch_) == 1;
  };
  if (BN_to_montgomery(form_, signature_, montgomery_, scratch_) != 1 || !BN_copy(power_, form_)) {
    return false;
  }
  for (int bit = static_cast<int>(std::bit_width(e_)) - 2; bit > 0; --bit) {
    if (!multiply(power_)) return false;
    if ((e_ >> bit & 1) != 0 && !multiply(form_)) return false;
  }
  // The lowest bit of e is 1. A product of one factor in Montgomery's form and one that is not is
  // the plain number, so the last multiplication also converts.
  return multiply(power_) && multiply(signature_);
}

}  // namespace sallyport::jose
