// PasswordLooks: keeps parallel guesses from getting around the lock-out. Looking at a password
// takes time, so many guesses could be looked at before the first is counted as wrong. Therefore
// each look is reserved before it begins, and counts as a wrong password until it has been judged:
// guesses that arrive together are no better off than guesses that come one after the other. The
// caller may tell what a look has shown only after PasswordLook::Right or Wrong has succeeded.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "domain/credentials/password_guesses.h"
#include "domain/credentials/shared_looks.h"

namespace sallyport::domain {

class PasswordLooks;

// Stores a wrong password, within a commit.
using WrongPasswordNote = std::function<base::Status(store::Tx&)>;
// Commits a note, together with whatever else the call has to write.
using NoteCommit = std::function<base::Status(const WrongPasswordNote& note)>;

// The right to look at one password of one subject. If it is destroyed without having been judged,
// nothing was looked at and nothing is counted. Move-only; used by one thread.
class PasswordLook {
 public:
  PasswordLook() = default;
  PasswordLook(PasswordLook&& other) noexcept { *this = std::move(other); }
  PasswordLook& operator=(PasswordLook&& other) noexcept;
  ~PasswordLook();

  explicit operator bool() const { return all_ != nullptr; }

  // Both give NotAuthorizedException "Password attempts exceeded" where guesses that were judged
  // before this one, and are not stored yet, have used up the attempts. Then nothing may be told
  // about this password.

  // The password was right. The reservation stays until the object is destroyed.
  base::Status Right();
  // The same as far as this server knows; the stored count decides in the commit that accepts what
  // this gives. Nullptr: the look is not reserved in the store, and Right has decided.
  base::Result<std::shared_ptr<SharedLook>> RightSoFar();
  // The stored count by which Right has decided.
  const PasswordGuesses& guesses() const { return guesses_; }
  // The password was wrong: this is committed, and the reservation ends. If the commit fails, the
  // wrong guess is remembered in memory, until a later commit stores it too or until its time has
  // passed.
  base::Status Wrong();
  base::Status Wrong(const NoteCommit& commit);

 private:
  friend class PasswordLooks;
  enum class State : uint8_t {
    kWithoutRoom,  // judged at once, so nothing was reserved
    kLooking,      // counted among the looks that may turn out wrong
    kBeforehand,   // counted as wrong from the beginning, but not stored yet
    kWrong,        // judged to be wrong, and not stored yet
  };
  PasswordLook(PasswordLooks& all, const Services& services, GuessSubject subject, State state)
      : all_(&all), services_(&services), subject_(std::move(subject)), state_(state) {}

  PasswordLooks* all_ = nullptr;
  const Services* services_ = nullptr;
  GuessSubject subject_;
  State state_ = State::kWithoutRoom;
  PasswordGuesses guesses_;
  int64_t times_ = 1;   // how many wrong passwords its note counts
  std::string shared_;  // shared_looks.h; empty: it is not reserved in the store
};

// Thread-safe. There is one for each run of a server, and it outlives every PasswordLook. Where
// other servers serve the same store, a look is reserved in the store too (shared_looks.h).
class PasswordLooks {
 public:
  // `most_waiting`: how many threads may wait in Reserve at the same time. Those threads are not
  // available to other calls of Lane::kHash.
  explicit PasswordLooks(size_t most_waiting = 2) : most_waiting_(most_waiting) {}

  // What counts against the subject: the stored count, as `reader` gives it, and what is remembered
  // in memory beside it.
  base::Result<PasswordGuesses> Read(const Services& services, store::Reader& reader,
                                     const GuessSubject& subject);
  // NotAuthorizedException "Password attempts exceeded" while the subject is locked out. A damaged
  // record is replaced.
  base::Status CheckNotLockedOut(const Services& services, store::Reader& reader,
                                 const GuessSubject& subject);

  // The next three functions also give that error where too many looks are under way.

  // For a password that is hashed here, in Lane::kHash. Waits some seconds for other looks to end.
  // At most two calls wait for one subject, and most_waiting in all; more are refused. The stored
  // count is first looked up by `reader`, which may be some time behind: PasswordLook::Right and
  // Wrong read it anew, and only they decide. What is reserved spares hashes.
  base::Result<PasswordLook> Reserve(const Services& services, store::Reader& reader,
                                     const GuessSubject& subject);
  // The same for ChangePassword. LimitExceededException "Attempt limit exceeded, please try after
  // some time." where the user has used up the attempts of the hour.
  base::Result<PasswordLook> ReserveForChange(const Services& services, const User& user);
  // For a password that a function of the pool judges. That may take seconds, so nobody waits for
  // it: while it is under way it counts as a wrong password. Refused where a wrong password could
  // not be stored afterwards.
  base::Result<PasswordLook> ReserveForFunction(const Services& services,
                                                const GuessSubject& subject);
  // For a proof that is judged at once: nothing is reserved.
  PasswordLook AtOnce(const Services& services, const GuessSubject& subject);

  // Forgets what is only in memory, after the subject's count was cleared.
  void Forget(const GuessSubject& subject);

 private:
  friend class PasswordLook;
  struct Subject {
    int64_t looking = 0;  // looks that may turn out wrong
    int64_t wrong = 0;  // looks that were wrong and are being stored, or that a function is judging
    // While there are such looks: all wrong passwords, including the stored ones. It cannot be
    // computed by adding, because a commit becomes visible before its look is released.
    int64_t total = 0;
    int64_t waiting = 0;
    PasswordGuesses unnoted;  // wrong passwords that could not be committed

    int64_t under_way() const { return looking + wrong; }
    int64_t Judged(const PasswordGuesses& kept) const {
      return wrong > 0 ? total : kept.wrong + unnoted.wrong;
    }
    void AddWrong(const PasswordGuesses& kept) {
      total = Judged(kept) + 1;
      ++wrong;
    }
  };
  struct Shard {
    std::mutex mutex;
    std::condition_variable released;
    std::unordered_map<std::string, Subject> subjects;  // by GuessSubject::Key
  };
  enum class Room { kYes, kLater };
  struct Wish {
    PasswordLook::State state = PasswordLook::State::kLooking;
    bool waits = true;
    // The first look at the stored count; nullptr: the store.
    store::Reader* reader = nullptr;
    // A further condition that has to have room too; empty: none. Called with the shard locked.
    std::function<base::Result<Room>(int64_t under_way)> also = {};
  };

  Shard& ShardOf(const std::string& key);
  // Called with the shard locked. An error where wrong passwords that could not be stored have
  // filled the memory.
  static base::Result<Subject*> At(Shard& shard, const std::string& key, store::WatchedTime now);
  // Removes the subject where nothing about it is left to remember.
  static void Tidy(Shard& shard, const std::string& key, store::WatchedTime now);
  // `begun`: waiting time is measured from then.
  base::Result<PasswordLook> ReserveAs(const Services& services, const GuessSubject& subject,
                                       const Wish& wish);
  // `decides`: by the stored count too.
  base::Status Judge(PasswordLook& look, bool right, bool decides = true);
  // `noted`: the wrong password was committed.
  void LetGo(PasswordLook& look, bool noted);

  const size_t most_waiting_;
  std::atomic<size_t> waiting_{0};
  std::array<Shard, 64> shards_;
};

}  // namespace sallyport::domain
