// BucketTable: buckets of tokens for many owners, in a table of fixed size that forgets nothing
// which limits anybody.
//
// A bucket holds `burst` tokens at most, and `per_second` of them come back each second. It is kept
// as the moment at which it will be full again. A full bucket is the same as none, so only such a
// one gives its place to another owner. Where all the places that an owner may have are held by
// others' buckets, it shares one with everybody who finds none there either.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

namespace sallyport::domain {

struct BucketRate {
  uint32_t per_second = 0;  // not 0
  uint32_t burst = 0;       // not 0
};

// Takes one token. False: there is none, and nothing is taken. `full_at`: the bucket. Times are
// base::Clock::MonotonicNanos.
bool TakeToken(int64_t& full_at, const BucketRate& rate, int64_t now);
bool HasToken(int64_t full_at, const BucketRate& rate, int64_t now);

// Thread-safe.
class BucketTable {
 public:
  BucketTable();
  ~BucketTable();

  // Of the bucket of `owner`, any text, which must always have the same rate. What is hashed is
  // salted: nobody can choose texts that meet in one place.
  bool Take(std::string_view owner, const BucketRate& rate, int64_t now);
  // Whether Take would find one.
  bool Has(std::string_view owner, const BucketRate& rate, int64_t now);

 private:
  static constexpr size_t kShards = 64;
  static constexpr size_t kSets = 128;  // of a shard
  static constexpr size_t kPlaces = 8;  // of a set

  struct Place {
    uint64_t owner = 0;
    int64_t full_at = 0;
  };
  struct Set {
    std::array<Place, kPlaces> places;
    int64_t shared_full_at = 0;
  };
  struct Shard {
    std::mutex mutex;
    std::unique_ptr<std::array<Set, kSets>> sets;  // null: nobody was here
  };

  template <typename Use>
  bool OnBucket(std::string_view owner, int64_t now, const Use& use);
  static int64_t& Find(Set& set, uint64_t owner, int64_t now);

  const uint64_t salt_[2];
  std::array<Shard, kShards> shards_;
};

}  // namespace sallyport::domain
