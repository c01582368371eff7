#include "domain/password_policy.h"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>

#include "base/random.h"
#include "base/sentence.h"
#include "domain/errors.h"
#include "domain/json.h"
#include "domain/text.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

constexpr int64_t kDefaultLength = 8;
constexpr int64_t kDefaultTemporaryDays = 7;
constexpr int64_t kDayMillis = 86'400'000;
constexpr size_t kTemporaryLength = 16;

struct Demand {
  std::string_view member;
  std::string_view characters;
  base::Sentence<0> refusal;
};

// Characters as AWS has them.
constexpr std::array<Demand, 4> kDemands{{
    {"RequireLowercase", "abcdefghijklmnopqrstuvwxyz", error::kPasswordLacksLowercase},
    {"RequireUppercase", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", error::kPasswordLacksUppercase},
    {"RequireNumbers", "0123456789", error::kPasswordLacksNumber},
    {"RequireSymbols", "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+= ", error::kPasswordLacksSymbol},
}};

const json::object& PolicyOf(const Pool& pool) {
  static const json::object empty;
  const json::object* policies = ObjectMember(pool.description, "Policies");
  const json::object* policy =
      policies != nullptr ? ObjectMember(*policies, "PasswordPolicy") : nullptr;
  return policy != nullptr ? *policy : empty;
}

}  // namespace

base::Status CheckPassword(const Pool& pool, std::string_view password) {
  const json::object& policy = PolicyOf(pool);
  if (CountCharacters(password) < IntMember(policy, "MinimumLength", kDefaultLength)) {
    return error::kPasswordTooShort();
  }
  if (password.starts_with(' ') || password.ends_with(' ')) {
    return error::kPasswordHasOuterSpace();
  }
  for (const Demand& demand : kDemands) {
    if (!BoolMember(policy, demand.member, policy.empty())) continue;
    if (password.find_first_of(demand.characters) == std::string_view::npos) {
      return demand.refusal();
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
      std::max(kTemporaryLength,
               static_cast<size_t>(IntMember(PolicyOf(pool), "MinimumLength", kDefaultLength)));
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
  return static_cast<size_t>(
      std::max<int64_t>(0, IntMember(PolicyOf(pool), "PasswordHistorySize")));
}

int64_t TemporaryPasswordMillis(const Pool& pool) {
  const int64_t days = IntMember(PolicyOf(pool), "TemporaryPasswordValidityDays", 0);
  return (days > 0 ? days : kDefaultTemporaryDays) * kDayMillis;
}

}  // namespace sallyport::domain
