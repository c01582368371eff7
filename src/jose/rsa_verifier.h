// RsaVerifier: the signatures of one RSA public key. Internal to `jose`.
#pragma once

#include <openssl/bn.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace sallyport::jose {

// RSASSA-PKCS1-v1_5 with SHA-256, as RFC 8017, section 8.2.2, describes it: the encoded message is
// made anew from the hash and compared as a whole, so there is no padding to parse. The numbers are
// OpenSSL's, and so is each multiplication. OpenSSL's own RSA verification does the same, and three
// more multiplications and several copies of the numbers. All of it is public, so none of it has to
// take the same time for different values. Not thread-safe.
class RsaVerifier {
 public:
  // Precondition: `n` has 2048 to 4096 bits and is odd; `e` is odd and at least 3. nullptr: there
  // is no memory.
  static std::unique_ptr<RsaVerifier> New(const BIGNUM* n, uint64_t e);
  ~RsaVerifier();
  RsaVerifier(const RsaVerifier&) = delete;
  RsaVerifier& operator=(const RsaVerifier&) = delete;

  // `hash`: SHA-256 of the message.
  bool Verify(std::span<const uint8_t, 32> hash, std::span<const uint8_t> signature);

 private:
  explicit RsaVerifier(uint64_t e) : e_(e) {}
  bool SetUp(const BIGNUM* n);
  // power_ = signature_ to the e, modulo n.
  bool RaiseToE();

  const uint64_t e_;
  BIGNUM* n_ = nullptr;
  BN_CTX* scratch_ = nullptr;
  BN_MONT_CTX* montgomery_ = nullptr;
  BIGNUM* signature_ = nullptr;
  BIGNUM* form_ = nullptr;  // the signature in Montgomery's form
  BIGNUM* power_ = nullptr;
  std::vector<uint8_t> expected_;   // the encoded message, whose last bytes are the hash
  std::vector<uint8_t> recovered_;  // of the same size
};

}  // namespace sallyport::jose
