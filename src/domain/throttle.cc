#include "domain/throttle.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.h"
#include "domain/errors.h"
#include "domain/names.h"

namespace sallyport::domain {

namespace {

constexpr double kNanosPerSecond = 1e9;
constexpr size_t kShards = 64;
constexpr size_t kSetsPerShard = 256;
constexpr size_t kPlaces = 4;  // of one set: who falls into it shares them

constexpr std::array<std::string_view, kCategories> kNames{"UserAuthentication",
                                                           "UserCreation",
                                                           "UserAccountRecovery",
                                                           "UserRead",
                                                           "UserUpdate",
                                                           "UserToken",
                                                           "UserResourceRead",
                                                           "UserResourceUpdate",
                                                           "UserList",
                                                           "UserPoolRead",
                                                           "UserPoolUpdate",
                                                           "UserPoolResourceRead",
                                                           "UserPoolResourceUpdate",
                                                           "UserPoolClientRead",
                                                           "UserPoolClientUpdate",
                                                           "ClientAuthentication"};

// Salted, so that nobody can choose names that push one another out of the table.
uint64_t Hash(uint64_t salt, std::string_view text) {
  uint64_t hash = salt;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x9fb21c651e98df25ULL;
    hash ^= hash >> 32;
  }
  return hash;
}

}  // namespace

struct Throttle::Users {
  struct Shard {
    std::mutex mutex;
    std::vector<Bucket> places{kSetsPerShard * kPlaces};
  };
  const uint64_t salt = base::RandomU64();
  std::array<Shard, kShards> shards;
};

std::string_view CategoryName(Category category) {
  return kNames[static_cast<size_t>(category)];
}

std::optional<Category> CategoryOf(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Category>(found - kNames.begin());
}

Throttle::Throttle(const Quotas& quotas, const base::Clock& clock)
    : quotas_(quotas), clock_(clock) {
  for (size_t i = 0; i < kCategories; ++i) {
    categories_[i].bucket.tokens = quotas_.per_category[i];
    categories_[i].bucket.filled_nanos = clock_.MonotonicNanos();
  }
  if (counts_users()) users_ = std::make_unique<Users>();
}

Throttle::~Throttle() = default;

bool Throttle::TakeToken(Bucket& bucket, uint32_t rate, int64_t now_nanos) {
  const double seconds = static_cast<double>(now_nanos - bucket.filled_nanos) / kNanosPerSecond;
  // Two threads may bring their times in the other order.
  if (seconds > 0) {
    bucket.tokens = std::min<double>(rate, bucket.tokens + seconds * rate);
    bucket.filled_nanos = now_nanos;
  }
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

// The owner's bucket, or the place that was left alone for longest, full.
Throttle::Bucket& Throttle::BucketOf(std::span<Bucket> places, uint64_t owner, uint32_t rate,
                                     int64_t now_nanos) {
  const auto found = std::find_if(places.begin(), places.end(),
                                  [&](const Bucket& bucket) { return bucket.owner == owner; });
  if (found != places.end()) return *found;
  Bucket& oldest = *std::min_element(
      places.begin(), places.end(),
      [](const Bucket& a, const Bucket& b) { return a.filled_nanos < b.filled_nanos; });
  oldest = {owner, now_nanos, static_cast<double>(rate)};
  return oldest;
}

base::Status Throttle::Take(Category category) {
  const auto index = static_cast<size_t>(category);
  const uint32_t rate = quotas_.per_category[index];
  if (rate == 0) return {};
  Shared& shared = categories_[index];
  const std::lock_guard lock(shared.mutex);
  if (TakeToken(shared.bucket, rate, clock_.MonotonicNanos())) return {};
  return error::kRateExceeded();
}

base::Status Throttle::TakeForUser(std::string_view pool_id, std::string_view name) {
  if (!counts_users()) return {};
  const uint64_t hash = Hash(users_->salt, std::string(pool_id) + '/' + CaseFolded(name));
  const uint64_t owner = hash | 1;  // 0: nobody's
  Users::Shard& shard = users_->shards[hash % kShards];
  const size_t set = hash / kShards % kSetsPerShard;
  const std::lock_guard lock(shard.mutex);
  const int64_t now = clock_.MonotonicNanos();
  Bucket& bucket = BucketOf(std::span(shard.places).subspan(set * kPlaces, kPlaces), owner,
                            quotas_.per_user, now);
  if (TakeToken(bucket, quotas_.per_user, now)) return {};
  return error::kTooManyRequests();
}

}  // namespace sallyport::domain
