#include "domain/limits/bucket_table.h"

#include <algorithm>

#include "base/random.h"
#include "revocation/siphash.h"

namespace sallyport::domain {
namespace {

constexpr int64_t kNanosOfSecond = 1'000'000'000;

int64_t NanosOfToken(const BucketRate& rate) {
  return kNanosOfSecond / rate.per_second;
}

}  // namespace

bool HasToken(int64_t full_at, const BucketRate& rate, int64_t now) {
  const int64_t token = NanosOfToken(rate);
  return std::max(full_at, now) + token - now <= token * int64_t{rate.burst};
}

bool TakeToken(int64_t& full_at, const BucketRate& rate, int64_t now) {
  if (!HasToken(full_at, rate, now)) return false;
  full_at = std::max(full_at, now) + NanosOfToken(rate);
  return true;
}

BucketTable::BucketTable() : salt_{base::RandomU64(), base::RandomU64()} {}

BucketTable::~BucketTable() = default;

// The owner's bucket; otherwise a place whose bucket is full; otherwise the shared one.
int64_t& BucketTable::Find(Set& set, uint64_t owner, int64_t now) {
  Place* free = nullptr;
  for (Place& place : set.places) {
    if (place.owner == owner) return place.full_at;
    if (free == nullptr && place.full_at <= now) free = &place;
  }
  if (free == nullptr) return set.shared_full_at;
  *free = {owner, now};
  return free->full_at;
}

template <typename Use>
bool BucketTable::OnBucket(std::string_view owner, int64_t now, const Use& use) {
  const uint64_t hash = revocation::SipHash({salt_[0], salt_[1]}, 0, owner);
  Shard& shard = shards_[hash % kShards];
  const std::lock_guard lock(shard.mutex);
  if (!shard.sets) shard.sets = std::make_unique<std::array<Set, kSets>>();
  // 0 marks a free place.
  return use(Find((*shard.sets)[hash / kShards % kSets], hash | 1, now));
}

bool BucketTable::Take(std::string_view owner, const BucketRate& rate, int64_t now) {
  return OnBucket(owner, now, [&](int64_t& full_at) { return TakeToken(full_at, rate, now); });
}

bool BucketTable::Has(std::string_view owner, const BucketRate& rate, int64_t now) {
  return OnBucket(owner, now, [&](int64_t full_at) { return HasToken(full_at, rate, now); });
}

}  // namespace sallyport::domain
