// Throttle: limits on calls, per category of operations, per user and per client address.
//
// A limit is N calls a second: a bucket of N tokens, which N tokens a second fill again. An
// address's bucket is larger than what a second brings: people who share one come all at once.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ip.h"
#include "base/result.h"
#include "domain/limits/bucket_table.h"

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

// "UserAuthentication"; the inverse gives nullopt for any other text.
std::string_view CategoryName(Category category);
std::optional<Category> CategoryOf(std::string_view name);

// AWS's published quotas on requests a second, as an account has them by default.
std::array<uint32_t, kCategories> AwsQuotas();

// What a caller without credentials does, as it is limited by its address.
enum class Anonymous : uint8_t {
  kSignIn,   // also what answers a challenge, and a refresh
  kSignUp,   // also its confirmation
  kCode,     // asks for codes, or tries them
  kRefused,  // was refused for its token or its client secret, and comes again
  kLogLine,  // causes a line in the log; the call is not refused, its line is left out
  kCount,
};
inline constexpr size_t kAnonymous = static_cast<size_t>(Anonymous::kCount);

// "sign-in"; the inverse gives nullopt for any other text.
std::string_view AnonymousName(Anonymous what);
std::optional<Anonymous> AnonymousOf(std::string_view name);

// Who calls for a user. Each counts alone: what strangers do in a user's name keeps neither the
// user from calls with a token nor an administrator from signed ones.
enum class CalledBy : uint8_t { kAnybody, kTheUser, kAdministrator };

// How many seconds' worth of calls an address may do at once.
inline constexpr uint32_t kAddressBurstSeconds = 30;

struct Quotas {
  std::array<uint32_t, kCategories> per_category{};  // calls a second; 0: any number
  uint32_t per_user = 0;                             // the same, of one user
  std::array<uint32_t, kAnonymous> per_address{};    // the same, of one client address
  std::vector<base::IpNetwork> exempt;               // addresses that per_address does not count
};

// Thread-safe. Bounded: what is kept of users and of addresses is one table of fixed size each,
// which forgets nothing that limits anybody (bucket_table.h).
class Throttle {
 public:
  // `clock` outlives it.
  Throttle(const Quotas& quotas, const base::Clock& clock);
  ~Throttle();

  // TooManyRequestsException "Rate exceeded".
  base::Status Take(Category category);
  // For calls that try a user's password or codes, or make them. `user`: the sub; of a name that
  // nobody has, the name, in any case. TooManyRequestsException "Too many requests".
  base::Status TakeForUser(CalledBy by, std::string_view pool_id, std::string_view user);
  // False: TakeForUser need not be called.
  bool counts_users() const { return quotas_.per_user > 0; }
  // `address`: as text. An IPv6 address counts with all of its /64. TooManyRequestsException "Too
  // many requests".
  base::Status TakeForAddress(Anonymous what, std::string_view address);
  // The same error where TakeForAddress would find nothing to take.
  base::Status CheckAddress(Anonymous what, std::string_view address);

  // What an address counts with: its own text, or its /64; nullopt where it is exempt.
  std::optional<std::string> CountedAs(std::string_view address) const;

  // How often a limit was met since the start.
  struct Refusals {
    std::string limit;  // "address/sign-in", "user", "quota/UserRead"
    uint64_t times = 0;
  };
  // Of those limits that there are.
  std::vector<Refusals> refusals() const;

 private:
  struct Shared {
    std::mutex mutex;
    int64_t full_at = 0;
    std::atomic<uint64_t> refused{0};
  };

  base::Status OnAddress(Anonymous what, std::string_view address, bool take);

  const Quotas quotas_;
  const base::Clock& clock_;
  std::array<Shared, kCategories> categories_;
  BucketTable users_;
  BucketTable addresses_;
  std::atomic<uint64_t> users_refused_{0};
  std::array<std::atomic<uint64_t>, kAnonymous> addresses_refused_{};
};

}  // namespace sallyport::domain
