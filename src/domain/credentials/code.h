// Codes: six digits that prove that whoever gives them back reads what is sent to an address.
//
// One record for each purpose of a user (code_record.h); a new code replaces the old one. The code
// itself is kept as Vault::Mac alone. The record counts wrong guesses and sends, and goes when its
// last limit has passed.
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

// Who asked for a code.
enum class CodeAsker {
  kCredentials,  // a user who is signed in, or an administrator
  kAnybody,
};

// Whether a send is one of the twenty of an hour that may be asked for. Where anybody may ask, only
// what was asked for is counted: a code that came without it would show that there is a user.
enum class SendCount {
  kCounted,
  kFree,  // a sign-up's own code, and that of an administrator's reset
};

// A new code, or the one that the settings fix: prepare step.
std::string MakeCode(const Settings& settings);

// Where sends and guesses for a name are counted that no user has, so that they are answered like a
// user's. The same for the same name.
CodeSlot UnknownSlot(const Services& services, const Pool& pool, std::string_view name,
                     CodePurpose purpose);

// How long a code serves.
int64_t CodeValidMillis(CodePurpose purpose);

// Within the commit that sends it: `code` is now the slot's code. An empty one is outstanding and
// never right: for names that no user has. LimitExceededException "Attempt limit exceeded, please
// try after some time." where twenty were counted within an hour, and this would be. And
// TooManyRequestsException (ceilings.h) where anybody asked. `message_id`: of the message that
// carries it; that of the code before serves no more (message.h).
base::Status PutCode(store::Tx& tx, const Services& services, const CodeSlot& slot,
                     std::string_view code, const CodeTarget& target, CodeAsker asker,
                     std::string_view message_id = {}, SendCount count = SendCount::kCounted);

// The target of the slot's code, if one is outstanding.
base::Result<std::optional<CodeTarget>> OutstandingCode(store::Reader& reader,
                                                        const Services& services,
                                                        const CodeSlot& slot);

// What became of a guess.
struct CodeVerdict {
  // CodeMismatchException, ExpiredCodeException (none is outstanding) or LimitExceededException.
  // The operation answers it, but its commit ends with success, so that the guess is counted.
  std::optional<base::Error> refusal;
  CodeTarget target;  // where there is no refusal
};

enum class CodeUse {
  kSpend,  // a right code is used up, in this commit
  kKeep,   // it is not: the commit that uses it is yet to come
};

// What a guess is answered where no code is outstanding.
enum class NoCode {
  kTold,   // ExpiredCodeException, and it is not counted
  kWrong,  // the same as a wrong one, for who may not be told whether there is one
};

// Within a commit: judges a guess. A wrong one is written; the fifth wrong one of an hour closes
// the slot for a quarter of one and ends its code. Hour and quarter pass by the watched time: a
// wall clock that is ahead, or is set back, ends no lock-out early and makes none longer. An error,
// and nothing is counted, in a store that was restored: a code that was used or cancelled after the
// backup is there again.
base::Result<CodeVerdict> JudgeCode(store::Tx& tx, const Services& services, const CodeSlot& slot,
                                    std::string_view guess, CodeUse use,
                                    NoCode none = NoCode::kTold);

// Within a commit: the slot's code, if any, is right no more. What was counted stays.
base::Status CancelCode(store::Tx& tx, const Services& services, const CodeSlot& slot);

// Within a commit: all codes of the user, with what was counted.
base::Status DeleteCodes(store::Tx& tx, const User& user);

}  // namespace sallyport::domain
