// Throttle: limits on calls, per category of operations, per user and per client address.
//
// A limit is N calls a second: a bucket of N tokens to which N tokens are added each second. An
// address has a larger bucket, since many people may share one address and come at the same moment.
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

// AWS's categories ("Quotas in Amazon Cognito"), as far as this server implements operations in
// them.
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

// For example "UserAuthentication". The inverse function gives nullopt for any other text.
std::string_view CategoryName(Category category);
std::optional<Category> CategoryOf(std::string_view name);

// AWS's published default quotas of an account, in requests per second.
std::array<uint32_t, kCategories> AwsQuotas();

// What callers without credentials do, as far as it is limited by their address.
enum class Anonymous : uint8_t {
  kSignIn,   // also the answer to a challenge, and a refresh
  kSignUp,   // also the confirmation of a sign-up
  kCode,     // asks for codes, or tries them
  kRefused,  // calls again after its token or client secret was refused
  kLogLine,  // causes a line in the log; the call is not refused, only its line is left out
  kCount,
};
inline constexpr size_t kAnonymous = static_cast<size_t>(Anonymous::kCount);

// For example "sign-in". The inverse function gives nullopt for any other text.
std::string_view AnonymousName(Anonymous what);
std::optional<Anonymous> AnonymousOf(std::string_view name);

// Who makes a call about a user. Each is counted separately, so that strangers who use a user's
// name hinder neither the user's calls with a token nor an administrator's signed calls.
enum class CalledBy : uint8_t { kAnybody, kTheUser, kAdministrator };

// For how many seconds an address may call at once what it may call in each.
inline constexpr uint32_t kAddressBurstSeconds = 30;

struct Quotas {
  std::array<uint32_t, kCategories> per_category{};  // calls per second; 0: unlimited
  uint32_t per_user = 0;                             // the same for one user
  std::array<uint32_t, kAnonymous> per_address{};    // the same for one client address
  std::vector<base::IpNetwork> exempt;  // addresses to which per_address does not apply
};

// Thread-safe. Its memory is bounded: users and addresses have one table of fixed size each, which
// never forgets a bucket that is limiting somebody (bucket_table.h).
class Throttle {
 public:
  // `clock` outlives it.
  Throttle(const Quotas& quotas, const base::Clock& clock);
  ~Throttle();

  // TooManyRequestsException "Rate exceeded".
  base::Status Take(Category category);
  // For calls that try a user's password or codes, or have codes made. `user` is what CountedName
  // gives (domain/users/user.h). TooManyRequestsException "Too many requests".
  base::Status TakeForUser(CalledBy by, std::string_view pool_id, std::string_view user);
  // False: there is no limit per user, and TakeForUser need not be called.
  bool counts_users() const { return quotas_.per_user > 0; }
  // `address` is in text form. All addresses of one IPv6 /64 count together.
  // TooManyRequestsException "Too many requests".
  base::Status TakeForAddress(Anonymous what, std::string_view address);
  // The same error where TakeForAddress would give it, without taking anything.
  base::Status CheckAddress(Anonymous what, std::string_view address);

  // The text by which calls of an address are counted: its own, or its /64; nullopt where the
  // address is exempt.
  std::optional<std::string> CountedAs(std::string_view address) const;

  // How often a limit has refused a call since the start.
  struct Refusals {
    std::string limit;  // "address/sign-in", "user", "quota/UserRead"
    uint64_t times = 0;
  };
  // For those limits that are set.
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
