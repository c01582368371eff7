// PasswordGuesses: what is kept of wrong passwords, and how long they lock a user out.
//
// Source: "Lockout behavior for failed sign-in attempts", Amazon Cognito developer guide. After n
// >= 5 wrong passwords nobody may try one for that user for 2^(n-5) seconds, at most a quarter of
// an hour. What is tried meanwhile is not looked at, and does not count. A sign-in after the wait,
// or a quarter of an hour without a wrong password after it, clears the count. All times are
// watched ones (store/forgetting.h): no wall clock ends a lock-out early or makes it longer.
//
// A user's record is "wrong-passwords/{pool}/{sub}". Names that no user has share a table of fixed
// size, as those of codes do (code_record.h): records "unknown-wrong-passwords/{number}". Both are
// Leftovers, whose ceilings never evict a lock-out that is in force (docs/decisions/0029).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/limits/ceilings.h"
#include "store/forgetting.h"

namespace sallyport::store {
class Reader;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct Pool;
struct Services;
struct User;

// Passwords that may be wrong without a wait.
inline constexpr int64_t kFreeWrongPasswords = 5;

// Whose wrong passwords are counted together.
struct GuessSubject {
  std::string pool_id;
  std::string subject;  // the user's sub, or for a name that no user has a text of its own
  // Of the table of unknown names; 0: it is a user's.
  uint32_t unknown_records = 0;

  bool known() const { return unknown_records == 0; }
  // The same for the same subject alone.
  std::string Key() const;
};

GuessSubject GuessSubjectOf(std::string_view pool_id, std::string_view sub);
// `user_id`: the user name that somebody of that name would be told to compute with (UserIdOf in
// sign_in/attempt.h), which is the same for the same name however it is spelt.
GuessSubject UnknownGuessSubject(const Services& services, std::string_view pool_id,
                                 std::string_view user_id);

// They are in no store's record otherwise: whoever reads what is kept gets numbers within these
// bounds. What cannot be read, or is outside of them, locks out for the greatest wait.
struct PasswordGuesses {
  int64_t wrong = 0;
  // Until when no password is looked at; the time of the last wrong one where they are too few.
  int64_t until_millis = 0;
  // What is kept is damaged: this stands in its place (MendPasswordGuesses).
  bool damaged = false;

  bool IsLockedOut(store::WatchedTime now) const { return now.millis() < until_millis; }
  // From when on they count no more.
  int64_t EndMillis() const;
  bool operator==(const PasswordGuesses&) const = default;
};

// After `more` further wrong ones, the last of them now.
PasswordGuesses MorePasswordGuesses(const PasswordGuesses& before, int64_t more,
                                    store::WatchedTime now);

// Those that still count.
base::Result<PasswordGuesses> ReadPasswordGuesses(store::Reader& reader, const Services& services,
                                                  const GuessSubject& subject);

// Within a commit: another password was wrong, or `times` of them.
base::Status NoteWrongPassword(store::Tx& tx, const Services& services, const GuessSubject& subject,
                               int64_t times = 1);
// Whether the next wrong one would be noted. Not where the subject's place in the table of unknown
// names would have to be made by taking one that is too late to give way.
base::Result<bool> CanNoteWrongPassword(store::Reader& reader, const Services& services,
                                        const GuessSubject& subject);
// Within a commit: what is damaged is written anew, as a lock-out of the greatest wait from now.
base::Status MendPasswordGuesses(store::Tx& tx, const Services& services,
                                 const GuessSubject& subject);

// Within a commit: the user's count is 0, and a lock-out is over.
base::Status ClearPasswordGuesses(store::Tx& tx, std::string_view pool_id, std::string_view sub);

// Deletes counts of users that have locked nobody out for five minutes, those that end first, while
// there are more than the ceiling allows; at most `most`. Gives their number. Later ones stay
// whatever their number, or one guess at another would buy the next at this user. What they hold is
// not read, so that no damaged one stops it.
base::Result<size_t> EvictPasswordGuesses(store::Tx& tx, const Ceilings& ceilings,
                                          store::WatchedTime now, size_t most);

// ---- ChangePassword: five attempts of a user within an hour, right or wrong.

inline constexpr int64_t kMostPasswordChanges = 5;
// Index of the records "password-changes/{pool}/{sub}": sort ExpirySort(when they serve
// nobody any more, by the watched time).
inline constexpr std::string_view kPasswordChangesByExpiry = "password-changes-by-expiry";

// Attempts within the present hour.
struct PasswordChanges {
  int64_t attempts = 0;
  // What is kept is damaged: this is the most that there may be (MendPasswordChanges).
  bool damaged = false;
};
base::Result<PasswordChanges> PasswordChangesOf(store::Reader& reader, const Services& services,
                                                const User& user);
// Within a commit: there was another. Of who was deleted meanwhile nothing is noted.
base::Status NotePasswordChange(store::Tx& tx, const Services& services, const User& user);
// Within a commit: what is damaged is written anew, as all attempts of an hour that begins now.
base::Status MendPasswordChanges(store::Tx& tx, const Services& services, const User& user);

// Within the commit that deletes the user: all of this.
base::Status DeletePasswordCounts(store::Tx& tx, const User& user);

}  // namespace sallyport::domain
