#include "domain/password_policy.h"

#include <algorithm>
#include <array>

#include "base/random.h"
#include "domain/text.h"

namespace sallyport::domain {

namespace {

constexpr int64_t kDefaultTemporaryDays = 7;
constexpr int64_t kDayMillis = 86'400'000;
constexpr size_t kTemporaryLength = 16;

struct Demand {
  bool PasswordPolicy::*made;
  std::string_view characters;
  std::string_view message;
};

// Characters and texts as AWS has them.
constexpr std::array<Demand, 4> kDemands{{
    {&PasswordPolicy::lowercase, "abcdefghijklmnopqrstuvwxyz",
     "Password must have lowercase characters"},
    {&PasswordPolicy::uppercase, "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
     "Password must have uppercase characters"},
    {&PasswordPolicy::numbers, "0123456789", "Password must have numeric characters"},
    {&PasswordPolicy::symbols,
     "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+= ", "Password must have symbol characters"},
}};

base::Error Refused(std::string_view message) {
  return {"InvalidPasswordException",
          "Password did not conform with policy: " + std::string(message), ""};
}

}  // namespace

base::Status CheckPassword(const Pool& pool, std::string_view password) {
  const PasswordPolicy& policy = pool.settings.password;
  if (CountCharacters(password) < policy.minimum_length) {
    return Refused("Password not long enough");
  }
  if (password.starts_with(' ') || password.ends_with(' ')) {
    return Refused("Password must not have leading or trailing spaces");
  }
  for (const Demand& demand : kDemands) {
    if (!(policy.*demand.made)) continue;
    if (password.find_first_of(demand.characters) == std::string_view::npos) {
      return Refused(demand.message);
    }
  }
  return {};
}

std::string MakeTemporaryPassword(const Pool& pool) {
  // Told and typed by people: without characters that look alike, and with symbols that no mail
  // or shell changes.
  constexpr std::string_view kAll =
      "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!@#%&*?";
  const auto length =
      std::max(kTemporaryLength, static_cast<size_t>(pool.settings.password.minimum_length));
  // Most drawings have one of each kind; the others are drawn again.
  for (;;) {
    std::string password = base::RandomString(kAll, length);
    const bool all = std::all_of(kDemands.begin(), kDemands.end(), [&](const Demand& demand) {
      return password.find_first_of(demand.characters) != std::string::npos;
    });
    if (all) return password;
  }
}

size_t PasswordHistorySize(const Pool& pool) {
  return static_cast<size_t>(std::max<int64_t>(0, pool.settings.password.history_size));
}

int64_t TemporaryPasswordMillis(const Pool& pool) {
  const int64_t days = pool.settings.password.temporary_days;
  return (days > 0 ? days : kDefaultTemporaryDays) * kDayMillis;
}

}  // namespace sallyport::domain
