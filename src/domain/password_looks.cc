#include "domain/password_looks.h"

#include <chrono>
#include <functional>
#include <utility>

#include "domain/commit.h"
#include "domain/errors.h"
#include "domain/services.h"
#include "domain/user.h"
#include "store/store.h"

namespace sallyport::domain {
namespace {

// A look takes a hash and a commit. Longer than that takes only a server that is overloaded.
constexpr auto kLongestWait = std::chrono::seconds(10);

}  // namespace

base::Result<PasswordLook> PasswordLooks::ReserveIn(
    const std::string& key, Patience patience,
    const std::function<base::Result<Room>(int64_t)>& look_for_room) {
  Shard& shard = shards_[std::hash<std::string>()(key) % shards_.size()];
  const auto deadline = std::chrono::steady_clock::now() + kLongestWait;
  std::unique_lock lock(shard.mutex);
  for (;;) {
    const auto found = shard.under_way.find(key);
    // What is kept is read here, within the lock: a look is let go after its commit, so that each
    // wrong password is in one of the two numbers.
    SALLYPORT_ASSIGN(const Room room,
                     look_for_room(found == shard.under_way.end() ? 0 : found->second));
    if (room == Room::kYes) break;
    const bool woken = patience == Patience::kWaits &&
                       shard.released.wait_until(lock, deadline) == std::cv_status::no_timeout;
    if (!woken) return error::kPasswordAttemptsExceeded.Because("too many are under way");
  }
  ++shard.under_way[key];
  return PasswordLook([this, &shard, key] { Release(shard, key); });
}

void PasswordLooks::Release(Shard& shard, const std::string& key) {
  {
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.under_way.find(key);
    if (--found->second == 0) shard.under_way.erase(found);
  }
  shard.released.notify_all();
}

base::Result<PasswordLook> PasswordLooks::Reserve(const Services& services,
                                                  const GuessSubject& subject, Patience patience) {
  return ReserveIn(subject.Key(), patience, [&](int64_t under_way) -> base::Result<Room> {
    SALLYPORT_ASSIGN(const PasswordGuesses guesses,
                     ReadPasswordGuesses(services.store, services, subject));
    SALLYPORT_TRY(CheckNotLockedOut(guesses, services));
    const bool room = under_way == 0 || guesses.wrong + under_way < kFreeWrongPasswords;
    return room ? Room::kYes : Room::kLater;
  });
}

base::Result<PasswordLook> PasswordLooks::ReserveForChange(const Services& services,
                                                           const User& user) {
  const GuessSubject subject = GuessSubjectOf(user.pool_id, user.sub);
  return ReserveIn(subject.Key(), Patience::kWaits, [&](int64_t under_way) -> base::Result<Room> {
    SALLYPORT_ASSIGN(const int64_t changes, PasswordChangesOf(services.store, services, user));
    if (changes >= kMostPasswordChanges) return error::kAttemptLimit();
    SALLYPORT_ASSIGN(const PasswordGuesses guesses,
                     ReadPasswordGuesses(services.store, services, subject));
    SALLYPORT_TRY(CheckNotLockedOut(guesses, services));
    const bool room = under_way == 0 || (guesses.wrong + under_way < kFreeWrongPasswords &&
                                         changes + under_way < kMostPasswordChanges);
    return room ? Room::kYes : Room::kLater;
  });
}

base::Status CommitWrongPassword(const Services& services, const GuessSubject& subject) {
  return Commit(services, [&](store::Tx& tx) { return NoteWrongPassword(tx, services, subject); });
}

base::Status CheckNotLockedOut(const PasswordGuesses& guesses, const Services& services) {
  if (!guesses.IsLockedOut(services.clock.watched())) return {};
  return error::kPasswordAttemptsExceeded();
}

}  // namespace sallyport::domain
