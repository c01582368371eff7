// TokenCache: the tokens that a gate has verified recently, found by their bytes.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "authorizer/huge_pages.h"
#include "authorizer/token.h"

namespace sallyport::authorizer {

// A hash table with linear probing, at most half full. When it is full, it approximately replaces
// what was not used for the longest time (the CLOCK algorithm). No allocation after construction.
// Not thread-safe.
class TokenCache {
 public:
  // Longer tokens are not cached; this limits the memory.
  static constexpr size_t kGreatestTokenBytes = 4096;

  // `tokens` is rounded up to a power of two; 0: nothing is cached.
  explicit TokenCache(uint32_t tokens);
  TokenCache(const TokenCache&) = delete;
  TokenCache& operator=(const TokenCache&) = delete;

  // One cache line. From here, the token and its entries in the Replica can be loaded at the same
  // time, so there is one wait for memory instead of two.
  struct alignas(64) Place {
    // Of the last bytes of the token. The lowest bit says that the place was used since eviction
    // last looked at it.
    uint64_t hash = 0;
    TokenRef token;
    RevocationHashes revocations;  // for the caller's use
  };
  static_assert(sizeof(Place) == 64);

  // The place of a token that ends as `compact` does, and is therefore very probably the same; the
  // caller must compare. nullptr if there is none. Valid until the next Add.
  Place* FindCandidate(std::string_view compact);
  void Add(TokenRef token, const RevocationHashes& revocations);

 private:
  static constexpr uint64_t kUsed = 1;

  static uint64_t Hash(std::string_view compact);
  size_t HomeOf(uint64_t hash) const { return hash >> 1 & mask_; }
  size_t Next(size_t place) const { return (place + 1) & mask_; }
  void EvictOne();
  void Remove(size_t gap);

  size_t capacity_;
  size_t mask_;
  std::vector<Place, HugePageAllocator<Place>> places_;
  size_t size_ = 0;
  size_t hand_ = 0;  // where eviction looks next
};

}  // namespace sallyport::authorizer
