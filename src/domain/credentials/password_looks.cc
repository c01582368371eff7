#include "domain/credentials/password_looks.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include "base/log.h"
#include "domain/errors.h"
#include "domain/records/commit.h"
#include "domain/services.h"
#include "domain/users/user.h"
#include "store/store.h"

namespace sallyport::domain {
namespace {

// A look takes a hash and a commit. Only an overloaded server needs longer than this.
constexpr auto kLongestWait = std::chrono::seconds(10);
constexpr int64_t kMostWaitingOfSubject = 2;
// How many subjects are remembered in each shard, at a few hundred bytes each.
constexpr size_t kMostSubjects = 1'024;

PasswordGuesses Together(const PasswordGuesses& kept, const PasswordGuesses& unnoted) {
  return {kept.wrong + unnoted.wrong, std::max(kept.until_millis, unnoted.until_millis),
          kept.damaged};
}

base::Status CheckTime(const PasswordGuesses& guesses, store::WatchedTime now) {
  if (!guesses.IsLockedOut(now)) return {};
  return error::kPasswordAttemptsExceeded();
}

// Counts as one of the waiting threads while it exists, if another may wait.
class Waiter {
 public:
  Waiter(int64_t& of_subject, std::atomic<size_t>& of_all) : subject_(of_subject), all_(of_all) {}
  ~Waiter() {
    if (!waits_) return;
    --subject_;
    --all_;
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  bool Begin(size_t most_of_all) {
    if (waits_) return true;
    if (subject_ >= kMostWaitingOfSubject) return false;
    if (all_.fetch_add(1) >= most_of_all) {
      --all_;
      return false;
    }
    ++subject_;
    waits_ = true;
    return true;
  }

 private:
  int64_t& subject_;
  std::atomic<size_t>& all_;
  bool waits_ = false;
};

}  // namespace

// ---- PasswordLook.

PasswordLook& PasswordLook::operator=(PasswordLook&& other) noexcept {
  std::swap(all_, other.all_);
  std::swap(services_, other.services_);
  std::swap(subject_, other.subject_);
  std::swap(state_, other.state_);
  std::swap(guesses_, other.guesses_);
  std::swap(times_, other.times_);
  std::swap(shared_, other.shared_);
  return *this;
}

PasswordLook::~PasswordLook() {
  if (all_ != nullptr) all_->LetGo(*this, /*noted=*/false);
}

base::Status PasswordLook::Right() {
  return all_->Judge(*this, /*right=*/true);
}

base::Result<std::shared_ptr<SharedLook>> PasswordLook::RightSoFar() {
  if (shared_.empty()) {
    SALLYPORT_TRY(Right());
    return std::shared_ptr<SharedLook>();
  }
  SALLYPORT_TRY(all_->Judge(*this, /*right=*/true, /*decides=*/false));
  return std::make_shared<SharedLook>(*services_, subject_, std::exchange(shared_, {}));
}

base::Status PasswordLook::Wrong() {
  return Wrong([this](const WrongPasswordNote& note) { return Commit(*services_, note); });
}

base::Status PasswordLook::Wrong(const NoteCommit& commit) {
  SALLYPORT_TRY(all_->Judge(*this, /*right=*/false));
  const bool shares = !shared_.empty() || SharesLooks(*services_);
  base::Status noted = commit([this, shares](store::Tx& tx) -> base::Status {
    if (shares) SALLYPORT_TRY(CheckSharedGuesses(tx, *services_, subject_));
    if (!shared_.empty()) SALLYPORT_TRY(EndSharedLook(tx, *services_, subject_, shared_));
    return NoteWrongPassword(tx, *services_, subject_, times_);
  });
  if (noted) shared_.clear();
  all_->LetGo(*this, noted.ok());
  return noted;
}

// ---- PasswordLooks.

PasswordLooks::Shard& PasswordLooks::ShardOf(const std::string& key) {
  return shards_[std::hash<std::string>()(key) % shards_.size()];
}

base::Result<PasswordLooks::Subject*> PasswordLooks::At(Shard& shard, const std::string& key,
                                                        store::WatchedTime now) {
  const auto found = shard.subjects.find(key);
  if (found != shard.subjects.end()) {
    PasswordGuesses& unnoted = found->second.unnoted;
    if (unnoted.EndMillis() <= now.millis()) unnoted = {};
    return &found->second;
  }
  if (shard.subjects.size() >= kMostSubjects) {
    std::erase_if(shard.subjects, [&](const auto& one) {
      const Subject& subject = one.second;
      return subject.under_way() == 0 && subject.waiting == 0 &&
             subject.unnoted.EndMillis() <= now.millis();
    });
  }
  if (shard.subjects.size() >= kMostSubjects) {
    return error::kPasswordAttemptsExceeded.Because(
        "too many wrong passwords could not be recorded");
  }
  return &shard.subjects[key];
}

void PasswordLooks::Tidy(Shard& shard, const std::string& key, store::WatchedTime now) {
  const auto found = shard.subjects.find(key);
  if (found == shard.subjects.end()) return;
  const Subject& subject = found->second;
  const bool used =
      subject.under_way() > 0 || subject.waiting > 0 || subject.unnoted.EndMillis() > now.millis();
  if (!used) shard.subjects.erase(found);
}

base::Result<PasswordGuesses> PasswordLooks::Read(const Services& services, store::Reader& reader,
                                                  const GuessSubject& subject) {
  const store::WatchedTime now = services.clock.watched();
  const std::string key = subject.Key();
  Shard& shard = ShardOf(key);
  const std::lock_guard lock(shard.mutex);
  SALLYPORT_ASSIGN(const PasswordGuesses kept, ReadPasswordGuesses(reader, services, subject));
  const auto found = shard.subjects.find(key);
  if (found == shard.subjects.end()) return kept;
  const PasswordGuesses& unnoted = found->second.unnoted;
  return unnoted.EndMillis() > now.millis() ? Together(kept, unnoted) : kept;
}

base::Status PasswordLooks::CheckNotLockedOut(const Services& services, store::Reader& reader,
                                              const GuessSubject& subject) {
  SALLYPORT_ASSIGN(const PasswordGuesses guesses, Read(services, reader, subject));
  if (guesses.damaged) {
    const base::Status mended =
        Commit(services, [&](store::Tx& tx) { return MendPasswordGuesses(tx, services, subject); });
    // Where replacing it fails they are still locked out, each time that the record is read.
    base::LogError("a damaged count of wrong passwords was found: its user is locked out",
                   {{"subject", subject.Key()}, {"written_anew", mended.ok()}});
  }
  return CheckTime(guesses, services.clock.watched());
}

base::Result<PasswordLook> PasswordLooks::ReserveAs(const Services& services,
                                                    const GuessSubject& subject, const Wish& wish) {
  const std::string key = subject.Key();
  const auto deadline = std::chrono::steady_clock::now() + kLongestWait;
  Shard& shard = ShardOf(key);
  std::unique_lock lock(shard.mutex);
  SALLYPORT_ASSIGN(Subject* const state, At(shard, key, services.clock.watched()));
  // The stored count is read while the shard is locked. A look is released only after its commit,
  // so each wrong password is in at least one of the two numbers.
  PasswordGuesses judged;
  store::Reader* reader = wish.reader != nullptr ? wish.reader : &services.store;
  const auto look_for_room = [&]() -> base::Result<Room> {
    if (wish.also) {
      SALLYPORT_ASSIGN(const Room room, wish.also(state->under_way()));
      if (room == Room::kLater) return room;
    }
    SALLYPORT_ASSIGN(const PasswordGuesses kept, ReadPasswordGuesses(*reader, services, subject));
    reader = &services.store;
    SALLYPORT_TRY(CheckTime(Together(kept, state->unnoted), services.clock.watched()));
    const bool room =
        state->under_way() == 0 || state->Judged(kept) + state->looking < kFreeWrongPasswords;
    judged = kept;
    return room ? Room::kYes : Room::kLater;
  };
  base::Result<Room> room = Room::kLater;
  {
    Waiter waiter(state->waiting, waiting_);
    for (;;) {
      room = look_for_room();
      if (!room || *room == Room::kYes) break;
      const bool woken = wish.waits && waiter.Begin(most_waiting_) &&
                         shard.released.wait_until(lock, deadline) == std::cv_status::no_timeout;
      if (!woken) break;
    }
  }
  if (!room || *room == Room::kLater) {
    Tidy(shard, key, services.clock.watched());
    if (!room) return std::move(room).error();
    return error::kPasswordAttemptsExceeded.Because("too many attempts are under way");
  }
  PasswordLook look(*this, services, subject, wish.state);
  if (wish.state == PasswordLook::State::kBeforehand) {
    state->AddWrong(judged);
  } else {
    ++state->looking;
  }
  lock.unlock();
  if (SharesLooks(services)) {
    SALLYPORT_ASSIGN(look.shared_, ReserveSharedLook(services, subject, wish.waits, deadline));
  }
  return look;
}

base::Result<PasswordLook> PasswordLooks::Reserve(const Services& services, store::Reader& reader,
                                                  const GuessSubject& subject) {
  return ReserveAs(services, subject, {.reader = &reader});
}

base::Result<PasswordLook> PasswordLooks::ReserveForChange(const Services& services,
                                                           const User& user) {
  SALLYPORT_ASSIGN(const PasswordChanges before, PasswordChangesOf(services.store, services, user));
  if (before.damaged) {
    const base::Status mended =
        Commit(services, [&](store::Tx& tx) { return MendPasswordChanges(tx, services, user); });
    base::LogError("a damaged count of ChangePassword was found: the call is refused",
                   {{"user", user.sub}, {"written_anew", mended.ok()}});
  }
  if (before.attempts >= kMostPasswordChanges) return error::kAttemptLimit();
  const GuessSubject subject = GuessSubjectOf(user.pool_id, user.sub);
  SALLYPORT_TRY(CheckNotLockedOut(services, services.store, subject));
  const auto also = [&](int64_t under_way) -> base::Result<Room> {
    SALLYPORT_ASSIGN(const PasswordChanges changes,
                     PasswordChangesOf(services.store, services, user));
    if (changes.attempts >= kMostPasswordChanges) return error::kAttemptLimit();
    const bool room = under_way == 0 || changes.attempts + under_way < kMostPasswordChanges;
    return room ? Room::kYes : Room::kLater;
  };
  return ReserveAs(services, subject, {.also = also});
}

base::Result<PasswordLook> PasswordLooks::ReserveForFunction(const Services& services,
                                                             const GuessSubject& subject) {
  const auto also = [&](int64_t) -> base::Result<Room> {
    SALLYPORT_ASSIGN(const bool can, CanNoteWrongPassword(services.store, services, subject));
    return can ? Room::kYes : Room::kLater;
  };
  return ReserveAs(services, subject,
                   {.state = PasswordLook::State::kBeforehand, .waits = false, .also = also});
}

PasswordLook PasswordLooks::AtOnce(const Services& services, const GuessSubject& subject) {
  return {*this, services, subject, PasswordLook::State::kWithoutRoom};
}

base::Status PasswordLooks::Judge(PasswordLook& look, bool right, bool decides) {
  using State = PasswordLook::State;
  const std::string key = look.subject_.Key();
  const store::WatchedTime now = look.services_->clock.watched();
  Shard& shard = ShardOf(key);
  const std::lock_guard lock(shard.mutex);
  SALLYPORT_ASSIGN(Subject* const state, At(shard, key, now));
  const bool beforehand = look.state_ == State::kBeforehand;
  if (!beforehand) {
    // Right and wrong passwords are refused by the same rule, so a refusal reveals neither.
    base::Result<PasswordGuesses> kept = PasswordGuesses();
    if (decides) {
      kept = ReadPasswordGuesses(look.services_->store, *look.services_, look.subject_);
    }
    base::Status may = kept ? CheckTime(Together(*kept, state->unnoted), now) : kept.error();
    const bool room = state->wrong == 0 || state->total < kFreeWrongPasswords;
    if (may && !room)
      may = error::kPasswordAttemptsExceeded.Because("other attempts at the same time were wrong");
    if (kept) look.guesses_ = *kept;
    if (!may || right) {
      Tidy(shard, key, now);
      return may;
    }
    if (look.state_ == State::kLooking) --state->looking;
    state->AddWrong(*kept);
  }
  if (right) return {};
  look.state_ = State::kWrong;
  // Wrong passwords that could not be stored before are stored with this one.
  look.times_ = 1 + std::exchange(state->unnoted, {}).wrong;
  return {};
}

void PasswordLooks::LetGo(PasswordLook& look, bool noted) {
  using State = PasswordLook::State;
  const std::string key = look.subject_.Key();
  const store::WatchedTime now = look.services_->clock.watched();
  Shard& shard = ShardOf(key);
  if (!look.shared_.empty()) {
    // Where this fails it ends by itself.
    (void)Commit(*look.services_, [&](store::Tx& tx) {
      return EndSharedLook(tx, *look.services_, look.subject_, look.shared_);
    });
    look.shared_.clear();
  }
  {
    const std::lock_guard lock(shard.mutex);
    if (const auto found = shard.subjects.find(key); found != shard.subjects.end()) {
      Subject& state = found->second;
      if (look.state_ == State::kLooking) --state.looking;
      if (look.state_ == State::kBeforehand) --state.total;
      if (look.state_ == State::kBeforehand || look.state_ == State::kWrong) --state.wrong;
      if (look.state_ == State::kWrong && !noted) {
        const auto kept =
            ReadPasswordGuesses(look.services_->store, *look.services_, look.subject_);
        const int64_t unnoted = state.unnoted.wrong + look.times_;
        state.unnoted = MorePasswordGuesses(kept ? *kept : PasswordGuesses(), unnoted, now);
        state.unnoted.wrong = unnoted;
      }
      Tidy(shard, key, now);
    }
  }
  shard.released.notify_all();
  look.all_ = nullptr;
}

void PasswordLooks::Forget(const GuessSubject& subject) {
  const std::string key = subject.Key();
  Shard& shard = ShardOf(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.subjects.find(key);
  if (found != shard.subjects.end()) found->second.unnoted = {};
}

}  // namespace sallyport::domain
