#include "domain/credentials/password_policy.h"

#include <algorithm>
#include <array>

#include "base/random.h"
#include "base/sentence.h"
#include "base/text.h"
#include "domain/errors.h"

namespace sallyport::domain {

namespace {

constexpr int64_t kDefaultTemporaryDays = 7;
constexpr int64_t kDayMillis = 86'400'000;
constexpr size_t kTemporaryLength = 16;
// The maximum and the pattern of PasswordType. Not all ways to give a password have been checked
// against them.
constexpr int64_t kGreatestLength = 256;
constexpr std::string_view kSpaces = " \t\n\v\f\r";
constexpr std::string_view kLineBreaks = "\n\r";

struct Demand {
  bool PasswordPolicy::*made;
  std::string_view characters;
  base::Sentence<0> refusal;
};

// The character sets, as AWS defines them.
constexpr std::array<Demand, 4> kDemands{{
    {&PasswordPolicy::lowercase, "abcdefghijklmnopqrstuvwxyz", error::kPasswordLacksLowercase},
    {&PasswordPolicy::uppercase, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", error::kPasswordLacksUppercase},
    {&PasswordPolicy::numbers, "0123456789", error::kPasswordLacksNumber},
    {&PasswordPolicy::symbols, "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+= ", error::kPasswordLacksSymbol},
}};

}  // namespace

base::Status CheckPassword(const Pool& pool, std::string_view password) {
  const PasswordPolicy& policy = pool.settings.password;
  if (base::CountCharacters(password) < policy.minimum_length) {
    return error::kPasswordTooShort();
  }
  if (base::CountCharacters(password) > kGreatestLength) return error::kPasswordTooLong();
  if (password.find_first_of(kSpaces) == 0 ||
      password.find_last_of(kSpaces) == password.size() - 1) {
    return error::kPasswordHasOuterSpace();
  }
  if (password.find_first_of(kLineBreaks) != std::string_view::npos) {
    return error::kPasswordHasLineBreak();
  }
  for (const Demand& demand : kDemands) {
    if (!(policy.*demand.made)) continue;
    if (password.find_first_of(demand.characters) == std::string_view::npos) {
      return demand.refusal();
    }
  }
  return {};
}

std::string MakeTemporaryPassword(const Pool& pool) {
  // People read and type this password, so it has no characters that look alike, and only symbols
  // that mails and shells leave unchanged.
  constexpr std::string_view kAll =
      "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!@#%&*?";
  const auto length =
      std::max(kTemporaryLength, static_cast<size_t>(pool.settings.password.minimum_length));
  // Most random passwords have a character of each kind; the others are made again.
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
