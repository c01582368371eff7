// PasswordGuesses: counts wrong passwords, and says for how long they lock a user out.
//
// Source: "Lockout behavior for failed sign-in attempts", Amazon Cognito developer guide. After n
// >= 5 wrong passwords nobody may try another for that user for 2^(n-5) seconds, at most 15
// minutes. Passwords that are tried meanwhile are not looked at and not counted. The count is
// cleared by a sign-in after the wait, or when 15 minutes have passed after the wait without a
// wrong password. All times are watched times (store/forgetting.h): no change of the wall clock
// ends a lock-out early or prolongs it.
//
// A user's record is "wrong-passwords/{pool}/{sub}". Names that no user has share a table of fixed
// size, as they do for codes (code_record.h); its records are "unknown-wrong-passwords/{number}".
// Both kinds are Leftovers, whose ceilings never remove a lock-out that is in force
// (docs/decisions/0029).
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

// How many passwords may be wrong before there is a wait.
inline constexpr int64_t kFreeWrongPasswords = 5;

// Whose wrong passwords are counted together: a user's, or those for a name that no user has.
struct GuessSubject {
  std::string pool_id;
  std::string subject;  // the user's sub; for a name that no user has, a text made from the name
  // For a name that no user has: the size of the table of unknown names. 0: the subject is a user.
  uint32_t unknown_records = 0;

  bool known() const { return unknown_records == 0; }
  // A text that identifies the subject.
  std::string Key() const;
  // The key of the record that has its count. That of a user ends with the sub.
  std::string RecordKey() const;
};

GuessSubject GuessSubjectOf(std::string_view pool_id, std::string_view sub);
// `user_id` is the USER_ID_FOR_SRP that a client which asks for this name would be given (UserIdOf
// in sign_in/attempt.h). It is the same however the name is spelt.
GuessSubject UnknownGuessSubject(const Services& services, std::string_view pool_id,
                                 std::string_view user_id);

// The count of one subject. Values that are read from the store are within these bounds; a record
// that cannot be read, or that is outside of them, is treated as a lock-out of the greatest length.
struct PasswordGuesses {
  int64_t wrong = 0;
  // Until when no password is looked at; with fewer than five wrong passwords, the time of the last
  // one.
  int64_t until_millis = 0;
  // The stored record is damaged, and this value replaces it (MendPasswordGuesses).
  bool damaged = false;

  // The first ones have no wait, also where another server's time, by which the last one was noted,
  // is a little ahead of this one's.
  bool IsLockedOut(store::WatchedTime now) const {
    return wrong >= kFreeWrongPasswords && now.millis() < until_millis;
  }
  // From when on they are no longer counted.
  int64_t EndMillis() const;
  bool operator==(const PasswordGuesses&) const = default;
};

// The count after `more` further wrong passwords, the last of them now.
PasswordGuesses MorePasswordGuesses(const PasswordGuesses& before, int64_t more,
                                    store::WatchedTime now);

// The wrong passwords that are still counted.
base::Result<PasswordGuesses> ReadPasswordGuesses(store::Reader& reader, const Services& services,
                                                  const GuessSubject& subject);

// Called within a commit: counts one more wrong password, or `times` of them.
base::Status NoteWrongPassword(store::Tx& tx, const Services& services, const GuessSubject& subject,
                               int64_t times = 1);
// Whether another wrong password could be stored. It could not where the subject has no place in
// the table of unknown names, and every place that it could take is locked out for too long.
base::Result<bool> CanNoteWrongPassword(store::Reader& reader, const Services& services,
                                        const GuessSubject& subject);
// Called within a commit: replaces a damaged record by a lock-out of the greatest length, beginning
// now.
base::Status MendPasswordGuesses(store::Tx& tx, const Services& services,
                                 const GuessSubject& subject);

// Called within a commit: sets the user's count to 0, which ends a lock-out.
base::Status ClearPasswordGuesses(store::Tx& tx, std::string_view pool_id, std::string_view sub);

// Deletes counts of users while there are more than the ceiling allows, at most `most`, and gives
// how many it deleted. It begins with those that end first, and deletes only those that have locked
// nobody out for five minutes: otherwise guesses at many users would free an attacker from the
// lock-out of one. The contents are not read, so that a damaged record does not stop it.
base::Result<size_t> EvictPasswordGuesses(store::Tx& tx, const Ceilings& ceilings,
                                          store::WatchedTime now, size_t most);

// ---- ChangePassword: a user has five attempts an hour, right or wrong.

inline constexpr int64_t kMostPasswordChanges = 5;
// Index of the records "password-changes/{pool}/{sub}", in the order of ExpirySort(when the record
// may be deleted, by the watched time).
inline constexpr std::string_view kPasswordChangesByExpiry = "password-changes-by-expiry";

// How many attempts there were within the present hour.
struct PasswordChanges {
  int64_t attempts = 0;
  // The stored record is damaged; this value stands for all attempts of an hour
  // (MendPasswordChanges).
  bool damaged = false;
};
base::Result<PasswordChanges> PasswordChangesOf(store::Reader& reader, const Services& services,
                                                const User& user);
// Called within a commit: counts another attempt. Does nothing where the user was deleted
// meanwhile.
base::Status NotePasswordChange(store::Tx& tx, const Services& services, const User& user);
// Called within a commit: replaces a damaged record by one in which all attempts of the hour are
// used.
base::Status MendPasswordChanges(store::Tx& tx, const Services& services, const User& user);

// Called within the commit that deletes the user: deletes all counts of this file.
base::Status DeletePasswordCounts(store::Tx& tx, const User& user);

}  // namespace sallyport::domain
