// The user has a temporary password and chooses a new one. CONTRIBUTING.md uses this file as the
// example of how to add a step.
#include <string>
#include <utility>
#include <vector>

#include "domain/credentials/password.h"
#include "domain/credentials/password_policy.h"
#include "domain/errors.h"
#include "domain/users/attributes.h"
#include "sign_in/steps/step.h"

namespace sallyport::sign_in {
namespace {

// AWS's sentence is the same for one attribute and for several.
base::Error StillMissing(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : " and ") + name;
  return domain::error::kAttributeStillMissing(list);
}

// The user must not use this step to replace an address that somebody else has verified.
base::Status CheckNotProvided(const domain::User& user, const domain::Attributes& given) {
  for (const std::string_view name : {"email", "phone_number"}) {
    if (given.contains(name) && !user.Attribute(name).empty()) {
      return domain::error::kAttributeAlreadyProvided(name);
    }
  }
  return {};
}

base::Status CheckAttributes(const Attempt& attempt, const domain::User& user,
                             const domain::Attributes& given) {
  SALLYPORT_TRY(domain::CheckMayWrite(*attempt.client, given));
  SALLYPORT_TRY(domain::CheckChangedAttributes(*attempt.pool, given));
  return CheckNotProvided(user, given);
}

}  // namespace

Judged<Ask> AskForNewPassword(const Attempt& attempt, Progress progress) {
  const domain::User& user = *progress.user;
  const int64_t now = attempt.services.clock.WallMillis();
  if (now >= user.password_millis + domain::TemporaryPasswordMillis(*attempt.pool)) {
    return Refuse(Reason::kExpiredPassword);
  }
  AskNewPassword asked{.session = {},
                       .username = user.username,
                       .attributes = user.attributes,
                       .missing = domain::MissingAttributes(*attempt.pool, user.attributes)};
  return Ask{std::move(asked), std::move(progress)};
}

Judged<Verdict> ChooseNewPassword(const Attempt& attempt, const GiveNewPassword& given,
                                  Progress progress) {
  domain::User& user = *progress.user;
  if (user.status != domain::kForceChangePassword) return Refuse(Reason::kInvalidSession);
  if (!user.enabled) return Refuse(Reason::kDisabled);
  // Checked before hashing, which costs more.
  base::Status fits = domain::CheckPassword(*attempt.pool, given.password);
  if (fits) fits = CheckAttributes(attempt, user, given.attributes);
  if (!fits) return Unacceptable(std::move(fits).error());
  domain::ApplyAttributes(user, given.attributes);
  const auto missing = domain::MissingAttributes(*attempt.pool, user.attributes);
  if (!missing.empty()) return Unacceptable(StillMissing(missing));
  auto prepared = domain::PreparePassword(attempt.services, *attempt.pool, user, given.password);
  if (!prepared) return Unacceptable(std::move(prepared).error());
  progress.change = [&attempt, prepared = *std::move(prepared), attributes = given.attributes](
                        store::Tx& tx, domain::User& present) -> base::Status {
    SALLYPORT_TRY(CheckNotProvided(present, attributes));
    domain::ApplyAttributes(present, attributes);
    return domain::SetPassword(tx, *attempt.pool, present, prepared, domain::kConfirmed,
                               attempt.services.clock.WallMillis());
  };
  progress.confirms = true;
  progress.token_source = "TokenGeneration_NewPasswordChallenge";
  return Proved{std::move(progress)};
}

}  // namespace sallyport::sign_in
