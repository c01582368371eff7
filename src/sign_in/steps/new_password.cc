// NEW_PASSWORD_REQUIRED: the user has a temporary password and chooses one. The example in
// CONTRIBUTING.md of how a step is added.
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "domain/attributes.h"
#include "domain/challenge.h"
#include "domain/errors.h"
#include "domain/password.h"
#include "domain/password_policy.h"
#include "sign_in/steps/step.h"
#include "store/store.h"

namespace sallyport::sign_in {
namespace {

constexpr std::string_view kNewPasswordRequired = "NEW_PASSWORD_REQUIRED";

// AWS's sentence, whatever the number.
base::Error StillMissing(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : " and ") + name;
  return domain::error::kAttributeStillMissing(list);
}

class NewPasswordStep final : public Step {
 public:
  explicit NewPasswordStep(const GiveNewPassword& input) : input_(input) {}

  base::Status Open(const Attempt& attempt) override {
    SALLYPORT_TRY(CheckClient(attempt, {input_.name}));
    SALLYPORT_ASSIGN(challenge_, Challenged(attempt, attempt.services.store));
    SALLYPORT_ASSIGN(std::optional<domain::User> user,
                     domain::FindUser(attempt.services.store, *attempt.pool, input_.name));
    if (!user || user->sub != challenge_.sub ||
        user->password_version != challenge_.password_version ||
        user->status != domain::kForceChangePassword) {
      return domain::error::kInvalidSession();
    }
    if (!user->enabled) return domain::error::kUserDisabled();
    user_ = *std::move(user);
    return {};
  }

  base::Result<Verdict> Prove(const Attempt& attempt) override {
    // Before the hash, which costs more.
    SALLYPORT_TRY(domain::CheckPassword(*attempt.pool, input_.password));
    SALLYPORT_TRY(ApplyGivenAttributes(attempt));
    SALLYPORT_ASSIGN(
        const domain::PreparedPassword prepared,
        domain::PreparePassword(attempt.services, *attempt.pool, user_, input_.password));
    // An older version's challenge does not say what led to it: a password, always.
    if (challenge_.factors.empty()) {
      challenge_.factors = {{domain::kPasswordFactor, attempt.services.clock.WallSeconds()}};
    }
    const auto write = [this, &attempt, prepared](store::Tx& tx,
                                                  domain::User& present) -> base::Status {
      SALLYPORT_ASSIGN(domain::Challenge unused, Challenged(attempt, tx));
      unused.used = true;
      SALLYPORT_TRY(domain::PutChallenge(tx, input_.session, unused));
      domain::ApplyAttributes(present, input_.attributes);
      return domain::SetPassword(tx, *attempt.pool, present, prepared, domain::kConfirmed,
                                 attempt.services.clock.WallMillis());
    };
    return Verdict(Proved{.user = user_,
                          .factors = challenge_.factors,
                          .write = write,
                          .confirms = true,
                          .token_source = "TokenGeneration_NewPasswordChallenge"});
  }

 private:
  base::Result<domain::Challenge> Challenged(const Attempt& attempt, store::Reader& reader) const {
    return domain::GetChallenge(reader, attempt.services, input_.session, kNewPasswordRequired,
                                attempt.client->id);
  }

  base::Status ApplyGivenAttributes(const Attempt& attempt) {
    const domain::Attributes& given = input_.attributes;
    SALLYPORT_TRY(domain::CheckMayWrite(*attempt.client, given));
    SALLYPORT_TRY(domain::CheckChangedAttributes(*attempt.pool, given));
    for (const std::string_view name : {"email", "phone_number"}) {
      const auto found = given.find(name);
      if (found == given.end() || user_.Attribute(name).empty()) continue;
      return domain::error::kAttributeAlreadyProvided(name);
    }
    domain::ApplyAttributes(user_, given);
    const auto missing = domain::MissingAttributes(*attempt.pool, user_.attributes);
    if (!missing.empty()) return StillMissing(missing);
    return {};
  }

  const GiveNewPassword& input_;
  domain::Challenge challenge_;
  domain::User user_;
};

}  // namespace

std::unique_ptr<Step> MakeStep(const GiveNewPassword& input) {
  return std::make_unique<NewPasswordStep>(input);
}

base::Result<Next> NewPasswordFor(const Attempt& attempt, const Proved& proved) {
  const domain::User& user = proved.user;
  const int64_t now = attempt.services.clock.WallMillis();
  if (now >= user.password_millis + domain::TemporaryPasswordMillis(*attempt.pool)) {
    return domain::error::kTemporaryPasswordExpired();
  }
  domain::Challenge challenge{.name = std::string(kNewPasswordRequired),
                              .pool_id = attempt.pool->id,
                              .client_id = attempt.client->id,
                              .sub = user.sub,
                              .password_version = user.password_version,
                              .factors = proved.factors};
  domain::ExpireAfter(challenge, attempt.services, ChallengeMillis(*attempt.client));
  std::string session = domain::MakeSession();
  const auto write = [challenge, session](store::Tx& tx, domain::User&) {
    return domain::PutChallenge(tx, session, challenge);
  };
  return Next{AskNewPassword{.session = std::move(session),
                             .username = user.username,
                             .attributes = user.attributes,
                             .missing = domain::MissingAttributes(*attempt.pool, user.attributes)},
              write};
}

}  // namespace sallyport::sign_in
