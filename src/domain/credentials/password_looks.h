// PasswordLooks: passwords that are being looked at. A look at a password that takes a hash is
// reserved before, and counts as a wrong one until it is judged: of many guesses that arrive
// together no more are looked at than one after the other could have been. What a look has shown is
// told only after PasswordLook has judged it.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "domain/credentials/password_guesses.h"

namespace sallyport::domain {

class PasswordLooks;

// What notes a wrong password, within a commit.
using WrongPasswordNote = std::function<base::Status(store::Tx&)>;
// Commits a note, with what else the call has to write.
using NoteCommit = std::function<base::Status(const WrongPasswordNote& note)>;

// Right to look at one password of one subject. Who lets it go unjudged has not looked. Move-only,
// used by one thread.
class PasswordLook {
 public:
  PasswordLook() = default;
  PasswordLook(PasswordLook&& other) noexcept { *this = std::move(other); }
  PasswordLook& operator=(PasswordLook&& other) noexcept;
  ~PasswordLook();

  explicit operator bool() const { return all_ != nullptr; }

  // Both give NotAuthorizedException "Password attempts exceeded" where those that were judged
  // before, and are being noted, leave no room: then nothing may be told of this password.

  // It was right. The look is not let go by this.
  base::Status Right();
  // It was wrong: that is committed, and the look let go. After an error it is kept in memory, and
  // counts there until a later note has taken it along, or its time is over.
  base::Status Wrong();
  base::Status Wrong(const NoteCommit& commit);

 private:
  friend class PasswordLooks;
  enum class State : uint8_t {
    kWithoutRoom,  // judged at once: it takes no room before
    kLooking,      // counted among those that may be wrong
    kBeforehand,   // counted as wrong from the beginning, but not kept so
    kWrong,        // judged, and not noted yet
  };
  PasswordLook(PasswordLooks& all, const Services& services, GuessSubject subject, State state)
      : all_(&all), services_(&services), subject_(std::move(subject)), state_(state) {}

  PasswordLooks* all_ = nullptr;
  const Services* services_ = nullptr;
  GuessSubject subject_;
  State state_ = State::kWithoutRoom;
  int64_t times_ = 1;  // how many wrong ones its note is of
};

// Thread-safe. One for each run of a server. A look does not outlive it.
class PasswordLooks {
 public:
  // `most_waiting`: how many threads may wait in Reserve together, which others of Lane::kHash
  // cannot have meanwhile.
  explicit PasswordLooks(size_t most_waiting = 2) : most_waiting_(most_waiting) {}

  // What counts of a subject: what is kept in the store, and beside it in memory.
  base::Result<PasswordGuesses> Read(const Services& services, const GuessSubject& subject);
  // NotAuthorizedException "Password attempts exceeded" while the subject is locked out. What is
  // kept of it and damaged is written anew.
  base::Status CheckNotLockedOut(const Services& services, const GuessSubject& subject);

  // The next three give that error too where too many are under way.

  // For a password that is hashed here, in Lane::kHash. Waits some seconds for those under way: two
  // of a subject, and most_waiting of all; others are refused.
  base::Result<PasswordLook> Reserve(const Services& services, const GuessSubject& subject);
  // The same for ChangePassword, after LimitExceededException "Attempt limit exceeded, please try
  // after some time."
  base::Result<PasswordLook> ReserveForChange(const Services& services, const User& user);
  // For a function of the pool, which may take seconds: nobody waits for it. Counts as a wrong one
  // while it is under way, and is refused where it could not be noted afterwards.
  base::Result<PasswordLook> ReserveForFunction(const Services& services,
                                                const GuessSubject& subject);
  // For a proof that is judged at once: nothing is reserved.
  PasswordLook AtOnce(const Services& services, const GuessSubject& subject);

  // What is kept in memory alone is forgotten: the subject's count was cleared.
  void Forget(const GuessSubject& subject);

 private:
  friend class PasswordLook;
  struct Subject {
    int64_t looking = 0;  // may be wrong
    int64_t wrong = 0;    // are wrong, and being noted; or a function is being asked
    // While some are: all wrong ones, with those that are kept. A commit is seen before its look is
    // let go, so that the two numbers cannot be added.
    int64_t total = 0;
    int64_t waiting = 0;
    PasswordGuesses unnoted;  // what could not be committed

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
    // What else has to have room; empty: nothing. Within the shard's lock.
    std::function<base::Result<Room>(int64_t under_way)> also = {};
  };

  Shard& ShardOf(const std::string& key);
  // With the shard's lock. An error where what could not be noted has filled the memory.
  static base::Result<Subject*> At(Shard& shard, const std::string& key, store::WatchedTime now);
  // Takes it out where nothing is left of it.
  static void Tidy(Shard& shard, const std::string& key, store::WatchedTime now);
  // The time of waiting counts from the call.
  base::Result<PasswordLook> ReserveAs(const Services& services, const GuessSubject& subject,
                                       const Wish& wish);
  base::Status Judge(PasswordLook& look, bool right);
  // `noted`: of a wrong one, that it is committed.
  void LetGo(PasswordLook& look, bool noted);

  const size_t most_waiting_;
  std::atomic<size_t> waiting_{0};
  std::array<Shard, 64> shards_;
};

}  // namespace sallyport::domain
