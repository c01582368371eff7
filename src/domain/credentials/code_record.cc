#include "domain/credentials/code_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "domain/credentials/unknown_place.h"
#include "domain/limits/ceilings.h"
#include "domain/records/expiry.h"
#include "domain/records/json.h"
#include "domain/records/record.h"
#include "domain/services.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

constexpr int64_t kCountMillis = 3'600'000;
// What UseOf estimates for a record of the table whose places are all taken, or a little more.
constexpr int64_t kUnknownRecordBytes = 1'280;
// Expiry times of records in the table are rounded to multiples of this, so that a record's index
// row rarely changes.
constexpr int64_t kExpiryStepMillis = 600'000;

std::string_view PurposeName(CodePurpose purpose) {
  constexpr std::array<std::string_view, 4> kNames{"sign-up", "forgot-password", "email",
                                                   "phone_number"};
  return kNames[static_cast<size_t>(purpose)];
}

std::vector<store::IndexRow> RowsOf(std::string_view index, int64_t end_millis) {
  return {{std::string(index), ExpirySort(end_millis / 1000 + 1)}};
}

// ---- The table of names that no user has.

struct CodePlace {
  std::string key;
  std::string tag;
};

CodePlace PlaceOf(const CodeSlot& slot) {
  const UnknownPlace place = PlaceOfUnknown(slot.subject, slot.unknown_records);
  return {fmt::format("unknown/{}", place.record),
          fmt::format("{}/{}", place.tag, PurposeName(slot.purpose))};
}

constexpr auto kCodeTarget = RecordOf<CodeTarget>(Member("Attribute", &CodeTarget::attribute),
                                                  Member("Destination", &CodeTarget::destination),
                                                  Member("Pending", &CodeTarget::pending));
constexpr auto kCodeRecord = RecordOf<CodeRecord>(
    Member("Mac", &CodeRecord::mac), Inline(&CodeRecord::target, kCodeTarget),
    Member("Expires", &CodeRecord::expires_millis),
    // Records of older versions lack it. For them the watched time begins at the time of day.
    MemberOr("Ends", &CodeRecord::ends_millis, "Expires"),
    Inline(&CodeRecord::sends, RecordOf<HourCount>(Member("Sends", &HourCount::times),
                                                   Member("SendsSince", &HourCount::since_millis))),
    Inline(&CodeRecord::failures,
           RecordOf<HourCount>(Member("Failures", &HourCount::times),
                               Member("FailuresSince", &HourCount::since_millis))),
    Member("ClosedUntil", &CodeRecord::closed_until_millis),
    Sparse("ByAnybody", &CodeRecord::by_anybody), Sparse("Message", &CodeRecord::message_id));

// ---- Reading records, which may contain anything.

// Sums of times up to here are int64, and a double has them exactly.
constexpr int64_t kGreatestTime = int64_t{1} << 53;
// More than any limit; this server never writes a greater count.
constexpr int64_t kGreatestCount = 1'000'000;

bool IsWithin(const std::optional<int64_t>& number, int64_t greatest) {
  return number && *number >= 0 && *number <= greatest;
}

// The numbers of a record: nullopt where one is absent, or is not a whole number.
struct CodeNumbers {
  std::optional<int64_t> expires, ends, sends, sends_since, failures, failures_since, closed_until;

  bool Right() const {
    return IsWithin(sends, kGreatestCount) && IsWithin(failures, kGreatestCount) &&
           IsWithin(expires, kGreatestTime) && IsWithin(ends, kGreatestTime) &&
           IsWithin(sends_since, kGreatestTime) && IsWithin(failures_since, kGreatestTime) &&
           IsWithin(closed_until, kGreatestTime);
  }
};
constexpr auto kCodeNumbers = RecordOf<CodeNumbers>(
    Member("Expires", &CodeNumbers::expires), MemberOr("Ends", &CodeNumbers::ends, "Expires"),
    Member("Sends", &CodeNumbers::sends), Member("SendsSince", &CodeNumbers::sends_since),
    Member("Failures", &CodeNumbers::failures),
    Member("FailuresSince", &CodeNumbers::failures_since),
    Member("ClosedUntil", &CodeNumbers::closed_until));

CodeRecord Damaged(std::string message_id) {
  CodeRecord record;
  record.message_id = std::move(message_id);
  record.damaged = true;
  return record;
}

struct Entry {
  std::string tag;
  CodeRecord record;
};

// nullopt: it is damaged.
std::optional<CodeRecord> ReadPlace(const json::value& value) {
  const json::array* numbers = value.if_array();
  // Older versions wrote six numbers.
  if (numbers == nullptr || (numbers->size() != 6 && numbers->size() != 7)) return std::nullopt;
  const auto number = [&](size_t at) {
    const int64_t* whole = (*numbers)[at].if_int64();
    return whole != nullptr ? std::optional(*whole) : std::nullopt;
  };
  const CodeNumbers n{.expires = number(0),
                      .ends = number(numbers->size() == 7 ? 6 : 0),
                      .sends = number(1),
                      .sends_since = number(2),
                      .failures = number(3),
                      .failures_since = number(4),
                      .closed_until = number(5)};
  if (!n.Right()) return std::nullopt;
  return CodeRecord{.mac = {},
                    .target = {},
                    .expires_millis = *n.expires,
                    .ends_millis = *n.ends,
                    .sends = {*n.sends, *n.sends_since},
                    .failures = {*n.failures, *n.failures_since},
                    .closed_until_millis = *n.closed_until,
                    .by_anybody = true};
}

// Places that are damaged are left out.
base::Result<std::vector<Entry>> ReadEntries(store::Reader& reader, const std::string& key) {
  std::vector<Entry> entries;
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return entries;
  const auto members = ParseRecord(key, *bytes);
  if (!members) return entries;
  for (const auto& [tag, value] : *members) {
    if (auto record = ReadPlace(value)) entries.push_back({std::string(tag), std::move(*record)});
  }
  return entries;
}

base::Result<CodeRecord> ReadUnknown(store::Reader& reader, const CodeSlot& slot) {
  const CodePlace place = PlaceOf(slot);
  SALLYPORT_ASSIGN(std::vector<Entry> entries, ReadEntries(reader, place.key));
  for (Entry& entry : entries) {
    if (entry.tag == place.tag) return std::move(entry.record);
  }
  return CodeRecord();
}

base::Status WriteUnknown(store::Tx& tx, const Services& services, const CodeSlot& slot,
                          const CodeRecord& record) {
  const int64_t now_millis = services.clock.watched().millis();
  const CodePlace place = PlaceOf(slot);
  SALLYPORT_ASSIGN(std::vector<Entry> entries, ReadEntries(tx, place.key));
  std::erase_if(entries, [&](const Entry& entry) {
    return entry.tag == place.tag || entry.record.EndMillis() <= now_millis;
  });
  // Entries are in the order in which they were written.
  if (entries.size() >= kUnknownPlaces) {
    entries.erase(entries.begin());
    if (services.ceiling_watch != nullptr) services.ceiling_watch->Met(Leftover::kUnknownNames);
  }
  entries.push_back({place.tag, record});
  json::object members;
  int64_t end = 0;
  for (const Entry& entry : entries) {
    const CodeRecord& r = entry.record;
    members[entry.tag] = json::array{
        r.expires_millis,        r.sends.times,         r.sends.since_millis, r.failures.times,
        r.failures.since_millis, r.closed_until_millis, r.ends_millis};
    end = std::max(end, r.EndMillis());
  }
  end = (end / kExpiryStepMillis + 1) * kExpiryStepMillis;
  return tx.Put(place.key, json::serialize(members),
                RowsOf(LeftoverIndex(Leftover::kUnknownNames), end));
}

}  // namespace

void HourCount::Add(store::WatchedTime now) {
  if (Within(now) == 0) *this = {0, now.millis()};
  ++times;
}

int64_t HourCount::Within(store::WatchedTime now) const {
  // An hour that began more than an hour in the future was begun by an older version whose clock
  // was ahead.
  const bool counts =
      since_millis > now.millis() - kCountMillis && since_millis < now.millis() + kCountMillis;
  return counts ? times : 0;
}

int64_t CodeRecord::EndMillis() const {
  const auto end = [](const HourCount& count) {
    return count.times == 0 ? 0 : count.since_millis + kCountMillis;
  };
  return std::max({ends_millis, closed_until_millis, end(sends), end(failures)});
}

std::string CodeKey(const CodeSlot& slot) {
  return "code/" + slot.pool_id + "/" + slot.subject + "/" + std::string(PurposeName(slot.purpose));
}

base::Result<CodeRecord> ReadCodeRecord(store::Reader& reader, const CodeSlot& slot) {
  if (slot.unknown_records > 0) return ReadUnknown(reader, slot);
  const std::string key = CodeKey(slot);
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return CodeRecord();
  const auto members = ParseRecord(key, *bytes);
  if (!members) return Damaged({});
  CodeRecord record = kCodeRecord.Read(*members);
  if (!kCodeNumbers.Read(*members).Right()) return Damaged(std::move(record.message_id));
  return record;
}

base::Status WriteCodeRecord(store::Tx& tx, const Services& services, const CodeSlot& slot,
                             const CodeRecord& record) {
  if (slot.unknown_records > 0) return WriteUnknown(tx, services, slot, record);
  const std::string_view index =
      record.by_anybody ? LeftoverIndex(Leftover::kCodes) : kCodesByExpiry;
  return tx.Put(CodeKey(slot), json::serialize(kCodeRecord.Write(record)),
                RowsOf(index, record.EndMillis()));
}

uint32_t UnknownRecords(int64_t ceiling_bytes) {
  constexpr int64_t kMost = std::numeric_limits<uint32_t>::max();
  return static_cast<uint32_t>(std::clamp<int64_t>(ceiling_bytes / kUnknownRecordBytes, 1, kMost));
}

}  // namespace sallyport::domain
