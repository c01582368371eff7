// Proves the password as it was typed.
#include "domain/credentials/password.h"

#include <optional>
#include <utility>

#include "domain/credentials/password_hasher.h"
#include "sign_in/steps/step.h"

namespace sallyport::sign_in {

Judged<void> CheckHasPassword(const Attempt& attempt, const Progress& progress) {
  const std::optional<domain::User>& user = progress.user;
  const bool none = user && user->enabled && user->password_hash.empty() &&
                    user->status == domain::kResetRequired;
  if (!none || attempt.client->settings.prevent_user_existence_errors) return {};
  return Refuse(Reason::kResetRequired, "the user has no password");
}

// Exactly one hash is computed whatever is wrong, so that the time reveals nothing.
Judged<Verdict> ProvePassword(const Attempt& attempt, const GivePassword& given,
                              Progress progress) {
  const domain::Services& services = attempt.services;
  const std::optional<domain::User>& user = progress.user;
  const bool right = user && !user->password_hash.empty()
                         ? services.passwords.Verify(user->password_hash, given.password)
                         : services.passwords.VerifyNothing(given.password);
  if (!user && !attempt.client->settings.prevent_user_existence_errors)
    return Refuse(Reason::kNoSuchUser);
  SALLYPORT_TRY(CheckHasPassword(attempt, progress));
  if (!right) return Refuse(Reason::kWrongProof);
  progress.factors.push_back({domain::kPasswordFactor, services.clock.WallSeconds()});
  SALLYPORT_ASSIGN(std::optional<domain::PasswordUpgrade> upgrade,
                   domain::PreparePasswordUpgrade(services, *attempt.pool, *user, given.password));
  if (upgrade) {
    progress.change = [upgrade = *std::move(upgrade)](store::Tx& tx, domain::User& present) {
      return domain::UpgradePassword(tx, present, upgrade);
    };
  }
  return Proved{std::move(progress)};
}

}  // namespace sallyport::sign_in
