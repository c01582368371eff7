#include "sign_in/attempt.h"

#include <string>

#include "base/encoding.h"
#include "domain/credentials/password.h"
#include "domain/keys/vault.h"
#include "domain/users/user.h"

namespace sallyport::sign_in {
namespace {

constexpr int64_t kMinuteMillis = 60'000;

// Makes a UUID from the first 16 bytes of `mac`.
std::string UuidOf(std::string_view mac) {
  std::string hex = base::HexEncode(base::AsBytes(mac.substr(0, 16)));
  hex[12] = '4';
  hex[16] = '8';
  for (const size_t dash : {8, 13, 18, 23}) hex.insert(dash, 1, '-');
  return hex;
}

std::string DecoyUserId(const Attempt& attempt, std::string_view name) {
  const domain::Pool& pool = *attempt.pool;
  std::string normalised = domain::Normalised(pool, name);
  const bool is_alias =
      name.find('@') != std::string_view::npos || (!name.empty() && name.front() == '+');
  const bool other = !pool.settings.username_attributes.none() ||
                     (!pool.settings.alias_attributes.none() && is_alias);
  if (!other) return normalised;
  return UuidOf(attempt.services.vault.Mac("srp user id", pool.id + "/" + normalised));
}

}  // namespace

int64_t ChallengeMillis(const domain::Client& client) {
  return kMinuteMillis * client.settings.challenge_minutes;
}

std::string UserIdOf(const Attempt& attempt, const domain::User* user, std::string_view name) {
  return user != nullptr ? domain::SrpUserId(*attempt.pool, *user) : DecoyUserId(attempt, name);
}

}  // namespace sallyport::sign_in
