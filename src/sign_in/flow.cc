#include "sign_in/flow.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "domain/commit.h"
#include "domain/errors.h"
#include "domain/issue.h"
#include "domain/user.h"
#include "sign_in/hooks.h"
#include "sign_in/migration.h"
#include "sign_in/steps/step.h"

namespace sallyport::sign_in {
namespace {

// One step. It alone decides what comes next; the steps decide what is proved.
class Flow {
 public:
  explicit Flow(const Attempt& attempt) : attempt_(attempt) {}

  base::Result<Outcome> Run(std::unique_ptr<Step> step) {
    // 1. The input is whole, its session waits for it, the client has proved itself.
    SALLYPORT_TRY(step->Open(attempt_));
    // 2. The place of throttle and lock-out: before anything about the user is looked at.
    // 3. Where a sign-in begins, the functions that bring the user here, or refuse.
    const std::optional<Beginning> beginning = step->begins();
    if (beginning) SALLYPORT_TRY(CallBefore(*beginning));
    answers_ = !beginning;
    // 4. The proof.
    SALLYPORT_TRY(Commit(step->Spend(attempt_)));
    SALLYPORT_ASSIGN(Verdict verdict, step->Prove(attempt_));
    return Judge(std::move(verdict));
  }

 private:
  base::Result<Outcome> Judge(Verdict verdict) {
    if (auto* const refusal = std::get_if<Refusal>(&verdict)) {
      SALLYPORT_TRY(Commit(refusal->write));
      return std::move(refusal->error);
    }
    if (auto* const next = std::get_if<Next>(&verdict)) return Ask(std::move(*next), nullptr);
    if (auto* const srp = std::get_if<NextSrp>(&verdict)) {
      SALLYPORT_ASSIGN(
          Next next, SrpFor(attempt_, srp->name, srp->client_value, std::move(srp->custom_state)));
      return Ask(std::move(next), nullptr);
    }
    auto& proved = std::get<Proved>(verdict);
    if (proved.custom_state.empty()) return Continue(std::move(proved));
    SALLYPORT_TRY(Commit(std::exchange(proved.write, nullptr)));
    SALLYPORT_ASSIGN(verdict, ContinueCustom(std::move(proved))->Prove(attempt_));
    return Judge(std::move(verdict));
  }

  base::Result<Outcome> Continue(Proved proved) {
    // 5. The user may sign in.
    SALLYPORT_TRY(CheckStatus(proved));
    // 6. What is still to be proved or chosen: a second factor where the pool requires one, which
    // no step asks for yet. Who signs in without a password has none to change.
    const auto is_password = [](const domain::ProvedFactor& factor) {
      return factor.method == domain::kPasswordFactor;
    };
    const auto& factors = proved.factors;
    const bool by_password = std::any_of(factors.begin(), factors.end(), is_password);
    const bool by_nothing_else = std::all_of(factors.begin(), factors.end(), is_password);
    if (attempt_.pool->settings.mfa == domain::MfaMode::kOn && by_nothing_else) {
      return domain::error::kNoSecondFactor();  // docs/decisions/0027
    }
    if (proved.user.status == domain::kForceChangePassword && by_password && !proved.confirms) {
      SALLYPORT_ASSIGN(Next next, NewPasswordFor(attempt_, proved));
      return Ask(std::move(next), proved.write);
    }
    return Complete(std::move(proved));
  }

  base::Result<Outcome> Complete(Proved proved) {
    domain::SignIn sign_in{.pool = attempt_.pool,
                           .client = attempt_.client,
                           .user = std::move(proved.user),
                           .also = std::move(proved.write),
                           .peer = attempt_.peer,
                           .token_source = proved.token_source,
                           .factors = std::move(proved.factors)};
    if (answers_ && attempt_.metadata != nullptr) sign_in.client_metadata = *attempt_.metadata;
    // 7. After the proof: the function that may still refuse.
    SALLYPORT_TRY(domain::MayIssue(attempt_.services));
    SALLYPORT_TRY(CallPostAuthentication(attempt_, sign_in));
    // 8. The tokens, in one commit with whatever the steps write.
    SALLYPORT_ASSIGN(domain::Issued issued, domain::CompleteSignIn(attempt_.services, sign_in));
    return Outcome(std::move(issued));
  }

  base::Status CallBefore(const Beginning& beginning) {
    if (beginning.password != nullptr) {
      SALLYPORT_TRY(MigrateAtSignIn(attempt_, beginning.name, *beginning.password));
    }
    // After it: whom a function has just brought here, Pre Authentication may refuse, too.
    return CallPreAuthentication(attempt_, beginning.name);
  }

  static base::Status CheckStatus(const Proved& proved) {
    const domain::User& user = proved.user;
    if (!user.enabled) return domain::error::kUserDisabled();
    if (proved.confirms || user.status == domain::kConfirmed ||
        user.status == domain::kForceChangePassword) {
      return {};
    }
    if (user.status == domain::kUnconfirmed) return domain::error::kUserNotConfirmed();
    if (user.status == domain::kResetRequired) {
      return domain::error::kPasswordResetRequired();
    }
    return base::InternalError("sign-in of a user with status " + user.status);
  }

  // In one commit with what the proof wrote.
  base::Result<Outcome> Ask(Next next, const Write& proof) {
    const Write both = [&](store::Tx& tx, domain::User& unwritten) -> base::Status {
      if (proof) SALLYPORT_TRY(proof(tx, unwritten));
      return next.write ? next.write(tx, unwritten) : base::Status();
    };
    if (proof || next.write) SALLYPORT_TRY(Commit(both));
    return Outcome(std::move(next.challenge));
  }

  base::Status Commit(const Write& write) {
    if (!write) return {};
    return domain::Commit(attempt_.services, [&](store::Tx& tx) {
      domain::User unwritten;
      return write(tx, unwritten);
    });
  }

  const Attempt& attempt_;
  // The step answers a challenge: functions after the proof are told the call's metadata. AWS
  // passes those of a beginning to Pre Authentication alone.
  bool answers_ = false;
};

}  // namespace

base::Result<Outcome> Run(const Attempt& attempt, const Input& input) {
  return Flow(attempt).Run(std::visit([](const auto& given) { return MakeStep(given); }, input));
}

}  // namespace sallyport::sign_in
