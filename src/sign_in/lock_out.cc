#include "sign_in/lock_out.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error_codes.h"
#include "domain/users/user.h"
#include "store/store.h"

namespace sallyport::sign_in {
namespace {

bool IsOwnFault(const base::Error& error) {
  return error.code == base::code::kInternalError || store::IsDiskFull(error) ||
         error.code == base::code::kTooManyRequests;
}

// For a name that no user has, the session has a random sub that no user has.
base::Result<std::optional<std::string>> SubOfSession(store::Reader& reader,
                                                      const domain::Pool& pool,
                                                      const std::string& sub) {
  SALLYPORT_ASSIGN(const auto anchor, reader.Get(domain::UserKey(pool.id, sub)));
  return anchor ? std::optional(sub) : std::nullopt;
}

// nullopt where no user has the name and the client does not hide that: then nothing is counted.
std::optional<domain::GuessSubject> SubjectOf(const Attempt& attempt, const Progress& progress) {
  const std::string& pool_id = attempt.pool->id;
  if (progress.user) return domain::GuessSubjectOf(pool_id, progress.user->sub);
  if (!attempt.client->settings.prevent_user_existence_errors) return std::nullopt;
  return domain::UnknownGuessSubject(attempt.services, pool_id, progress.user_id);
}

}  // namespace

Judged<LockOut> LockOut::Ask(const Attempt& attempt, store::Reader& reader, std::string_view name,
                             const Progress& progress) {
  const domain::Services& services = attempt.services;
  const domain::Pool& pool = *attempt.pool;
  SALLYPORT_ASSIGN(const std::optional<std::string> sub,
                   progress.sub.empty() ? domain::FindSub(reader, pool, name)
                                        : SubOfSession(reader, pool, progress.sub));
  const std::string user_id =
      progress.user_id.empty() ? UserIdOf(attempt, nullptr, name) : progress.user_id;
  // Also made for a user, because it takes time.
  domain::GuessSubject unknown = domain::UnknownGuessSubject(services, pool.id, user_id);
  LockOut lock_out(services, sub ? domain::GuessSubjectOf(pool.id, *sub) : std::move(unknown));
  SALLYPORT_TRY(services.password_looks.CheckNotLockedOut(services, reader, lock_out.subject_));
  return lock_out;
}

Judged<void> LockOut::ReserveForFunction() {
  SALLYPORT_ASSIGN(look_, services_->password_looks.ReserveForFunction(*services_, subject_));
  return {};
}

Refusal LockOut::RefusedByFunction(Refusal refusal, bool looked) {
  if (look_ && looked && !IsOwnFault(refusal.error)) {
    base::Status noted = look_.Wrong();
    if (!noted) refusal = Refusal(std::move(noted).error());
  }
  look_ = {};
  return refusal;
}

Judged<ProofLook> ProofLook::Reserve(const Attempt& attempt, store::Reader& reader,
                                     const Progress& progress) {
  const std::optional<domain::GuessSubject> subject = SubjectOf(attempt, progress);
  if (!subject) return ProofLook({});
  const domain::Services& services = attempt.services;
  SALLYPORT_ASSIGN(domain::PasswordLook look,
                   services.password_looks.Reserve(services, reader, *subject));
  return ProofLook(std::move(look));
}

ProofLook ProofLook::AtOnce(const Attempt& attempt, const Progress& progress) {
  const std::optional<domain::GuessSubject> subject = SubjectOf(attempt, progress);
  if (!subject) return ProofLook({});
  return ProofLook(attempt.services.password_looks.AtOnce(attempt.services, *subject));
}

Judged<void> ProofLook::Right(Progress& proved, bool commit_decides) {
  if (look_ && commit_decides) {
    SALLYPORT_ASSIGN(proved.look, look_.RightSoFar());
    if (!proved.look) proved.guesses = look_.guesses();
  } else if (look_) {
    SALLYPORT_TRY(look_.Right());
    proved.guesses = look_.guesses();
  }
  look_ = {};
  return {};
}

Refusal ProofLook::Refused(Refusal refusal) {
  if (look_ && refusal.reason == Reason::kWrongProof) {
    base::Status noted = look_.Wrong();
    if (!noted) refusal = Refusal(std::move(noted).error());
  }
  look_ = {};
  return refusal;
}

Judged<void> ClearLockOut(const Attempt& attempt, Progress& proved) {
  const auto& factors = proved.factors;
  const bool by_password = std::any_of(factors.begin(), factors.end(), [](const auto& factor) {
    return factor.method == domain::kPasswordFactor;
  });
  if (!by_password) return {};
  const domain::Services& services = attempt.services;
  const domain::GuessSubject subject = domain::GuessSubjectOf(attempt.pool->id, proved.user->sub);
  if (proved.look) {
    proved.change = [change = std::move(proved.change), look = proved.look](
                        store::Tx& tx, domain::User& user) -> base::Status {
      SALLYPORT_TRY(look->Accept(tx));
      return change ? change(tx, user) : base::Status();
    };
    return {};
  }
  domain::PasswordGuesses guesses;
  if (proved.guesses) {
    guesses = *proved.guesses;
  } else {
    SALLYPORT_ASSIGN(guesses, domain::ReadPasswordGuesses(services.store, services, subject));
  }
  if (guesses.wrong == 0) return {};
  proved.change = [change = std::move(proved.change), subject, guesses, &services](
                      store::Tx& tx, domain::User& user) -> base::Status {
    // A function of the pool may have taken seconds; guesses that were made meanwhile remain
    // counted.
    SALLYPORT_ASSIGN(const domain::PasswordGuesses present,
                     domain::ReadPasswordGuesses(tx, services, subject));
    if (present == guesses) {
      SALLYPORT_TRY(domain::ClearPasswordGuesses(tx, subject.pool_id, subject.subject));
    }
    return change ? change(tx, user) : base::Status();
  };
  return {};
}

}  // namespace sallyport::sign_in
