// SharedLooks: looks at passwords that are under way on all servers of a store together, as
// password_looks.h has them for one server. Only where another server serves the same store.
//
// Record "password-looks/{pool}/{subject}": {"Looks": {id: until, ...}}. A look that nobody ends,
// because its server has died, ends by itself.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "domain/credentials/password_guesses.h"

namespace sallyport::domain {

// Index of the records, in the order of ExpirySort(when the last look ends by itself, by the
// watched time).
inline constexpr std::string_view kPasswordLooksByExpiry = "password-looks-by-expiry";

// The key of the record. That of a user ends with the sub.
std::string SharedLooksKey(const GuessSubject& subject);

// Whether looks must be reserved in the store.
bool SharesLooks(const Services& services);

// Reserves a look for all servers, and gives its id. By the same rule as PasswordLooks::Reserve: it
// counts as a wrong password until it has ended. NotAuthorizedException "Password attempts
// exceeded" where the subject is locked out, or where too many looks are under way: at once, or at
// `deadline` if it `waits`.
base::Result<std::string> ReserveSharedLook(const Services& services, const GuessSubject& subject,
                                            bool waits,
                                            std::chrono::steady_clock::time_point deadline);
// Called within a commit: ends a look.
base::Status EndSharedLook(store::Tx& tx, const Services& services, const GuessSubject& subject,
                           const std::string& id);
// Called within the commit of a wrong password. Refuses it where wrong passwords that another
// server has stored meanwhile have used up the attempts: then nothing may be told about this one.
base::Status CheckSharedGuesses(store::Tx& tx, const Services& services,
                                const GuessSubject& subject);

// A look whose password was right, and which only the commit that follows accepts: until then
// nothing may be told about it. If it is destroyed before, it is ended by a commit of its own.
class SharedLook {
 public:
  // `id`: of ReserveSharedLook.
  SharedLook(const Services& services, GuessSubject subject, std::string id)
      : services_(services), subject_(std::move(subject)), id_(std::move(id)) {}
  ~SharedLook();
  SharedLook(const SharedLook&) = delete;
  SharedLook& operator=(const SharedLook&) = delete;

  // Called within the commit. NotAuthorizedException "Password attempts exceeded" where wrong
  // passwords that are stored lock the subject out. Otherwise ends the look, and clears the count.
  base::Status Accept(store::Tx& tx) const;
  // Called where that commit was not made, or has failed, before anything is told: ends the look by
  // a commit of its own. The error is Accept's where the subject is locked out; then only that may
  // be told.
  base::Status JudgeRefused();
  // That commit was made.
  void NoteAccepted() { id_.clear(); }

 private:
  const Services& services_;
  const GuessSubject subject_;
  std::string id_;
};

}  // namespace sallyport::domain
