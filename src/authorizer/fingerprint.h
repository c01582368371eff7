// Fingerprint: by what a gate recognizes a token that it has verified before. docs/decisions/0038
// says why 256 bits may stand for the whole token.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sallyport::authorizer {

struct Fingerprint {
  std::array<uint64_t, 4> words{};

  // Takes the same time wherever the two differ.
  bool operator==(const Fingerprint& other) const {
    uint64_t difference = 0;
    for (size_t i = 0; i < words.size(); ++i) difference |= words[i] ^ other.words[i];
    return difference == 0;
  }
};

// The secret key of one gate, which nothing but Fingerprinting reads. Each gate has its own, from
// the kernel, and no fingerprint leaves the process.
class FingerprintKey {
 public:
  static constexpr size_t kGreatestTextBytes = 4096;

  FingerprintKey();
  // For tests. Precondition: `words` has kWords.
  explicit FingerprintKey(std::vector<uint64_t> words) : words_(std::move(words)) {}
  FingerprintKey(const FingerprintKey&) = delete;
  FingerprintKey& operator=(const FingerprintKey&) = delete;

  static constexpr size_t kWords = kGreatestTextBytes / 8 + 2;

 private:
  friend class Fingerprinting;
  std::vector<uint64_t> words_;
};

// Computes the fingerprint of one text in two steps, between which the caller can let memory be
// loaded. NH with two Toeplitz rows, which is the hash of UMAC (Black, Halevi, Krawczyk, Krovetz,
// Rogaway, CRYPTO 1999, sections 4.2 and 4.3; RFC 4418, section 5.2), with words of 64 bits: two
// different texts of the same length have the same fingerprint with probability at most 2^-128
// over the key. For texts of different lengths nothing is promised: compare the lengths, too.
class Fingerprinting {
 public:
  // Precondition: `text` has at most kGreatestTextBytes, and outlives this object, as `key` does.
  Fingerprinting(const FingerprintKey& key, std::string_view text);

  // Step 1: most of the first half.
  void Begin() { Absorb(rest_.size() / 2 / kBlockBytes); }
  // Step 2, with or without step 1 before it. Gives the same whenever it is called again.
  Fingerprint Finish();

 private:
  // A block takes two words of the key, and the second row begins one block later.
  static constexpr size_t kBlockBytes = 16;
  using Sum = unsigned __int128;

  void Absorb(size_t blocks);
  void Add(const char* block);

  const uint64_t* key_;
  std::string_view rest_;
  Sum first_ = 0, second_ = 0;
};

}  // namespace sallyport::authorizer
