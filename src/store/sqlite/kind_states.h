// KindStates: numbers for Reader::StateOf. They tell for each kind of records whether a commit may
// have changed any of them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sallyport::store {

// A set of kinds. Two kinds may be the same bit, and then count as one.
using Kinds = uint64_t;
inline constexpr size_t kMostKinds = 64;

inline size_t PlaceOfKind(std::string_view key) {
  // FNV-1a; a record's kind is what its key begins with, up to the first slash.
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : key.substr(0, key.find('/'))) {
    hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  }
  return hash >> 52 & (kMostKinds - 1);
}
inline Kinds KindOf(std::string_view key) {
  return Kinds{1} << PlaceOfKind(key);
}

// Written by the writer's thread, read by all.
class KindStates {
 public:
  using Numbers = std::array<uint64_t, kMostKinds>;

  // `first`: an even number that no other store of the process comes to have.
  explicit KindStates(uint64_t first) {
    for (auto& number : numbers_) number = first;
  }

  // 0: a commit is under way that changes this kind. It may be visible already.
  uint64_t Of(std::string_view key) const { return Known(numbers_[PlaceOfKind(key)]); }
  Numbers All() const {
    Numbers all{};
    for (size_t i = 0; i < kMostKinds; ++i) all[i] = Known(numbers_[i]);
    return all;
  }

  // Called before a commit that may change these kinds, beside those of earlier calls.
  void Begin(Kinds kinds) {
    Step(kinds & ~changing_);
    changing_ |= kinds;
  }
  // Called when it is over, however it ended.
  void End() {
    Step(changing_);
    changing_ = 0;
  }

 private:
  static uint64_t Known(uint64_t number) { return number % 2 == 0 ? number : 0; }
  void Step(Kinds kinds) {
    for (size_t i = 0; i < kMostKinds; ++i) {
      if ((kinds >> i & 1) != 0) ++numbers_[i];
    }
  }

  std::array<std::atomic<uint64_t>, kMostKinds> numbers_;  // odd while a commit is under way
  Kinds changing_ = 0;
};

}  // namespace sallyport::store
