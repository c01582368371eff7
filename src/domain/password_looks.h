// PasswordLooks: passwords that are being looked at. A look is reserved before, and counts as a
// wrong one until it is judged: of many guesses that arrive together no more are looked at than one
// after the other could have been.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/result.h"
#include "domain/password_guesses.h"

namespace sallyport::domain {

// What becomes of a look for which there is no room beside those under way.
enum class Patience {
  kNone,   // it is refused
  kWaits,  // it waits for them, at most some seconds: in Lane::kHash alone, and not for who waits
           // for a function of the pool
};

// Right to look at one password. Whoever lets it go without Wrong has not looked, or has found the
// password right. Move-only.
class PasswordLook {
 public:
  PasswordLook() = default;
  PasswordLook(PasswordLook&& other) noexcept : release_(std::move(other.release_)) {
    other.release_ = nullptr;
  }
  PasswordLook& operator=(PasswordLook&& other) noexcept {
    std::swap(release_, other.release_);
    return *this;
  }
  ~PasswordLook() {
    if (release_) release_();
  }

  explicit operator bool() const { return release_ != nullptr; }

 private:
  friend class PasswordLooks;
  explicit PasswordLook(std::function<void()> release) : release_(std::move(release)) {}
  std::function<void()> release_;
};

// Thread-safe. One for each run of a server.
class PasswordLooks {
 public:
  // NotAuthorizedException "Password attempts exceeded" while the subject is locked out, or may be
  // by what is under way. The look does not outlive this.
  base::Result<PasswordLook> Reserve(const Services& services, const GuessSubject& subject,
                                     Patience patience);
  // For ChangePassword, the same, after LimitExceededException "Attempt limit exceeded, please try
  // after some time."
  base::Result<PasswordLook> ReserveForChange(const Services& services, const User& user);

 private:
  struct Shard {
    std::mutex mutex;
    std::condition_variable released;
    std::unordered_map<std::string, int64_t> under_way;  // by GuessSubject::Key
  };
  enum class Room { kYes, kLater };

  base::Result<PasswordLook> ReserveIn(
      const std::string& key, Patience patience,
      const std::function<base::Result<Room>(int64_t under_way)>& look_for_room);
  void Release(Shard& shard, const std::string& key);

  std::array<Shard, 64> shards_;
};

// Commits that the password of a look was wrong, before the look is let go.
base::Status CommitWrongPassword(const Services& services, const GuessSubject& subject);

// NotAuthorizedException "Password attempts exceeded" while the subject is locked out.
base::Status CheckNotLockedOut(const PasswordGuesses& guesses, const Services& services);

}  // namespace sallyport::domain
