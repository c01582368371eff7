#include "domain/credentials/password_guesses.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "domain/credentials/code_record.h"
#include "domain/credentials/unknown_place.h"
#include "domain/keys/vault.h"
#include "domain/records/expiry.h"
#include "domain/records/json.h"
#include "domain/records/record.h"
#include "domain/services.h"
#include "domain/users/user.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

constexpr int64_t kQuarterMillis = 900'000;
constexpr int64_t kChangeHourMillis = 3'600'000;
// How many names that no user has share one record of their table.
constexpr size_t kUnknownGuessPlaces = 32;
// What UseOf estimates for a record of the table whose places are all taken, or a little more.
constexpr int64_t kUnknownGuessesBytes = 3'328;
// How long after its last lock-out a count may be deleted.
constexpr int64_t kSpareMillis = 300'000;
// Each wrong password makes room for more than one, so that the size shrinks after a ceiling was
// lowered.
constexpr size_t kEvictedAtOnce = 2;
constexpr int64_t kMostDoublings = 10;
// This server never writes a greater number.
constexpr int64_t kMostWrong = int64_t{1} << 31;

// For how long nobody may try a password after so many wrong ones.
int64_t WaitMillis(int64_t wrong) {
  if (wrong < kFreeWrongPasswords) return 0;
  const int64_t doublings = std::min(wrong - kFreeWrongPasswords, kMostDoublings);
  return std::min<int64_t>(int64_t{1000} << doublings, kQuarterMillis);
}

PasswordGuesses StillCounting(const PasswordGuesses& read, store::WatchedTime now) {
  return read.EndMillis() > now.millis() ? read : PasswordGuesses();
}

bool MayGiveWay(const PasswordGuesses& guesses, store::WatchedTime now) {
  return guesses.until_millis + kSpareMillis <= now.millis();
}

std::string SortOf(int64_t end_millis) {
  return ExpirySort(end_millis / 1000 + 1);
}

// ---- Reading records, which may contain anything.

// Replaces a damaged record.
PasswordGuesses GreatestWait(store::WatchedTime now) {
  return {kFreeWrongPasswords + kMostDoublings, now.millis() + kQuarterMillis, /*damaged=*/true};
}

// A lock-out cannot end later than its greatest length from now. (After a crash the watched time
// may be a little behind the record; then the greatest length is right, too.)
PasswordGuesses WithinBounds(std::optional<int64_t> wrong, std::optional<int64_t> until,
                             store::WatchedTime now) {
  const bool right = wrong && until && *wrong >= 1 && *wrong <= kMostWrong && *until >= 0 &&
                     *until <= now.millis() + kQuarterMillis;
  return right ? PasswordGuesses{*wrong, *until} : GreatestWait(now);
}

struct KeptGuesses {
  std::optional<int64_t> wrong, until_millis;
};
constexpr auto kKeptGuesses = RecordOf<KeptGuesses>(Member("Wrong", &KeptGuesses::wrong),
                                                    Member("Until", &KeptGuesses::until_millis));

base::Result<PasswordGuesses> ReadUsers(store::Reader& reader, const GuessSubject& subject,
                                        store::WatchedTime now) {
  const std::string key = subject.Key();
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return PasswordGuesses();
  const auto record = ParseRecord(key, *bytes);
  if (!record) return GreatestWait(now);
  const KeptGuesses kept = kKeptGuesses.Read(*record);
  return WithinBounds(kept.wrong, kept.until_millis, now);
}

base::Status WriteUsers(store::Tx& tx, const GuessSubject& subject,
                        const PasswordGuesses& guesses) {
  const KeptGuesses kept{guesses.wrong, guesses.until_millis};
  return tx.Put(
      subject.Key(), json::serialize(kKeptGuesses.Write(kept)),
      {{std::string(LeftoverIndex(Leftover::kWrongPasswords)), SortOf(guesses.EndMillis())}});
}

// ---- The table of names that no user has. A record's members are {tag: [wrong, until]}, in the
// order in which they were written.

// A tag that no name has. It replaces a record that could not be read, and applies to all names in
// that record.
constexpr std::string_view kEveryName = "*";

struct UnknownGuesses {
  std::string tag;
  PasswordGuesses guesses;
};

std::string UnknownKey(const UnknownPlace& place) {
  return fmt::format("unknown-wrong-passwords/{}", place.record);
}

std::optional<int64_t> WholeNumber(const json::value& value) {
  const int64_t* number = value.if_int64();
  return number != nullptr ? std::optional(*number) : std::nullopt;
}

PasswordGuesses ReadPlace(const json::value& value, store::WatchedTime now) {
  const json::array* numbers = value.if_array();
  if (numbers == nullptr || numbers->size() != 2) return GreatestWait(now);
  return WithinBounds(WholeNumber((*numbers)[0]), WholeNumber((*numbers)[1]), now);
}

// The counts that are still valid.
base::Result<std::vector<UnknownGuesses>> ReadUnknownGuesses(store::Reader& reader,
                                                             const std::string& key,
                                                             store::WatchedTime now) {
  std::vector<UnknownGuesses> all;
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return all;
  const auto members = ParseRecord(key, *bytes);
  if (!members) {
    all.push_back({std::string(kEveryName), GreatestWait(now)});
    return all;
  }
  for (const auto& [tag, value] : *members)
    all.push_back({std::string(tag), ReadPlace(value, now)});
  std::erase_if(all, [&](const auto& one) { return one.guesses.EndMillis() <= now.millis(); });
  return all;
}

PasswordGuesses GuessesOf(const std::vector<UnknownGuesses>& all, std::string_view tag) {
  for (const std::string_view wanted : {tag, kEveryName}) {
    for (const UnknownGuesses& one : all) {
      if (one.tag == wanted) return one.guesses;
    }
  }
  return {};
}

base::Status WriteUnknownGuesses(store::Tx& tx, const std::string& key,
                                 const std::vector<UnknownGuesses>& all) {
  json::object members;
  int64_t end = 0;
  for (const UnknownGuesses& one : all) {
    members[one.tag] = json::array{one.guesses.wrong, one.guesses.until_millis};
    end = std::max(end, one.guesses.EndMillis());
  }
  return tx.Put(key, json::serialize(members),
                {{std::string(LeftoverIndex(Leftover::kUnknownWrongPasswords)), SortOf(end)}});
}

// The oldest place of a full record that may be reused.
auto PlaceToFree(const std::vector<UnknownGuesses>& all, store::WatchedTime now) {
  return std::find_if(all.begin(), all.end(),
                      [&](const auto& one) { return MayGiveWay(one.guesses, now); });
}

base::Status NoteUnknown(store::Tx& tx, const Services& services, const GuessSubject& subject,
                         int64_t times) {
  const store::WatchedTime now = services.clock.watched();
  const UnknownPlace place = PlaceOfUnknown(subject.subject, subject.unknown_records);
  const std::string key = UnknownKey(place);
  SALLYPORT_ASSIGN(std::vector<UnknownGuesses> all, ReadUnknownGuesses(tx, key, now));
  const PasswordGuesses guesses = MorePasswordGuesses(GuessesOf(all, place.tag), times, now);
  std::erase_if(all, [&](const auto& one) { return one.tag == place.tag; });
  bool room = all.size() < kUnknownGuessPlaces;
  if (!room) {
    if (services.ceiling_watch != nullptr) {
      services.ceiling_watch->Met(Leftover::kUnknownWrongPasswords);
    }
    const auto freed = PlaceToFree(all, now);
    room = freed != all.end();
    if (room) all.erase(freed);
  }
  // Where no place can be freed, nothing is stored for this name. That matters only where a
  // function of the pool looks at passwords, and then the function is not called
  // (CanNoteWrongPassword). The record is written all the same, so that the time is the same.
  if (room) all.push_back({place.tag, guesses});
  return WriteUnknownGuesses(tx, key, all);
}

// ---- ChangePassword.

struct KeptChanges {
  std::optional<int64_t> attempts, since_millis;
};
constexpr auto kKeptChanges = RecordOf<KeptChanges>(Member("Attempts", &KeptChanges::attempts),
                                                    Member("Since", &KeptChanges::since_millis));

std::string PasswordChangesKey(const User& user) {
  return "password-changes/" + user.pool_id + "/" + user.sub;
}

// nullopt: the record is damaged.
base::Result<std::optional<HourCount>> ReadPasswordChanges(store::Reader& reader, const User& user,
                                                           store::WatchedTime now) {
  const std::string key = PasswordChangesKey(user);
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return std::optional(HourCount());
  const auto record = ParseRecord(key, *bytes);
  const KeptChanges kept = record ? kKeptChanges.Read(*record) : KeptChanges();
  const bool right = kept.attempts && kept.since_millis && *kept.attempts >= 1 &&
                     *kept.attempts <= kMostWrong && *kept.since_millis >= 0 &&
                     *kept.since_millis <= now.millis() + kChangeHourMillis;
  if (!right) return std::optional<HourCount>();
  return std::optional(HourCount{*kept.attempts, *kept.since_millis});
}

base::Status WritePasswordChanges(store::Tx& tx, const User& user, const HourCount& count) {
  const KeptChanges kept{count.times, count.since_millis};
  return tx.Put(
      PasswordChangesKey(user), json::serialize(kKeptChanges.Write(kept)),
      {{std::string(kPasswordChangesByExpiry), SortOf(count.since_millis + kChangeHourMillis)}});
}

}  // namespace

std::string GuessSubject::Key() const {
  return "wrong-passwords/" + pool_id + "/" + subject;
}

std::string GuessSubject::RecordKey() const {
  return known() ? Key() : UnknownKey(PlaceOfUnknown(subject, unknown_records));
}

GuessSubject GuessSubjectOf(std::string_view pool_id, std::string_view sub) {
  return {std::string(pool_id), std::string(sub)};
}

GuessSubject UnknownGuessSubject(const Services& services, std::string_view pool_id,
                                 std::string_view user_id) {
  const std::string mac =
      services.vault.Mac("wrong passwords", std::string(pool_id) + "/" + std::string(user_id));
  const int64_t ceiling = services.settings.ceilings[Leftover::kUnknownWrongPasswords];
  const int64_t records =
      std::clamp<int64_t>(ceiling / kUnknownGuessesBytes, 1, std::numeric_limits<uint32_t>::max());
  return {.pool_id = std::string(pool_id),
          .subject = "unknown." + base::Base64UrlEncode(base::AsBytes(mac)),
          .unknown_records = static_cast<uint32_t>(records)};
}

int64_t PasswordGuesses::EndMillis() const {
  constexpr int64_t kMostMillis = std::numeric_limits<int64_t>::max() - kQuarterMillis;
  return wrong == 0 ? 0 : std::min(until_millis, kMostMillis) + kQuarterMillis;
}

PasswordGuesses MorePasswordGuesses(const PasswordGuesses& before, int64_t more,
                                    store::WatchedTime now) {
  const int64_t wrong = std::min(before.wrong + more, kMostWrong);
  return {wrong, now.millis() + WaitMillis(wrong)};
}

base::Result<PasswordGuesses> ReadPasswordGuesses(store::Reader& reader, const Services& services,
                                                  const GuessSubject& subject) {
  const store::WatchedTime now = services.clock.watched();
  if (subject.known()) {
    SALLYPORT_ASSIGN(const PasswordGuesses read, ReadUsers(reader, subject, now));
    return StillCounting(read, now);
  }
  const UnknownPlace place = PlaceOfUnknown(subject.subject, subject.unknown_records);
  SALLYPORT_ASSIGN(const std::vector<UnknownGuesses> all,
                   ReadUnknownGuesses(reader, UnknownKey(place), now));
  return GuessesOf(all, place.tag);
}

base::Status NoteWrongPassword(store::Tx& tx, const Services& services, const GuessSubject& subject,
                               int64_t times) {
  if (!subject.known()) {
    // Counted as below, so that it takes as long.
    SALLYPORT_TRY(tx.CountOf(LeftoverIndex(Leftover::kWrongPasswords)));
    return NoteUnknown(tx, services, subject, times);
  }
  // Nothing is stored for a user who was deleted meanwhile.
  SALLYPORT_ASSIGN(const auto anchor, tx.Get(UserKey(subject.pool_id, subject.subject)));
  if (!anchor) return {};
  const store::WatchedTime now = services.clock.watched();
  SALLYPORT_ASSIGN(const PasswordGuesses before, ReadPasswordGuesses(tx, services, subject));
  SALLYPORT_TRY(WriteUsers(tx, subject, MorePasswordGuesses(before, times, now)));
  SALLYPORT_ASSIGN(const size_t evicted,
                   EvictPasswordGuesses(tx, services.settings.ceilings, now, kEvictedAtOnce));
  if (evicted > 0 && services.ceiling_watch != nullptr) {
    services.ceiling_watch->Met(Leftover::kWrongPasswords);
  }
  return {};
}

base::Result<bool> CanNoteWrongPassword(store::Reader& reader, const Services& services,
                                        const GuessSubject& subject) {
  if (subject.known()) return true;
  const store::WatchedTime now = services.clock.watched();
  const UnknownPlace place = PlaceOfUnknown(subject.subject, subject.unknown_records);
  SALLYPORT_ASSIGN(const std::vector<UnknownGuesses> all,
                   ReadUnknownGuesses(reader, UnknownKey(place), now));
  const bool own =
      std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.tag == place.tag; });
  return own || all.size() < kUnknownGuessPlaces || PlaceToFree(all, now) != all.end();
}

base::Status MendPasswordGuesses(store::Tx& tx, const Services& services,
                                 const GuessSubject& subject) {
  const store::WatchedTime now = services.clock.watched();
  SALLYPORT_ASSIGN(const PasswordGuesses guesses, ReadPasswordGuesses(tx, services, subject));
  if (!guesses.damaged) return {};
  if (subject.known()) return WriteUsers(tx, subject, guesses);
  const std::string key = UnknownKey(PlaceOfUnknown(subject.subject, subject.unknown_records));
  SALLYPORT_ASSIGN(const std::vector<UnknownGuesses> all, ReadUnknownGuesses(tx, key, now));
  return WriteUnknownGuesses(tx, key, all);
}

base::Status ClearPasswordGuesses(store::Tx& tx, std::string_view pool_id, std::string_view sub) {
  return tx.Delete(GuessSubjectOf(pool_id, sub).Key());
}

base::Result<size_t> EvictPasswordGuesses(store::Tx& tx, const Ceilings& ceilings,
                                          store::WatchedTime now, size_t most) {
  SALLYPORT_ASSIGN(const bool room, HasRoom(tx, ceilings, Leftover::kWrongPasswords));
  if (room) return size_t{0};
  SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                   tx.List(LeftoverIndex(Leftover::kWrongPasswords), "", std::nullopt, most));
  // The order is by their end, which is a quarter of an hour after the last lock-out.
  const std::string latest = SortOf(now.millis() + kQuarterMillis - kSpareMillis);
  size_t evicted = 0;
  for (const store::ListItem& item : items) {
    if (item.sort > latest) break;
    SALLYPORT_TRY(tx.Delete(item.key));
    ++evicted;
    SALLYPORT_ASSIGN(const bool enough, HasRoom(tx, ceilings, Leftover::kWrongPasswords));
    if (enough) break;
  }
  return evicted;
}

base::Result<PasswordChanges> PasswordChangesOf(store::Reader& reader, const Services& services,
                                                const User& user) {
  const store::WatchedTime now = services.clock.watched();
  SALLYPORT_ASSIGN(const std::optional<HourCount> count, ReadPasswordChanges(reader, user, now));
  if (!count) return PasswordChanges{kMostPasswordChanges, /*damaged=*/true};
  return PasswordChanges{count->Within(now), /*damaged=*/false};
}

base::Status NotePasswordChange(store::Tx& tx, const Services& services, const User& user) {
  const store::WatchedTime now = services.clock.watched();
  SALLYPORT_ASSIGN(const auto anchor, tx.Get(UserKey(user.pool_id, user.sub)));
  if (!anchor) return {};
  SALLYPORT_ASSIGN(const std::optional<HourCount> kept, ReadPasswordChanges(tx, user, now));
  HourCount count = kept.value_or(HourCount{kMostPasswordChanges, now.millis()});
  count.Add(now);
  return WritePasswordChanges(tx, user, count);
}

base::Status MendPasswordChanges(store::Tx& tx, const Services& services, const User& user) {
  const store::WatchedTime now = services.clock.watched();
  SALLYPORT_ASSIGN(const std::optional<HourCount> kept, ReadPasswordChanges(tx, user, now));
  if (kept) return {};
  return WritePasswordChanges(tx, user, {kMostPasswordChanges, now.millis()});
}

base::Status DeletePasswordCounts(store::Tx& tx, const User& user) {
  SALLYPORT_TRY(tx.Delete(PasswordChangesKey(user)));
  return ClearPasswordGuesses(tx, user.pool_id, user.sub);
}

}  // namespace sallyport::domain
