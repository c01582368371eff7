#include "domain/code.h"

#include <array>
#include <utility>

#include "base/encoding.h"
#include "base/random.h"
#include "base/secret.h"
#include "domain/ceilings.h"
#include "domain/code_record.h"
#include "domain/issue.h"
#include "domain/pool.h"
#include "domain/user.h"
#include "store/store.h"

namespace sallyport::domain {

namespace {

constexpr size_t kDigits = 6;
constexpr int64_t kHourMillis = 3'600'000;
constexpr int64_t kMostSends = 20;    // of one slot within an hour
constexpr int64_t kMostFailures = 5;  // the same
constexpr int64_t kClosedMillis = kHourMillis / 4;

constexpr std::array kPurposes{CodePurpose::kSignUp, CodePurpose::kForgotPassword,
                               CodePurpose::kEmail, CodePurpose::kPhoneNumber};

std::string MacOf(const Vault& vault, const CodeSlot& slot, std::string_view code) {
  return base::Base64UrlEncode(
      base::AsBytes(vault.Mac("code", CodeKey(slot) + "/" + std::string(code))));
}

base::Error LimitExceeded() {
  return {"LimitExceededException", "Attempt limit exceeded, please try after some time.", ""};
}

void EndCode(CodeRecord& record) {
  record.mac.clear();
  record.target = {};
  record.expires_millis = 0;
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
                     std::string_view code, const CodeTarget& target, CodeAsker asker) {
  const int64_t now_millis = services.clock.WallMillis();
  SALLYPORT_ASSIGN(CodeRecord record, ReadCodeRecord(tx, slot));
  if (record.sends.Within(now_millis) >= kMostSends) return LimitExceeded();
  // A sign-up's code is counted with the sign-up.
  const bool counted = asker == CodeAsker::kAnybody && slot.purpose == CodePurpose::kForgotPassword;
  // Of an unknown name too, so that it is answered as a user's.
  if (counted && record.EndMillis() <= now_millis) {
    SALLYPORT_TRY(CheckRoom(tx, services, Leftover::kCodes));
  }
  record.sends.Add(now_millis);
  record.mac = code.empty() ? std::string() : MacOf(services.vault, slot, code);
  record.target = target;
  record.expires_millis = now_millis + CodeValidMillis(slot.purpose);
  record.by_anybody = counted;
  return WriteCodeRecord(tx, slot, record, now_millis);
}

base::Result<std::optional<CodeTarget>> OutstandingCode(store::Reader& reader, const CodeSlot& slot,
                                                        int64_t now_millis) {
  SALLYPORT_ASSIGN(CodeRecord record, ReadCodeRecord(reader, slot));
  if (now_millis >= record.expires_millis) return std::optional<CodeTarget>();
  return std::optional(std::move(record.target));
}

base::Result<CodeVerdict> JudgeCode(store::Tx& tx, const Services& services, const CodeSlot& slot,
                                    std::string_view guess, CodeUse use, int64_t now_millis) {
  SALLYPORT_TRY(MayIssue(services));
  SALLYPORT_ASSIGN(CodeRecord record, ReadCodeRecord(tx, slot));
  if (now_millis < record.closed_until_millis) return CodeVerdict{LimitExceeded(), {}};
  if (now_millis >= record.expires_millis) {
    return CodeVerdict{base::Error{"ExpiredCodeException",
                                   "Invalid code provided, please request a code again.", ""},
                       {}};
  }
  if (base::ConstantTimeEqual(MacOf(services.vault, slot, guess), record.mac)) {
    if (use == CodeUse::kSpend) SALLYPORT_TRY(tx.Delete(CodeKey(slot)));
    return CodeVerdict{std::nullopt, std::move(record.target)};
  }
  record.failures.Add(now_millis);
  if (record.failures.times >= kMostFailures) {
    record.failures = {};
    record.closed_until_millis = now_millis + kClosedMillis;
    EndCode(record);
  }
  SALLYPORT_TRY(WriteCodeRecord(tx, slot, record, now_millis));
  return CodeVerdict{base::Error{"CodeMismatchException",
                                 "Invalid verification code provided, please try again.", ""},
                     {}};
}

base::Status CancelCode(store::Tx& tx, const CodeSlot& slot, int64_t now_millis) {
  SALLYPORT_ASSIGN(CodeRecord record, ReadCodeRecord(tx, slot));
  if (now_millis >= record.expires_millis) return {};
  EndCode(record);
  return WriteCodeRecord(tx, slot, record, now_millis);
}

base::Status DeleteCodes(store::Tx& tx, const User& user) {
  for (const CodePurpose purpose : kPurposes) {
    SALLYPORT_TRY(tx.Delete(CodeKey({user.pool_id, user.sub, purpose})));
  }
  return {};
}

}  // namespace sallyport::domain
