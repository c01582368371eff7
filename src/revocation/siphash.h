// SipHash-2-4 (Aumasson, Bernstein 2012) of a message whose first byte is its domain.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sallyport::revocation {

struct SipKey {
  uint64_t k0 = 0, k1 = 0;
  bool operator==(const SipKey&) const = default;
};

namespace internal {

struct SipState {
  uint64_t v0, v1, v2, v3;

  void Round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void Absorb(uint64_t word) {
    v3 ^= word;
    Round();
    Round();
    v0 ^= word;
  }
};

}  // namespace internal

// SipHash-2-4 of the byte `domain` followed by `text`.
inline uint64_t SipHash(const SipKey& key, uint8_t domain, std::string_view text) {
  internal::SipState state{key.k0 ^ 0x736f6d6570736575, key.k1 ^ 0x646f72616e646f6d,
                           key.k0 ^ 0x6c7967656e657261, key.k1 ^ 0x7465646279746573};
  const size_t length = text.size() + 1;
  const char* next = text.data();
  uint64_t last = uint64_t{length & 0xff} << 56;
  size_t rest = length % 8;  // bytes in the last word
  if (length < 8) {
    last |= domain;
    for (size_t i = 1; i < rest; ++i) last |= uint64_t{static_cast<uint8_t>(*next++)} << (8 * i);
  } else {
    uint64_t word = 0;
    std::memcpy(&word, next, 7);
    next += 7;
    state.Absorb(word << 8 | domain);
    for (size_t words = length / 8 - 1; words > 0; --words, next += 8) {
      std::memcpy(&word, next, 8);
      state.Absorb(word);
    }
    for (size_t i = 0; i < rest; ++i) last |= uint64_t{static_cast<uint8_t>(*next++)} << (8 * i);
  }
  state.Absorb(last);
  state.v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) state.Round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace sallyport::revocation
