#include "authorizer/fingerprint.h"

#include <cstring>
#include <span>

#include "base/random.h"

namespace sallyport::authorizer {

FingerprintKey::FingerprintKey() : words_(kWords) {
  base::RandomBytes({reinterpret_cast<uint8_t*>(words_.data()), words_.size() * sizeof(uint64_t)});
}

Fingerprinting::Fingerprinting(const FingerprintKey& key, std::string_view text)
    : key_(key.words_.data()), rest_(text) {}

Fingerprint Fingerprinting::Finish() {
  Absorb(rest_.size() / kBlockBytes);
  if (!rest_.empty()) {
    // Zeros fill the last block; the length, which is compared too, says how many.
    std::array<char, kBlockBytes> block{};
    rest_.copy(block.data(), rest_.size());
    Add(block.data());
    rest_ = {};
  }
  return {{static_cast<uint64_t>(first_), static_cast<uint64_t>(first_ >> 64),
           static_cast<uint64_t>(second_), static_cast<uint64_t>(second_ >> 64)}};
}

void Fingerprinting::Absorb(size_t blocks) {
  for (const char* const end = rest_.data() + blocks * kBlockBytes; rest_.data() != end;
       rest_.remove_prefix(kBlockBytes)) {
    Add(rest_.data());
  }
}

// The sums are modulo 2^64, the product is whole, and products are summed modulo 2^128. The bytes
// are read in the machine's order: fingerprints are only compared with others of this process.
inline void Fingerprinting::Add(const char* block) {
  std::array<uint64_t, 2> words;
  std::memcpy(words.data(), block, kBlockBytes);
  first_ += Sum{words[0] + key_[0]} * (words[1] + key_[1]);
  second_ += Sum{words[0] + key_[2]} * (words[1] + key_[3]);
  key_ += 2;
}

}  // namespace sallyport::authorizer
