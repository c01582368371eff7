// The password, as typed.
#include "domain/password.h"

#include <optional>
#include <utility>

#include "domain/errors.h"
#include "domain/password_hasher.h"
#include "sign_in/steps/step.h"
#include "store/store.h"

namespace sallyport::sign_in {
namespace {

class PasswordStep final : public Step {
 public:
  explicit PasswordStep(const GivePassword& input) : input_(input) {}

  base::Status Open(const Attempt& attempt) override { return CheckClient(attempt, {input_.name}); }
  std::optional<Beginning> begins() const override {
    return Beginning{input_.name, &input_.password};
  }

  // One hash is computed whatever is wrong, so that the time does not tell.
  base::Result<Verdict> Prove(const Attempt& attempt) override {
    const domain::Services& services = attempt.services;
    SALLYPORT_ASSIGN(std::optional<domain::User> user,
                     domain::FindUser(services.store, *attempt.pool, input_.name));
    const bool right = user && !user->password_hash.empty()
                           ? services.passwords.Verify(user->password_hash, input_.password)
                           : services.passwords.VerifyNothing(input_.password);
    if (!user && !attempt.client->settings.prevent_user_existence_errors)
      return domain::error::kNoSuchUser();
    if (!right) return domain::error::kIncorrectUsernameOrPassword();
    SALLYPORT_TRY(domain::EnsureSrpVerifier(services, *attempt.pool, *user, input_.password));
    return Verdict(Proved{.user = *std::move(user),
                          .factors = {{domain::kPasswordFactor, services.clock.WallSeconds()}}});
  }

 private:
  const GivePassword& input_;
};

}  // namespace

std::unique_ptr<Step> MakeStep(const GivePassword& input) {
  return std::make_unique<PasswordStep>(input);
}

}  // namespace sallyport::sign_in
