// Throttle: quotas on calls, per category of operations and per user.
//
// A quota is N calls a second: a bucket of N tokens, which N tokens a second fill again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace sallyport::domain {

// AWS's categories ("Quotas in Amazon Cognito"), as far as this server has their calls.
enum class Category : uint8_t {
  kUserAuthentication,
  kUserCreation,
  kUserAccountRecovery,
  kUserRead,
  kUserUpdate,
  kUserToken,
  kUserResourceRead,
  kUserResourceUpdate,
  kUserList,
  kUserPoolRead,
  kUserPoolUpdate,
  kUserPoolResourceRead,
  kUserPoolResourceUpdate,
  kUserPoolClientRead,
  kUserPoolClientUpdate,
  kClientAuthentication,
  kCount,
};
inline constexpr size_t kCategories = static_cast<size_t>(Category::kCount);

// "UserAuthentication"; the inverse gives nullopt for what is no category.
std::string_view CategoryName(Category category);
std::optional<Category> CategoryOf(std::string_view name);

struct Quotas {
  std::array<uint32_t, kCategories> per_category{};  // calls a second; 0: any number
  uint32_t per_user = 0;                             // the same, of one user
};

// Thread-safe. Bounded: what is kept of users is a table of fixed size. A bucket that was left
// alone for a second is full, which is the same as not to be kept; so nothing is forgotten while
// fewer users than the table has places call within a second.
class Throttle {
 public:
  // `clock` outlives it.
  Throttle(const Quotas& quotas, const base::Clock& clock);
  ~Throttle();

  // TooManyRequestsException "Rate exceeded".
  base::Status Take(Category category);
  // For calls that try a user's password or codes, or make them. `name`: as the caller gives it, in
  // any case. TooManyRequestsException "Too many requests".
  base::Status TakeForUser(std::string_view pool_id, std::string_view name);
  // False: TakeForUser need not be called.
  bool counts_users() const { return quotas_.per_user > 0; }

 private:
  struct Bucket {
    uint64_t owner = 0;
    int64_t filled_nanos = 0;  // when `tokens` was reckoned
    double tokens = 0;
  };
  struct Shared {
    std::mutex mutex;
    Bucket bucket;
  };
  struct Users;

  static bool TakeToken(Bucket& bucket, uint32_t rate, int64_t now_nanos);
  static Bucket& BucketOf(std::span<Bucket> places, uint64_t owner, uint32_t rate,
                          int64_t now_nanos);

  const Quotas quotas_;
  const base::Clock& clock_;
  std::array<Shared, kCategories> categories_;
  std::unique_ptr<Users> users_;
};

}  // namespace sallyport::domain
