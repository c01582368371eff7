#include "authorizer/fingerprint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace sallyport::authorizer {
namespace {

Fingerprint Of(const FingerprintKey& key, std::string_view text) {
  return Fingerprinting(key, text).Finish();
}

// SplitMix64 from 1.
std::vector<uint64_t> KnownWords() {
  std::vector<uint64_t> words(FingerprintKey::kWords);
  uint64_t state = 1;
  for (uint64_t& word : words) {
    word = state += 0x9e3779b97f4a7c15;
    word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
    word = (word ^ word >> 27) * 0x94d049bb133111eb;
    word ^= word >> 31;
  }
  return words;
}

std::string Text(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>((i * 7 + size) % 256);
  return text;
}

// Computed with integers of any size, from the definition of NH in UMAC's paper: row r is the sum,
// modulo 2^128, of ((m[2i] + k[2i + 2r]) mod 2^64) * ((m[2i+1] + k[2i + 2r + 1]) mod 2^64), where m
// are the little-endian words of the text, with zeros after it.
TEST(Fingerprint, IsTheSumOfProductsThatNhDefines) {
  struct Known {
    size_t size;
    std::array<uint64_t, 4> words;
  };
  const Known known[] = {
      {0, {0x0000000000000000, 0x0000000000000000, 0x0000000000000000, 0x0000000000000000}},
      {1, {0x2259a6634b122a0e, 0x6c2b02abc20dacef, 0xb909f147a4af4215, 0x6e7514e354bb714b}},
      {15, {0x8ca2de21dca32960, 0x9c6d43a55b4f7976, 0x7f03bb4774cf33ea, 0x1956845d7c9c09fe}},
      {16, {0xd05cf6e17ed556df, 0x2e4c249de9e95bbd, 0x297228ee0bfb77aa, 0x351bae2eb7b0942d}},
      {17, {0x3df25569ef214ff5, 0x9dcde98c69417096, 0x4c97de13c237506c, 0x8d06c46ffecea588}},
      {100, {0x74957c601334fb84, 0x373e0d60c8054fec, 0xac13237d02717d59, 0xae5ea637c3172846}},
      {1106, {0x32982c269e2e05be, 0xcd3cf06e7a8590f8, 0xd72dc0667c66312b, 0xd495d0391fcf8388}},
      {4096, {0xbdd0227af438d90a, 0x2f8e367b573fde25, 0x56b07eddd7a4c241, 0x67521eedb6140955}}};
  const FingerprintKey key(KnownWords());
  for (const auto& [size, words] : known) {
    EXPECT_EQ(Of(key, Text(size)).words, words) << size;
  }
}

TEST(Fingerprint, IsTheSameInOneStepAndInTwoAndWhenAskedAgain) {
  const FingerprintKey key;
  for (const size_t size : {0, 1, 16, 31, 32, 33, 47, 48, 1000, 1106, 4095, 4096}) {
    const std::string text = Text(size);
    Fingerprinting in_two(key, text);
    in_two.Begin();
    EXPECT_EQ(in_two.Finish(), Of(key, text)) << size;
    EXPECT_EQ(in_two.Finish(), Of(key, text)) << size;
  }
}

TEST(Fingerprint, ChangesWithEveryByteAndWithTheOrderOfBlocks) {
  const FingerprintKey key;
  const std::string text = Text(1106);
  const Fingerprint fingerprint = Of(key, text);
  for (size_t at = 0; at < text.size(); ++at) {
    for (const uint8_t change : {0x01, 0x20, 0x80}) {
      std::string changed = text;
      changed[at] = static_cast<char>(changed[at] ^ change);
      EXPECT_FALSE(Of(key, changed) == fingerprint) << at;
    }
  }
  for (size_t block = 0; block + 32 <= text.size(); block += 16) {
    std::string changed = text;
    std::rotate(changed.begin() + static_cast<ptrdiff_t>(block),
                changed.begin() + static_cast<ptrdiff_t>(block) + 16,
                changed.begin() + static_cast<ptrdiff_t>(block) + 32);
    EXPECT_FALSE(Of(key, changed) == fingerprint) << block;
  }
}

TEST(Fingerprint, OfOneTextDiffersBetweenTwoKeysOfTheKernel) {
  const FingerprintKey one, other;
  for (const size_t size : {1, 16, 1106, 4096}) {
    const Fingerprint a = Of(one, Text(size)), b = Of(other, Text(size));
    for (size_t i = 0; i < a.words.size(); ++i) EXPECT_NE(a.words[i], b.words[i]) << size;
  }
}

}  // namespace
}  // namespace sallyport::authorizer
