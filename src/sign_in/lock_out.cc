#include "sign_in/lock_out.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error_codes.h"
#include "domain/user.h"
#include "store/store.h"

namespace sallyport::sign_in {
namespace {

bool IsOwnFault(const base::Error& error) {
  return error.code == base::code::kInternalError || store::IsDiskFull(error) ||
         error.code == base::code::kTooManyRequests;
}

// Of a name that no user has, the session's sub is nobody's.
base::Result<std::optional<std::string>> SubOfSession(store::Reader& reader,
                                                      const domain::Pool& pool,
                                                      const std::string& sub) {
  SALLYPORT_ASSIGN(const auto anchor, reader.Get(domain::UserKey(pool.id, sub)));
  return anchor ? std::optional(sub) : std::nullopt;
}

}  // namespace

Judged<LockOut> LockOut::Ask(const Attempt& attempt, std::string_view name,
                             const Progress& progress) {
  const domain::Services& services = attempt.services;
  const domain::Pool& pool = *attempt.pool;
  SALLYPORT_ASSIGN(const std::optional<std::string> sub,
                   progress.sub.empty() ? domain::FindSub(services.store, pool, name)
                                        : SubOfSession(services.store, pool, progress.sub));
  const std::string user_id =
      progress.user_id.empty() ? UserIdOf(attempt, nullptr, name) : progress.user_id;
  // Made for a user, too: it takes its time.
  domain::GuessSubject unknown = domain::UnknownGuessSubject(services, pool.id, user_id);
  LockOut lock_out(services, sub ? domain::GuessSubjectOf(pool.id, *sub) : std::move(unknown));
  SALLYPORT_ASSIGN(const domain::PasswordGuesses guesses,
                   domain::ReadPasswordGuesses(services.store, services, lock_out.subject_));
  SALLYPORT_TRY(domain::CheckNotLockedOut(guesses, services));
  return lock_out;
}

Judged<void> LockOut::Reserve(domain::Patience patience) {
  if (look_) return {};
  SALLYPORT_ASSIGN(look_, services_->password_looks->Reserve(*services_, subject_, patience));
  return {};
}

Refusal LockOut::Refused(Refusal refusal, bool by_function) {
  const bool wrong =
      refusal.reason == Reason::kWrongProof || (by_function && !IsOwnFault(refusal.error));
  if (look_ && wrong) {
    base::Status noted = domain::CommitWrongPassword(*services_, subject_);
    // What is not noted is not told either: it would be a look for nothing.
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
  SALLYPORT_ASSIGN(const domain::PasswordGuesses guesses,
                   domain::ReadPasswordGuesses(services.store, services, subject));
  if (guesses.wrong == 0) return {};
  proved.change = [change = std::move(proved.change), subject](store::Tx& tx,
                                                               domain::User& user) -> base::Status {
    SALLYPORT_TRY(domain::ClearPasswordGuesses(tx, subject.pool_id, subject.subject));
    return change ? change(tx, user) : base::Status();
  };
  return {};
}

}  // namespace sallyport::sign_in
