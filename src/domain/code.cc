#include "domain/code.h"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/encoding.h"
#include "base/random.h"
#include "base/secret.h"
#include "domain/family.h"
#include "domain/json.h"
#include "domain/pool.h"
#include "domain/user.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

constexpr size_t kDigits = 6;
constexpr int64_t kHourMillis = 3'600'000;
constexpr int64_t kMostSends = 20;    // of one slot within an hour
constexpr int64_t kMostFailures = 5;  // the same
constexpr int64_t kClosedMillis = kHourMillis / 4;

struct Purpose {
  CodePurpose purpose;
  std::string_view name;
  int64_t valid_millis;
};
constexpr std::array<Purpose, 4> kPurposes{{
    {CodePurpose::kSignUp, "sign-up", 24 * kHourMillis},
    {CodePurpose::kForgotPassword, "forgot-password", kHourMillis},
    {CodePurpose::kEmail, "email", 24 * kHourMillis},
    {CodePurpose::kPhoneNumber, "phone_number", 24 * kHourMillis},
}};

const Purpose& Of(CodePurpose purpose) {
  return *std::find_if(kPurposes.begin(), kPurposes.end(),
                       [purpose](const Purpose& row) { return row.purpose == purpose; });
}

// How often within the hour that began with the first.
struct Count {
  int64_t times = 0;
  int64_t since_millis = 0;

  void Add(int64_t now_millis) {
    if (now_millis >= since_millis + kHourMillis) *this = {0, now_millis};
    ++times;
  }
  int64_t Within(int64_t now_millis) const {
    return now_millis < since_millis + kHourMillis ? times : 0;
  }
};

struct Record {
  std::string mac;  // base64url; empty: no guess is right
  CodeTarget target;
  int64_t expires_millis = 0;  // 0: no code is outstanding
  Count sends, failures;
  int64_t closed_until_millis = 0;
};

std::string CodeKey(const CodeSlot& slot) {
  return "code/" + slot.pool_id + "/" + slot.subject + "/" + std::string(Of(slot.purpose).name);
}

std::string MacOf(const Vault& vault, const CodeSlot& slot, std::string_view code) {
  return base::Base64UrlEncode(
      base::AsBytes(vault.Mac("code", CodeKey(slot) + "/" + std::string(code))));
}

base::Result<Record> ReadRecord(store::Reader& reader, const CodeSlot& slot) {
  const std::string key = CodeKey(slot);
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return Record();
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, *bytes));
  return Record{.mac = std::string(StringMember(record, "Mac")),
                .target = {.attribute = std::string(StringMember(record, "Attribute")),
                           .destination = std::string(StringMember(record, "Destination")),
                           .pending = BoolMember(record, "Pending")},
                .expires_millis = IntMember(record, "Expires"),
                .sends = {IntMember(record, "Sends"), IntMember(record, "SendsSince")},
                .failures = {IntMember(record, "Failures"), IntMember(record, "FailuresSince")},
                .closed_until_millis = IntMember(record, "ClosedUntil")};
}

base::Status WriteRecord(store::Tx& tx, const CodeSlot& slot, const Record& record) {
  const json::object object{{"Mac", record.mac},
                            {"Attribute", record.target.attribute},
                            {"Destination", record.target.destination},
                            {"Pending", record.target.pending},
                            {"Expires", record.expires_millis},
                            {"Sends", record.sends.times},
                            {"SendsSince", record.sends.since_millis},
                            {"Failures", record.failures.times},
                            {"FailuresSince", record.failures.since_millis},
                            {"ClosedUntil", record.closed_until_millis}};
  const int64_t last = std::max({record.expires_millis, record.closed_until_millis,
                                 record.sends.since_millis + kHourMillis,
                                 record.failures.since_millis + kHourMillis});
  return tx.Put(CodeKey(slot), json::serialize(object),
                {{std::string(kCodesByExpiry), FamilyExpirySort(last / 1000 + 1)}});
}

base::Error LimitExceeded() {
  return {"LimitExceededException", "Attempt limit exceeded, please try after some time.", ""};
}

void EndCode(Record& record) {
  record.mac.clear();
  record.target = {};
  record.expires_millis = 0;
}

}  // namespace

std::string MakeCode(const Settings& settings) {
  if (!settings.fixed_code.empty()) return settings.fixed_code;
  return base::RandomString("0123456789", kDigits);
}

std::string UnknownSubject(const Vault& vault, const Pool& pool, std::string_view name) {
  return "unknown." + base::Base64UrlEncode(base::AsBytes(
                          vault.Mac("unknown user", pool.id + "/" + Normalised(pool, name))));
}

base::Status PutCode(store::Tx& tx, const Vault& vault, const CodeSlot& slot, std::string_view code,
                     const CodeTarget& target, int64_t now_millis) {
  SALLYPORT_ASSIGN(Record record, ReadRecord(tx, slot));
  if (record.sends.Within(now_millis) >= kMostSends) return LimitExceeded();
  record.sends.Add(now_millis);
  record.mac = code.empty() ? std::string() : MacOf(vault, slot, code);
  record.target = target;
  record.expires_millis = now_millis + Of(slot.purpose).valid_millis;
  return WriteRecord(tx, slot, record);
}

base::Result<std::optional<CodeTarget>> OutstandingCode(store::Reader& reader, const CodeSlot& slot,
                                                        int64_t now_millis) {
  SALLYPORT_ASSIGN(Record record, ReadRecord(reader, slot));
  if (now_millis >= record.expires_millis) return std::optional<CodeTarget>();
  return std::optional(std::move(record.target));
}

base::Result<CodeVerdict> JudgeCode(store::Tx& tx, const Vault& vault, const CodeSlot& slot,
                                    std::string_view guess, CodeUse use, int64_t now_millis) {
  SALLYPORT_ASSIGN(Record record, ReadRecord(tx, slot));
  if (now_millis < record.closed_until_millis) return CodeVerdict{LimitExceeded(), {}};
  if (now_millis >= record.expires_millis) {
    return CodeVerdict{base::Error{"ExpiredCodeException",
                                   "Invalid code provided, please request a code again.", ""},
                       {}};
  }
  if (base::ConstantTimeEqual(MacOf(vault, slot, guess), record.mac)) {
    if (use == CodeUse::kSpend) SALLYPORT_TRY(tx.Delete(CodeKey(slot)));
    return CodeVerdict{std::nullopt, std::move(record.target)};
  }
  record.failures.Add(now_millis);
  if (record.failures.times >= kMostFailures) {
    record.failures = {};
    record.closed_until_millis = now_millis + kClosedMillis;
    EndCode(record);
  }
  SALLYPORT_TRY(WriteRecord(tx, slot, record));
  return CodeVerdict{base::Error{"CodeMismatchException",
                                 "Invalid verification code provided, please try again.", ""},
                     {}};
}

base::Status CancelCode(store::Tx& tx, const CodeSlot& slot, int64_t now_millis) {
  SALLYPORT_ASSIGN(Record record, ReadRecord(tx, slot));
  if (now_millis >= record.expires_millis) return {};
  EndCode(record);
  return WriteRecord(tx, slot, record);
}

base::Status DeleteCodes(store::Tx& tx, const User& user) {
  for (const Purpose& row : kPurposes) {
    SALLYPORT_TRY(tx.Delete(CodeKey({user.pool_id, user.sub, row.purpose})));
  }
  return {};
}

}  // namespace sallyport::domain
