#include "authorizer/token_cache.h"

#include <bit>
#include <cstring>

namespace sallyport::authorizer {

TokenCache::TokenCache(uint32_t tokens)
    : capacity_(tokens == 0 ? 0 : std::bit_ceil(size_t{tokens})),
      mask_(2 * capacity_ - 1),
      places_(2 * capacity_) {}

// The last bytes belong to the signature, so they are random, and only somebody who can sign can
// choose them.
uint64_t TokenCache::Hash(std::string_view compact) {
  uint64_t words[2] = {};
  if (compact.size() >= sizeof(words)) {
    std::memcpy(words, compact.data() + compact.size() - sizeof(words), sizeof(words));
  }
  const uint64_t mixed = (words[0] ^ std::rotl(words[1], 29)) * 0x9e3779b97f4a7c15;
  return (mixed ^ mixed >> 32) & ~kUsed;
}

TokenCache::Place* TokenCache::FindCandidate(std::string_view compact) {
  if (size_ == 0) return nullptr;
  const uint64_t hash = Hash(compact);
  for (size_t at = HomeOf(hash); places_[at].token; at = Next(at)) {
    if ((places_[at].hash & ~kUsed) != hash) continue;
    places_[at].hash |= kUsed;
    return &places_[at];
  }
  return nullptr;
}

void TokenCache::Add(TokenRef token, const RevocationHashes& revocations) {
  if (capacity_ == 0 || token->compact().size() > kGreatestTokenBytes) return;
  if (size_ == capacity_) EvictOne();
  const uint64_t hash = Hash(token->compact());
  size_t at = HomeOf(hash);
  while (places_[at].token) at = Next(at);
  places_[at] = {hash, std::move(token), revocations};
  ++size_;
}

// Precondition: the table is not empty. Ends within two rounds, because the first round clears all
// marks.
void TokenCache::EvictOne() {
  for (;; hand_ = Next(hand_)) {
    Place& place = places_[hand_];
    if (!place.token) continue;
    if ((place.hash & kUsed) == 0) return Remove(hand_);
    place.hash &= ~kUsed;
  }
}

// Closes the gap, so that no search ends before it has reached what it looks for.
void TokenCache::Remove(size_t gap) {
  places_[gap].token = TokenRef();
  --size_;
  for (size_t at = Next(gap); places_[at].token; at = Next(at)) {
    const size_t home = HomeOf(places_[at].hash);
    if (((at - home) & mask_) < ((at - gap) & mask_)) continue;  // its home is behind the gap
    places_[gap] = std::move(places_[at]);
    gap = at;
  }
}

}  // namespace sallyport::authorizer
