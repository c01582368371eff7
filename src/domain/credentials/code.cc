#include "domain/credentials/code.h"

#include <array>
#include <utility>

#include "base/encoding.h"
#include "base/log.h"
#include "base/random.h"
#include "base/secret.h"
#include "domain/credentials/code_record.h"
#include "domain/errors.h"
#include "domain/limits/ceilings.h"
#include "domain/limits/room.h"
#include "domain/messages/message.h"
#include "domain/pools/pool.h"
#include "domain/tokens/time_to_issue.h"
#include "domain/users/user.h"
#include "store/store.h"

namespace sallyport::domain {

namespace {

constexpr size_t kDigits = 6;
constexpr int64_t kHourMillis = 3'600'000;
constexpr int64_t kMostSends = 20;    // for one slot within an hour
constexpr int64_t kMostFailures = 5;  // for one slot within an hour
constexpr int64_t kClosedMillis = kHourMillis / 4;
// A slot cannot be closed for longer than this, even if the watched time was set back by some
// minutes by a crash.
constexpr int64_t kGreatestClosedMillis = kHourMillis;

constexpr std::array kPurposes{CodePurpose::kSignUp, CodePurpose::kForgotPassword,
                               CodePurpose::kEmail, CodePurpose::kPhoneNumber};

std::string MacOf(const Vault& vault, const CodeSlot& slot, std::string_view code) {
  return base::Base64UrlEncode(
      base::AsBytes(vault.Mac("code", CodeKey(slot) + "/" + std::string(code))));
}

// The code of that message is no longer valid, so the message need not be kept for a reader.
base::Status EndMessage(store::Tx& tx, CodeRecord& record) {
  if (record.message_id.empty()) return {};
  return EndServing(tx, std::exchange(record.message_id, {}));
}

// The slot's record. A damaged one is replaced by the strictest that there can be: it has no code,
// all sends of the hour are used up, and the slot is closed for as long as after too many wrong
// guesses.
base::Result<CodeRecord> ReadSlot(store::Reader& reader, const Services& services,
                                  const CodeSlot& slot) {
  SALLYPORT_ASSIGN(CodeRecord record, ReadCodeRecord(reader, slot));
  if (!record.damaged) return record;
  const int64_t now_millis = services.clock.watched().millis();
  record.sends = {kMostSends, now_millis};
  record.closed_until_millis = now_millis + kClosedMillis;
  return record;
}

// Called where a damaged record is written anew.
void TellOfDamage(const CodeRecord& record, const CodeSlot& slot) {
  if (record.damaged) {
    base::LogError(
        "a damaged record of a code was found: for a quarter of an hour no code is accepted",
        {{"record", CodeKey(slot)}});
  }
}

bool HasExpired(const Services& services, const CodeRecord& record) {
  return services.clock.HasPassed(record.expires_millis, record.ends_millis);
}

base::Status EndCode(store::Tx& tx, CodeRecord& record) {
  record.mac.clear();
  record.target = {};
  record.expires_millis = 0;
  record.ends_millis = 0;
  return EndMessage(tx, record);
}

}  // namespace

std::string MakeCode(const Settings& settings) {
  if (!settings.fixed_code.empty()) return settings.fixed_code;
  return base::RandomString("0123456789", kDigits);
}

int64_t CodeValidMillis(CodePurpose purpose) {
  return purpose == CodePurpose::kForgotPassword ? kHourMillis : 24 * kHourMillis;
}

CodeSlot UnknownSlot(const Services& services, const Pool& pool, std::string_view name,
                     CodePurpose purpose) {
  const std::string mac =
      services.vault.Mac("unknown user", pool.id + "/" + Normalised(pool, name));
  return {.pool_id = pool.id,
          .subject = "unknown." + base::Base64UrlEncode(base::AsBytes(mac)),
          .purpose = purpose,
          .unknown_records = UnknownRecords(services.settings.ceilings[Leftover::kUnknownNames])};
}

base::Status PutCode(store::Tx& tx, const Services& services, const CodeSlot& slot,
                     std::string_view code, const CodeTarget& target, CodeAsker asker,
                     std::string_view message_id, SendCount count) {
  const store::WatchedTime now = services.clock.watched();
  SALLYPORT_ASSIGN(CodeRecord record, ReadSlot(tx, services, slot));
  const bool asked_for = count == SendCount::kCounted;
  // A damaged record is replaced by this send, since a refusal would write nothing.
  if (asked_for && !record.damaged && record.sends.Within(now) >= kMostSends) {
    return error::kAttemptLimit();
  }
  TellOfDamage(record, slot);
  // The code of a sign-up is counted as part of the sign-up.
  const bool counted = asker == CodeAsker::kAnybody && slot.purpose == CodePurpose::kForgotPassword;
  // This applies to unknown names too, so that they are answered as users are. A record that was
  // not counted before needs room now.
  if (counted && (!record.by_anybody || record.EndMillis() <= now.millis())) {
    SALLYPORT_TRY(CheckRoom(tx, services, Leftover::kCodes));
  }
  if (asked_for) record.sends.Add(now);
  SALLYPORT_TRY(EndMessage(tx, record));
  record.message_id = message_id;
  record.mac = code.empty() ? std::string() : MacOf(services.vault, slot, code);
  record.target = target;
  record.expires_millis = services.clock.WallMillis() + CodeValidMillis(slot.purpose);
  record.ends_millis = now.millis() + CodeValidMillis(slot.purpose);
  record.by_anybody = counted;
  return WriteCodeRecord(tx, services, slot, record);
}

base::Result<std::optional<CodeTarget>> OutstandingCode(store::Reader& reader,
                                                        const Services& services,
                                                        const CodeSlot& slot) {
  SALLYPORT_ASSIGN(CodeRecord record, ReadSlot(reader, services, slot));
  if (HasExpired(services, record)) return std::optional<CodeTarget>();
  return std::optional(std::move(record.target));
}

base::Result<CodeVerdict> JudgeCode(store::Tx& tx, const Services& services, const CodeSlot& slot,
                                    std::string_view guess, CodeUse use, NoCode none) {
  SALLYPORT_TRY(MayIssue(services));
  SALLYPORT_ASSIGN(CodeRecord record, ReadSlot(tx, services, slot));
  const store::WatchedTime watched = services.clock.watched();
  if (watched.millis() < record.closed_until_millis) {
    // This version never closes a slot for that long: an older version did, while its clock was
    // ahead. The closing is treated as if it began now, so that it neither ends early nor lasts for
    // days.
    const bool too_long = record.closed_until_millis - watched.millis() > kGreatestClosedMillis;
    if (too_long) record.closed_until_millis = watched.millis() + kClosedMillis;
    TellOfDamage(record, slot);
    if (too_long || record.damaged) {
      SALLYPORT_TRY(WriteCodeRecord(tx, services, slot, record));
    }
    return CodeVerdict{error::kAttemptLimit(), {}};
  }
  const bool outstanding = !HasExpired(services, record);
  if (!outstanding && none == NoCode::kTold) return CodeVerdict{error::kCodeExpired(), {}};
  const bool equal = base::ConstantTimeEqual(MacOf(services.vault, slot, guess), record.mac);
  if (outstanding && equal) {
    if (use == CodeUse::kSpend) {
      SALLYPORT_TRY(EndMessage(tx, record));
      SALLYPORT_TRY(tx.Delete(CodeKey(slot)));
    }
    return CodeVerdict{std::nullopt, std::move(record.target)};
  }
  record.failures.Add(watched);
  if (record.failures.times >= kMostFailures) {
    record.failures = {};
    record.closed_until_millis = watched.millis() + kClosedMillis;
    SALLYPORT_TRY(EndCode(tx, record));
  }
  SALLYPORT_TRY(WriteCodeRecord(tx, services, slot, record));
  return CodeVerdict{error::kCodeMismatch(), {}};
}

base::Status CancelCode(store::Tx& tx, const Services& services, const CodeSlot& slot) {
  SALLYPORT_ASSIGN(CodeRecord record, ReadSlot(tx, services, slot));
  // Expiry is not checked: if the clock is ahead, the code becomes valid again later.
  if (record.expires_millis == 0) return {};
  SALLYPORT_TRY(EndCode(tx, record));
  return WriteCodeRecord(tx, services, slot, record);
}

base::Status DeleteCodes(store::Tx& tx, const User& user) {
  for (const CodePurpose purpose : kPurposes) {
    const CodeSlot slot{user.pool_id, user.sub, purpose};
    // A damaged record must not keep a user from being deleted.
    base::Result<CodeRecord> record = ReadCodeRecord(tx, slot);
    const base::Status ended = record ? EndMessage(tx, *record) : std::move(record).error();
    if (!ended)
      base::LogError("the message that belongs to a code could not be ended",
                     {{"cause", ended.error().cause}});
    SALLYPORT_TRY(tx.Delete(CodeKey(slot)));
  }
  return {};
}

}  // namespace sallyport::domain
