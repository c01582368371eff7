// BucketTable: token buckets for many owners, in a table of fixed size. It never forgets a bucket
// that is limiting somebody.
//
// A bucket holds at most `burst` tokens, and gets `per_second` of them back each second. It is
// stored as the moment at which it will be full again. A full bucket limits nobody, so its place,
// and only such a place, can be given to another owner. Where all places that an owner may have are
// taken, the owner shares a bucket with others in the same situation.
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

// Takes one token. False: there was none, and nothing was taken. `full_at` is the bucket. Times are
// base::Clock::MonotonicNanos.
bool TakeToken(int64_t& full_at, const BucketRate& rate, int64_t now);
bool HasToken(int64_t full_at, const BucketRate& rate, int64_t now);

// Thread-safe.
class BucketTable {
 public:
  BucketTable();
  ~BucketTable();

  // Takes one token from the bucket of `owner`. An owner may be any text, and must always be used
  // with the same rate. The hash of it is salted, so nobody can choose texts that share a place.
  bool Take(std::string_view owner, const BucketRate& rate, int64_t now);
  // Whether Take would find a token.
  bool Has(std::string_view owner, const BucketRate& rate, int64_t now);

 private:
  static constexpr size_t kShards = 64;
  static constexpr size_t kSets = 128;  // in each shard
  static constexpr size_t kPlaces = 8;  // in each set

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
    std::unique_ptr<std::array<Set, kSets>> sets;  // null: never used
  };

  template <typename Use>
  bool OnBucket(std::string_view owner, int64_t now, const Use& use);
  static int64_t& Find(Set& set, uint64_t owner, int64_t now);

  const uint64_t salt_[2];
  std::array<Shard, kShards> shards_;
};

}  // namespace sallyport::domain
