#include "sign_in/flow.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>

#include "base/random.h"
#include "domain/clients/secret_hash.h"
#include "domain/credentials/shared_looks.h"
#include "domain/hooks/hook.h"
#include "domain/records/commit.h"
#include "domain/tokens/issue.h"
#include "domain/tokens/time_to_issue.h"
#include "domain/users/user.h"
#include "sign_in/challenge_session.h"
#include "sign_in/hooks.h"
#include "sign_in/lock_out.h"
#include "sign_in/migration.h"
#include "sign_in/reads.h"
#include "sign_in/steps/step.h"
#include "store/remembering.h"

namespace sallyport::sign_in {
namespace {

// When the session of an answer is used up.
enum class Spend {
  kBeforeProof,  // the answer can be guessed, and a session may be used for one guess only
  kOnceProved,   // the answer cannot be guessed, and may be given again if it is not acceptable
};

// What a step has to do with passwords, and so with the lock-out.
enum class Password {
  kIsNotAsked,
  kComesLater,  // it comes in another step: callers who are locked out are refused
  // it is hashed, in Lane::kHash, so it is reserved before, and may have to wait for others
  kIsGiven,
  kIsProvedAtOnce,  // it is proved without a hash, in any lane, so only a wrong proof is counted
};

template <typename Given>
struct Row {
  Judged<Verdict> (*prove)(const Attempt& attempt, const Given& given, Progress progress);
  Password password;
  Spend spend = Spend::kBeforeProof;
  // Checks the input itself, whoever gives it. Does not use up anything.
  Judged<void> (*check)(const Attempt& attempt, const Given& given) = nullptr;
  // The step itself reports that the user does not exist, in a time that does not reveal it.
  bool tells_of_nobody = false;
};

// ---- The steps, one for each type of Input.
constexpr std::tuple kSteps{
    Row<GivePassword>{
        .prove = ProvePassword, .password = Password::kIsGiven, .tells_of_nobody = true},
    Row<BeginSrp>{.prove = BeginBySrp, .password = Password::kComesLater},
    Row<ProveSrp>{.prove = ProveBySrp, .password = Password::kIsProvedAtOnce, .check = CheckFresh},
    // If it has SRP's A, the password comes later (AskLockOut).
    Row<BeginCustom>{
        .prove = BeginByFunctions, .password = Password::kIsNotAsked, .check = CheckHasFunctions},
    Row<AnswerCustom>{.prove = AnswerToFunctions, .password = Password::kIsNotAsked},
    Row<GiveNewPassword>{
        .prove = ChooseNewPassword, .password = Password::kComesLater, .spend = Spend::kOnceProved},
};

template <typename Given>
concept AnswersChallenge = requires {
  typename Given::Answers;
};

// Runs one call. Only this class decides what comes next; the steps decide what is proved.
class Flow {
 public:
  Flow(const Attempt& attempt, const Terms& terms)
      : attempt_(attempt),
        terms_(terms),
        reader_(attempt.begun != nullptr ? *attempt.begun : own_.emplace(attempt.services.store)) {}

  template <typename Given>
  Judged<Outcome> Run(const Given& given) {
    const Row<Given>& step = std::get<Row<Given>>(kSteps);
    // 1. The session must be waiting for this answer, and the client must prove itself.
    SALLYPORT_ASSIGN(ChallengeSession session, Open(given));
    SALLYPORT_TRY(CheckClient(given.name, session.progress));
    if (step.check != nullptr) SALLYPORT_TRY(step.check(attempt_, given));
    // 2. The lock-out, before anything about the user is told or a function is called.
    SALLYPORT_ASSIGN(std::optional<LockOut> lock_out, AskLockOut(given, session.progress));
    // 3. At the beginning of a sign-in: functions that fetch the user from elsewhere, or refuse.
    if constexpr (!AnswersChallenge<Given>) SALLYPORT_TRY(CallBefore(given, lock_out));
    // 4. Finds the user. That of a session must be the same as before, with the same password.
    SALLYPORT_ASSIGN(Progress progress, Bind(given, session));
    // 5. The proof. Of several answers to one session, only one is looked at.
    if (AnswersChallenge<Given> && step.spend == Spend::kBeforeProof) {
      SALLYPORT_TRY(SpendChallengeSession(attempt_, session));
    }
    SALLYPORT_ASSIGN(Verdict verdict, Prove(given, std::move(progress)));
    auto* const proved = std::get_if<Proved>(&verdict);
    const std::shared_ptr<domain::SharedLook> look =
        proved != nullptr ? proved->progress.look : nullptr;
    Judged<Outcome> outcome = GoOn<Given>(session, std::move(verdict));
    if (!look) return outcome;
    // The commit that completes the sign-in was to decide about the password. Where it has failed,
    // or there was none, that is decided before anything is told.
    if (outcome && std::holds_alternative<Complete>(*outcome)) {
      look->NoteAccepted();
    } else {
      SALLYPORT_TRY(look->JudgeRefused());
    }
    return outcome;
  }

 private:
  // What follows the proof.
  template <typename Given>
  Judged<Outcome> GoOn(ChallengeSession& session, Verdict verdict) {
    if (AnswersChallenge<Given> && std::get<Row<Given>>(kSteps).spend == Spend::kOnceProved)
      SALLYPORT_TRY(SpendChallengeSession(attempt_, session));
    // 6. If this was part of another step's proof, that step continues. It may ask for another
    //    part.
    std::string resume;
    SALLYPORT_ASSIGN(verdict, Combine(std::move(verdict), session, resume));
    if (auto* ask = std::get_if<Ask>(&verdict)) return Put(std::move(*ask), std::move(resume));
    Progress& proved = std::get<Proved>(verdict).progress;
    // 7. Whether the user may sign in.
    SALLYPORT_TRY(CheckStatus(proved));
    // 8. What still has to be proved or chosen.
    SALLYPORT_ASSIGN(std::optional<Ask> more, MoreOf(proved));
    if (more) return Put(*std::move(more), {});
    // 9. After the proof: a function that may still refuse.
    SALLYPORT_TRY(domain::MayIssue(attempt_.services));
    SALLYPORT_TRY(ClearLockOut(attempt_, proved));
    const domain::SignIn sign_in = WholeOf(std::move(proved), AnswersChallenge<Given>);
    SALLYPORT_TRY(CallPostAuthentication(attempt_, sign_in));
    // 10. The result, in one commit with the changes that the proof makes.
    SALLYPORT_TRY(terms_.ending.Complete(attempt_.services, sign_in));
    return Complete{};
  }

  template <typename Given>
  Judged<ChallengeSession> Open([[maybe_unused]] const Given& given) const {
    if constexpr (AnswersChallenge<Given>) {
      return OpenChallengeSession(attempt_, Given::Answers::kWaiting, given.session);
    } else {
      return ChallengeSession();
    }
  }

  // SDKs compute the hash over the name that was typed, at the beginning or now, or over the name
  // that they got with the challenge.
  Judged<void> CheckClient(std::string_view name, const Progress& progress) const {
    if (terms_.ending.client_proves_itself_later()) return {};
    base::Status proved =
        domain::CheckSecretHash(attempt_.services.vault, *attempt_.client, terms_.secret_hash,
                                {name, progress.user_id, progress.name});
    if (!proved) return Refusal(Reason::kWrongClient, std::move(proved).error());
    return {};
  }

  // nullopt: no password is proved.
  template <typename Given>
  Judged<std::optional<LockOut>> AskLockOut(const Given& given, const Progress& progress) const {
    bool asked = std::get<Row<Given>>(kSteps).password != Password::kIsNotAsked;
    if constexpr (requires { given.client_value.has_value(); }) {
      asked = given.client_value.has_value();
    }
    if (!asked) return std::optional<LockOut>();
    SALLYPORT_ASSIGN(LockOut lock_out, LockOut::Ask(attempt_, reader_, given.name, progress));
    return std::optional(std::move(lock_out));
  }

  template <typename Given>
  Judged<void> CallBefore(const Given& given, std::optional<LockOut>& lock_out) const {
    // A password of another directory can be checked only where it was typed.
    if constexpr (std::get<Row<Given>>(kSteps).password == Password::kIsGiven) {
      SALLYPORT_TRY(Migrate(given, *lock_out));
    }
    // Called afterwards, because Pre Authentication may refuse a user whom a function has just
    // fetched, too.
    SALLYPORT_TRY(CallPreAuthentication(attempt_, given.name));
    // Functions may have taken seconds, and may have changed the user.
    const domain::Pool& pool = *attempt_.pool;
    if (domain::HookFunctionOf(pool, domain::Trigger::kPreAuthentication) ||
        domain::HookFunctionOf(pool, domain::Trigger::kUserMigration)) {
      reader_.Forget();
    }
    return {};
  }

  Judged<void> Migrate(const GivePassword& given, LockOut& lock_out) const {
    if (lock_out.known() || !MigratesAtSignIn(attempt_)) return {};
    // The function may take seconds. Other guesses are refused meanwhile, and do not wait.
    SALLYPORT_TRY(lock_out.ReserveForFunction());
    bool looked = false;
    base::Status migrated = MigrateAtSignIn(attempt_, given.name, given.password, looked);
    if (!migrated) return lock_out.RefusedByFunction(std::move(migrated).error(), looked);
    lock_out.LetGo();
    return {};
  }

  template <typename Given>
  Judged<Verdict> Prove(const Given& given, Progress progress) const {
    constexpr const Row<Given>& step = std::get<Row<Given>>(kSteps);
    if constexpr (step.password == Password::kIsGiven) {
      ahead_ = ExpectAfterReservation(attempt_, progress);
      SALLYPORT_ASSIGN(ProofLook look, ProofLook::Reserve(attempt_, reader_, progress));
      return Judge(step.prove(attempt_, given, std::move(progress)), look);
    } else if constexpr (step.password == Password::kIsProvedAtOnce) {
      ProofLook look = ProofLook::AtOnce(attempt_, progress);
      return Judge(step.prove(attempt_, given, std::move(progress)), look);
    } else {
      return step.prove(attempt_, given, std::move(progress));
    }
  }

  Judged<Verdict> Judge(Judged<Verdict> verdict, ProofLook& look) const {
    if (!verdict) {
      ahead_ = ExpectAfterProof(attempt_, nullptr);
      return look.Refused(std::move(verdict).error());
    }
    auto* const proved = std::get_if<Proved>(&*verdict);
    Progress unfinished;
    Progress& progress = proved != nullptr ? proved->progress : unfinished;
    const bool commits = proved != nullptr && CommitsNext(progress);
    // Where that commit decides, what follows was read with the look's reservation.
    if (!commits || !domain::SharesLooks(attempt_.services)) {
      ahead_ = ExpectAfterProof(attempt_, &progress);
    }
    SALLYPORT_TRY(look.Right(progress, commits));
    return verdict;
  }

  // Whether nothing that anybody could notice comes between a proved password and the commit that
  // completes the sign-in: no refusal, no challenge, and no function of the pool.
  bool CommitsNext(const Progress& proved) const {
    const domain::PoolSettings& settings = attempt_.pool->settings;
    const bool calls = std::any_of(settings.hook_functions.begin(), settings.hook_functions.end(),
                                   [](const auto& function) { return bool{function}; });
    return terms_.ending.commits_at_once() && !calls && settings.mfa != domain::MfaMode::kOn &&
           proved.user && proved.user->enabled && proved.user->status == domain::kConfirmed;
  }

  template <typename Given>
  Judged<Progress> Bind(const Given& given,
                        [[maybe_unused]] const ChallengeSession& session) const {
    if constexpr (AnswersChallenge<Given>) {
      return BindSession(given.name, session);
    } else {
      Progress progress;
      progress.name = given.name;
      SALLYPORT_ASSIGN(progress.user, domain::FindUser(reader_, *attempt_.pool, given.name));
      const bool hidden = attempt_.client->settings.prevent_user_existence_errors ||
                          std::get<Row<Given>>(kSteps).tells_of_nobody;
      if (!progress.user && !hidden) return Refuse(Reason::kNoSuchUser);
      const domain::User* user = progress.user ? &*progress.user : nullptr;
      progress.sub = user != nullptr ? user->sub : base::RandomUuid();
      progress.user_id = UserIdOf(attempt_, user, given.name);
      return progress;
    }
  }

  Judged<Progress> BindSession(std::string_view name, const ChallengeSession& session) const {
    Progress progress = session.progress;
    SALLYPORT_ASSIGN(progress.user, domain::GetUser(reader_, attempt_.pool->id, progress.sub));
    SALLYPORT_ASSIGN(const bool named, IsNameOf(name, progress));
    const bool same = progress.user && progress.user->password_version == session.password_version;
    if (same && named) return progress;
    // A session that the client carries must not reveal anything about its user, so the answer is
    // simply wrong.
    if (session.waiting.carried) {
      progress.user.reset();
      return progress;
    }
    const bool hidden =
        session.waiting.by_anybody && attempt_.client->settings.prevent_user_existence_errors;
    if (named && hidden && !progress.user) return progress;
    return Refuse(Reason::kInvalidSession, !named           ? "the answer names another user"
                                           : !progress.user ? "the user is gone"
                                                            : "the password has changed meanwhile");
  }

  // Whether the session's user may be called by this name.
  base::Result<bool> IsNameOf(std::string_view name, const Progress& progress) const {
    const domain::Pool& pool = *attempt_.pool;
    const std::string normalised = domain::Normalised(pool, name);
    if (!progress.user_id.empty() && normalised == domain::Normalised(pool, progress.user_id)) {
      return true;
    }
    if (!progress.name.empty() && normalised == domain::Normalised(pool, progress.name)) {
      return true;
    }
    SALLYPORT_ASSIGN(const std::optional<domain::User> named,
                     domain::FindUser(reader_, pool, name));
    return named && named->sub == progress.sub;
  }

  // A custom flow may require a proof of the password by SRP. Sets what its answer resumes.
  Judged<Verdict> Combine(Verdict verdict, const ChallengeSession& session,
                          std::string& resume) const {
    auto* const proved = std::get_if<Proved>(&verdict);
    if (proved != nullptr && !session.resume.empty()) {
      SALLYPORT_ASSIGN(Progress whole,
                       ParseProgress(session.resume, MadeSeconds(attempt_, session)));
      Progress& part = proved->progress;
      // In an older version the two may be different users, if the name had been given to another.
      if (whole.sub != part.sub) return Refuse(Reason::kWrongProof);
      whole.user = std::move(part.user);
      whole.change = std::move(part.change);
      whole.look = std::move(part.look);
      whole.factors.insert(whole.factors.end(), part.factors.begin(), part.factors.end());
      SALLYPORT_ASSIGN(verdict, GoOnByFunctions(attempt_, std::move(whole)));
    }
    if (auto* const first = std::get_if<AskPasswordFirst>(&verdict)) {
      resume = ProgressText(first->progress);
      const std::string client_value = std::move(first->client_value);
      const std::string name = first->progress.name;
      Progress part = std::move(first->progress);
      part.factors.clear();  // they are in the part that is resumed
      SALLYPORT_ASSIGN(verdict, BeginBySrp(attempt_, {name, client_value}, std::move(part)));
    }
    return verdict;
  }

  Judged<void> CheckStatus(const Progress& proved) const {
    const domain::User& user = *proved.user;
    if (!user.enabled) return Refuse(Reason::kDisabled);
    if (proved.confirms || user.status == domain::kConfirmed ||
        user.status == domain::kForceChangePassword) {
      return {};
    }
    if (user.status == domain::kUnconfirmed) return Refuse(Reason::kNotConfirmed);
    if (user.status == domain::kResetRequired) return Refuse(Reason::kResetRequired);
    return base::InternalError("sign-in of a user with status " + user.status);
  }

  // The challenges that follow a proof, in the order in which they are asked.
  Judged<std::optional<Ask>> MoreOf(Progress& proved) const {
    // This belongs to the step, which is over.
    proved.state.clear();
    proved.carried.clear();
    const auto is_password = [](const domain::ProvedFactor& factor) {
      return factor.method == domain::kPasswordFactor;
    };
    const auto& factors = proved.factors;
    const bool by_password = std::any_of(factors.begin(), factors.end(), is_password);
    const bool by_nothing_else = std::all_of(factors.begin(), factors.end(), is_password);
    // No step can ask for the second factor that such a pool requires (docs/decisions/0028).
    if (attempt_.pool->settings.mfa == domain::MfaMode::kOn && by_nothing_else) {
      return Refuse(Reason::kNoSecondFactor);
    }
    // A user who signs in without a password has none to change.
    if (proved.user->status == domain::kForceChangePassword && by_password && !proved.confirms) {
      SALLYPORT_ASSIGN(Ask ask, AskForNewPassword(attempt_, std::move(proved)));
      return std::optional(std::move(ask));
    }
    return std::optional<Ask>();
  }

  // In one commit with the changes that the proof makes to the user, whose password then has
  // another version.
  Judged<Outcome> Put(Ask ask, std::string resume) const {
    const Waiting& waiting = std::visit(
        [](const auto& asked) -> const Waiting& { return asked.kWaiting; }, ask.challenge);
    ChallengeSession session =
        MakeChallengeSession(attempt_, waiting, std::move(ask.progress), std::move(resume));
    const domain::UserChange& change = session.progress.change;
    if (change || !waiting.carried) {
      SALLYPORT_TRY(domain::Commit(attempt_.services, [&](store::Tx& tx) -> base::Status {
        if (change) {
          SALLYPORT_ASSIGN(const domain::User present,
                           domain::WriteProof(tx, *attempt_.pool, *session.progress.user, change));
          session.password_version = present.password_version;
        }
        return waiting.carried ? base::Status() : KeepChallengeSession(tx, attempt_, session);
      }));
    }
    if (waiting.carried) session.text = SealChallengeSession(attempt_, session);
    std::visit([&](auto& asked) { asked.session = std::move(session.text); }, ask.challenge);
    return std::move(ask.challenge);
  }

  domain::SignIn WholeOf(Progress proved, bool answers) {
    token_source_ = std::move(proved.token_source);
    domain::SignIn whole{.pool = attempt_.pool,
                         .client = attempt_.client,
                         .user = *std::move(proved.user),
                         .change = std::move(proved.change),
                         .context = attempt_.context,
                         .token_source = token_source_,
                         .factors = std::move(proved.factors)};
    // AWS passes the metadata of a beginning to Pre Authentication only.
    if (answers && attempt_.metadata != nullptr) whole.client_metadata = *attempt_.metadata;
    return whole;
  }

  const Attempt& attempt_;
  const Terms& terms_;
  // Attempt::begun.
  std::optional<store::Remembering> own_;
  store::Remembering& reader_;
  mutable store::Expecting ahead_;
  std::string token_source_;
};

}  // namespace

Judged<Outcome> Run(const Attempt& attempt, const Terms& terms, const Input& input) {
  Flow flow(attempt, terms);
  return std::visit([&](const auto& given) { return flow.Run(given); }, input);
}

}  // namespace sallyport::sign_in
