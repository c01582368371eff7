// TokenMemory: the memory for a gate's tokens.
#pragma once

#include <cstddef>
#include <vector>

#include "authorizer/huge_pages.h"

namespace sallyport::authorizer {

// Slots of one size, in huge pages. Tokens that do not fit into a slot are stored elsewhere. It
// grows to the greatest number of tokens that ever existed at the same time, and returns nothing
// before it is destroyed. Not thread-safe.
class TokenMemory {
 public:
  // Enough for a token of 1.5 KB. An odd number of cache lines, so that slots are distributed over
  // all sets of the processor's caches.
  static constexpr size_t kSlotBytes = 29 * 64;

  TokenMemory() = default;
  TokenMemory(const TokenMemory&) = delete;
  TokenMemory& operator=(const TokenMemory&) = delete;
  ~TokenMemory();

  // kSlotBytes bytes, aligned to a cache line. Throws std::bad_alloc.
  void* Take();
  void Give(void* slot) noexcept;

 private:
  void Grow();

  std::vector<std::byte*> chunks_;  // each a huge page
  // Has capacity for every slot; the newest is used first, since it is most likely in a cache.
  std::vector<void*> free_;
};

}  // namespace sallyport::authorizer
