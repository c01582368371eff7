// TokenMemory: where a gate's tokens lie.
#pragma once

#include <cstddef>
#include <vector>

#include "authorizer/huge_pages.h"

namespace sallyport::authorizer {

// Slots of one size, in huge pages. Tokens that no slot can hold lie elsewhere. Grows to the most
// tokens that lived at one time; gives nothing back before its end. Not thread-safe.
class TokenMemory {
 public:
  // Enough for a token of 1.5 KB. An odd number of cache lines, so that slots begin in all sets of
  // the processor's caches.
  static constexpr size_t kSlotBytes = 29 * 64;

  TokenMemory() = default;
  TokenMemory(const TokenMemory&) = delete;
  TokenMemory& operator=(const TokenMemory&) = delete;
  ~TokenMemory();

  // kSlotBytes, aligned to a cache line. Throws std::bad_alloc.
  void* Take();
  void Give(void* slot) noexcept;

 private:
  void Grow();

  std::vector<std::byte*> chunks_;  // each a huge page
  std::vector<void*> free_;  // has room for every slot; the newest, which is nearest, goes first
};

}  // namespace sallyport::authorizer
