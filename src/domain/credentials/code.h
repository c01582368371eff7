// Codes of six digits. Whoever gives one back proves that they can read what is sent to an address.
//
// There is one record for each purpose of a user (code_record.h), and a new code replaces the one
// before it. Only a MAC of the code is stored (Vault::Mac). The record also counts wrong guesses
// and sent codes; it is deleted when the last of these limits has passed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/credentials/code_slot.h"
#include "domain/keys/vault.h"
#include "domain/services.h"

namespace sallyport::store {
class Reader;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct Pool;
struct User;

// Who asked for a code to be sent.
enum class CodeAsker {
  kCredentials,  // a user who is signed in, or an administrator
  kAnybody,
};

// Whether a code that is sent counts towards the twenty that may be requested in an hour. Codes
// that the server sends without a request are not counted: their number would tell a stranger that
// the user exists.
enum class SendCount {
  kCounted,
  kFree,  // the first code of a sign-up, or the code of an administrator's reset
};

// A new random code, or the fixed one of the settings (Settings::fixed_code). Called in the prepare
// step.
std::string MakeCode(const Settings& settings);

// The slot in which sends and guesses are counted for a name that no user has, so that such names
// are answered in the same way as users are. The same name always has the same slot.
CodeSlot UnknownSlot(const Services& services, const Pool& pool, std::string_view name,
                     CodePurpose purpose);

// For how long a code of that purpose is valid, in milliseconds.
int64_t CodeValidMillis(CodePurpose purpose);

// Called within the commit that queues the message. From then on `code` is the slot's code. An
// empty code is one that exists but that no guess matches; it is stored for names that no user has.
// LimitExceededException "Attempt limit exceeded, please try after some time." where twenty codes
// were counted within the hour and this one would be counted too. TooManyRequestsException where
// anybody may ask and the ceiling is reached (ceilings.h). `message_id` is the message that carries
// the code; the message of the code before is marked as no longer useful (message.h).
base::Status PutCode(store::Tx& tx, const Services& services, const CodeSlot& slot,
                     std::string_view code, const CodeTarget& target, CodeAsker asker,
                     std::string_view message_id = {}, SendCount count = SendCount::kCounted);

// The target of the slot's code; nullopt where no code is valid.
base::Result<std::optional<CodeTarget>> OutstandingCode(store::Reader& reader,
                                                        const Services& services,
                                                        const CodeSlot& slot);

// How a guess was judged.
struct CodeVerdict {
  // CodeMismatchException, ExpiredCodeException (no code is valid) or LimitExceededException. The
  // operation answers with it, but its commit ends with success, so that the guess is counted.
  std::optional<base::Error> refusal;
  CodeTarget target;  // set where there is no refusal
};

enum class CodeUse {
  kSpend,  // a right code is used up by this commit
  kKeep,   // a right code stays valid, for the later commit that uses it
};

// How a guess is answered where no code is valid.
enum class NoCode {
  kTold,   // with ExpiredCodeException, and it is not counted
  kWrong,  // like a wrong guess, where the caller must not learn whether there is a code
};

// Called within a commit: judges a guess. A wrong guess is counted. The fifth wrong guess within an
// hour invalidates the code and closes the slot for a quarter of an hour. Both periods are measured
// by the watched time (store/forgetting.h), so that no change of the wall clock ends a lock-out
// early or prolongs it. In a store that was restored from a backup every guess is an error and is
// not counted: a code that was used or cancelled after the backup would be valid again.
base::Result<CodeVerdict> JudgeCode(store::Tx& tx, const Services& services, const CodeSlot& slot,
                                    std::string_view guess, CodeUse use,
                                    NoCode none = NoCode::kTold);

// Called within a commit: invalidates the slot's code, if there is one. The counts stay.
base::Status CancelCode(store::Tx& tx, const Services& services, const CodeSlot& slot);

// Called within a commit: deletes all codes of the user, and the counts.
base::Status DeleteCodes(store::Tx& tx, const User& user);

}  // namespace sallyport::domain
