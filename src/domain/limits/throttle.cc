#include "domain/limits/throttle.h"

#include <algorithm>

#include "domain/errors.h"

namespace sallyport::domain {

namespace {

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

constexpr std::array<std::string_view, kAnonymous> kAnonymousNames{"sign-in", "sign-up", "code",
                                                                   "refused", "log-line"};

// Somebody who has an IPv6 address usually has the whole /64.
constexpr size_t kPrefixBytes = 8;

}  // namespace

std::string_view CategoryName(Category category) {
  return kNames[static_cast<size_t>(category)];
}

std::optional<Category> CategoryOf(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Category>(found - kNames.begin());
}

// From "Quotas in Amazon Cognito", request rate quotas by category, in the order of Category.
std::array<uint32_t, kCategories> AwsQuotas() {
  return {120, 50, 30, 120, 25, 120, 50, 25, 30, 15, 15, 20, 15, 15, 15, 150};
}

std::string_view AnonymousName(Anonymous what) {
  return kAnonymousNames[static_cast<size_t>(what)];
}

std::optional<Anonymous> AnonymousOf(std::string_view name) {
  const auto* const found = std::find(kAnonymousNames.begin(), kAnonymousNames.end(), name);
  if (found == kAnonymousNames.end()) return std::nullopt;
  return static_cast<Anonymous>(found - kAnonymousNames.begin());
}

Throttle::Throttle(const Quotas& quotas, const base::Clock& clock)
    : quotas_(quotas), clock_(clock) {}

Throttle::~Throttle() = default;

base::Status Throttle::Take(Category category) {
  const auto index = static_cast<size_t>(category);
  const uint32_t rate = quotas_.per_category[index];
  if (rate == 0) return {};
  Shared& shared = categories_[index];
  {
    const std::lock_guard lock(shared.mutex);
    if (TakeToken(shared.full_at, {rate, rate}, clock_.MonotonicNanos())) return {};
  }
  ++shared.refused;
  return error::kRateExceeded.Because("the quota of " + std::string(CategoryName(category)));
}

base::Status Throttle::TakeForUser(CalledBy by, std::string_view pool_id, std::string_view user) {
  const uint32_t rate = quotas_.per_user;
  if (rate == 0) return {};
  const std::string owner = static_cast<char>('a' + static_cast<int>(by)) + std::string(pool_id) +
                            '/' + std::string(user);
  if (users_.Take(owner, {rate, rate}, clock_.MonotonicNanos())) return {};
  ++users_refused_;
  return error::kTooManyRequests.Because("the limit of one user");
}

std::optional<std::string> Throttle::CountedAs(std::string_view address) const {
  const auto parsed = base::IpAddress::Parse(address);
  if (!parsed) return std::string(address);
  const auto contains = [&](const base::IpNetwork& network) { return network.Contains(*parsed); };
  if (std::any_of(quotas_.exempt.begin(), quotas_.exempt.end(), contains)) return std::nullopt;
  return std::string(parsed->First(kPrefixBytes));
}

base::Status Throttle::OnAddress(Anonymous what, std::string_view address, bool take) {
  const auto index = static_cast<size_t>(what);
  const uint32_t rate = quotas_.per_address[index];
  if (rate == 0) return {};
  const auto counted = CountedAs(address);
  if (!counted) return {};
  // There is one bucket for each kind.
  const std::string owner = static_cast<char>('a' + static_cast<int>(what)) + *counted;
  const BucketRate bucket{rate, rate * kAddressBurstSeconds};
  const int64_t now = clock_.MonotonicNanos();
  if (take ? addresses_.Take(owner, bucket, now) : addresses_.Has(owner, bucket, now)) return {};
  ++addresses_refused_[index];
  return error::kTooManyRequests.Because("the limit of one address: " +
                                         std::string(AnonymousName(what)));
}

base::Status Throttle::TakeForAddress(Anonymous what, std::string_view address) {
  return OnAddress(what, address, /*take=*/true);
}

base::Status Throttle::CheckAddress(Anonymous what, std::string_view address) {
  return OnAddress(what, address, /*take=*/false);
}

std::vector<Throttle::Refusals> Throttle::refusals() const {
  std::vector<Refusals> refusals;
  for (size_t i = 0; i < kAnonymous; ++i) {
    if (quotas_.per_address[i] == 0) continue;
    refusals.push_back({"address/" + std::string(kAnonymousNames[i]), addresses_refused_[i]});
  }
  if (counts_users()) refusals.push_back({"user", users_refused_});
  for (size_t i = 0; i < kCategories; ++i) {
    if (quotas_.per_category[i] == 0) continue;
    refusals.push_back({"quota/" + std::string(kNames[i]), categories_[i].refused});
  }
  return refusals;
}

}  // namespace sallyport::domain
