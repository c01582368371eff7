#include "domain/password_guesses.h"

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
#include "domain/code_record.h"
#include "domain/family.h"
#include "domain/json.h"
#include "domain/record.h"
#include "domain/services.h"
#include "domain/unknown_place.h"
#include "domain/user.h"
#include "domain/vault.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

constexpr int64_t kQuarterMillis = 900'000;
constexpr int64_t kChangeHourMillis = 3'600'000;
// What UseOf reckons for a record of the table with all its places taken, or a little more.
constexpr int64_t kUnknownGuessesBytes = 896;
constexpr int64_t kSpareMillis = 300'000;
// Each wrong password makes room for more than one, so that a ceiling that was lowered is reached.
constexpr size_t kEvictedAtOnce = 2;

// How long nobody may try after so many wrong ones.
int64_t WaitMillis(int64_t wrong) {
  if (wrong < kFreeWrongPasswords) return 0;
  constexpr int64_t kMostDoublings = 10;
  const int64_t doublings = std::min(wrong - kFreeWrongPasswords, kMostDoublings);
  return std::min<int64_t>(int64_t{1000} << doublings, kQuarterMillis);
}

PasswordGuesses OneMore(const PasswordGuesses& before, store::WatchedTime now) {
  const int64_t wrong = before.wrong + 1;
  return {wrong, now.millis() + WaitMillis(wrong)};
}

PasswordGuesses StillCounting(const PasswordGuesses& read, store::WatchedTime now) {
  return read.EndMillis() > now.millis() ? read : PasswordGuesses();
}

std::string SortOf(int64_t end_millis) {
  return FamilyExpirySort(end_millis / 1000 + 1);
}

constexpr auto kPasswordGuesses = RecordOf<PasswordGuesses>(
    Member("Wrong", &PasswordGuesses::wrong), Member("Until", &PasswordGuesses::until_millis));

// ---- The table of names that no user has: members {tag: [wrong, until]}, in the order in which
// they were written.

struct UnknownGuesses {
  std::string tag;
  PasswordGuesses guesses;
};

std::string UnknownKey(const UnknownPlace& place) {
  return fmt::format("unknown-wrong-passwords/{}", place.record);
}

base::Result<std::vector<UnknownGuesses>> ReadUnknownGuesses(store::Reader& reader,
                                                             const std::string& key) {
  std::vector<UnknownGuesses> all;
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return all;
  SALLYPORT_ASSIGN(const json::object members, ParseRecord(key, *bytes));
  for (const auto& [tag, value] : members) {
    const json::array* numbers = value.if_array();
    if (numbers == nullptr || numbers->size() != 2) continue;
    if (!(*numbers)[0].is_int64() || !(*numbers)[1].is_int64()) continue;
    all.push_back({std::string(tag), {(*numbers)[0].get_int64(), (*numbers)[1].get_int64()}});
  }
  return all;
}

// Frees a place of a full record. False: all of them lock somebody out.
bool FreeOnePlace(std::vector<UnknownGuesses>& all, store::WatchedTime now) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto& one) { return !one.guesses.IsLockedOut(now); });
  if (found == all.end()) return false;
  all.erase(found);
  return true;
}

base::Status NoteUnknown(store::Tx& tx, const Services& services, const GuessSubject& subject) {
  const store::WatchedTime now = services.clock.watched();
  const UnknownPlace place = PlaceOfUnknown(subject.subject, subject.unknown_records);
  const std::string key = UnknownKey(place);
  SALLYPORT_ASSIGN(std::vector<UnknownGuesses> all, ReadUnknownGuesses(tx, key));
  std::erase_if(all, [&](const auto& one) { return one.guesses.EndMillis() <= now.millis(); });
  PasswordGuesses guesses;
  if (const auto own = std::find_if(all.begin(), all.end(),
                                    [&](const auto& one) { return one.tag == place.tag; });
      own != all.end()) {
    guesses = own->guesses;
    all.erase(own);
  }
  const bool full = all.size() >= kUnknownPlaces;
  if (full && services.ceiling_watch != nullptr) {
    services.ceiling_watch->Met(Leftover::kUnknownWrongPasswords);
  }
  // Where no place can be freed this name is not noted: it protects nobody. The record is written
  // all the same, which takes as long.
  if (!full || FreeOnePlace(all, now)) all.push_back({place.tag, OneMore(guesses, now)});
  json::object members;
  int64_t end = 0;
  for (const UnknownGuesses& one : all) {
    members[one.tag] = json::array{one.guesses.wrong, one.guesses.until_millis};
    end = std::max(end, one.guesses.EndMillis());
  }
  return tx.Put(key, json::serialize(members),
                {{std::string(LeftoverIndex(Leftover::kUnknownWrongPasswords)), SortOf(end)}});
}

base::Result<PasswordGuesses> ReadUnknownOnes(store::Reader& reader, const GuessSubject& subject) {
  const UnknownPlace place = PlaceOfUnknown(subject.subject, subject.unknown_records);
  SALLYPORT_ASSIGN(const std::vector<UnknownGuesses> all,
                   ReadUnknownGuesses(reader, UnknownKey(place)));
  for (const UnknownGuesses& one : all) {
    if (one.tag == place.tag) return one.guesses;
  }
  return PasswordGuesses();
}

base::Result<PasswordGuesses> ReadUsers(store::Reader& reader, const GuessSubject& subject) {
  const std::string key = subject.Key();
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return PasswordGuesses();
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, *bytes));
  return kPasswordGuesses.Read(record);
}

// ---- ChangePassword.

constexpr auto kPasswordChanges = RecordOf<HourCount>(Member("Attempts", &HourCount::times),
                                                      Member("Since", &HourCount::since_millis));

std::string PasswordChangesKey(const User& user) {
  return "password-changes/" + user.pool_id + "/" + user.sub;
}

base::Result<HourCount> ReadPasswordChanges(store::Reader& reader, const User& user) {
  const std::string key = PasswordChangesKey(user);
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return HourCount();
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, *bytes));
  return kPasswordChanges.Read(record);
}

}  // namespace

std::string GuessSubject::Key() const {
  return "wrong-passwords/" + pool_id + "/" + subject;
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
  return wrong == 0 ? 0 : until_millis + kQuarterMillis;
}

base::Result<PasswordGuesses> ReadPasswordGuesses(store::Reader& reader, const Services& services,
                                                  const GuessSubject& subject) {
  SALLYPORT_ASSIGN(const PasswordGuesses read,
                   subject.known() ? ReadUsers(reader, subject) : ReadUnknownOnes(reader, subject));
  return StillCounting(read, services.clock.watched());
}

base::Status NoteWrongPassword(store::Tx& tx, const Services& services,
                               const GuessSubject& subject) {
  if (!subject.known()) return NoteUnknown(tx, services, subject);
  // Who was deleted meanwhile leaves nothing.
  SALLYPORT_ASSIGN(const auto anchor, tx.Get(UserKey(subject.pool_id, subject.subject)));
  if (!anchor) return {};
  const store::WatchedTime now = services.clock.watched();
  SALLYPORT_ASSIGN(const PasswordGuesses before, ReadPasswordGuesses(tx, services, subject));
  const PasswordGuesses guesses = OneMore(before, now);
  SALLYPORT_TRY(tx.Put(
      subject.Key(), json::serialize(kPasswordGuesses.Write(guesses)),
      {{std::string(LeftoverIndex(Leftover::kWrongPasswords)), SortOf(guesses.EndMillis())}}));
  SALLYPORT_ASSIGN(const size_t evicted,
                   EvictPasswordGuesses(tx, services.settings.ceilings, now, kEvictedAtOnce));
  if (evicted > 0 && services.ceiling_watch != nullptr) {
    services.ceiling_watch->Met(Leftover::kWrongPasswords);
  }
  return {};
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
  size_t evicted = 0;
  for (const store::ListItem& item : items) {
    SALLYPORT_ASSIGN(const json::object record, ParseRecord(item.key, item.value));
    // They are sorted by their end.
    if (kPasswordGuesses.Read(record).until_millis + kSpareMillis > now.millis()) break;
    SALLYPORT_TRY(tx.Delete(item.key));
    ++evicted;
    SALLYPORT_ASSIGN(const bool enough, HasRoom(tx, ceilings, Leftover::kWrongPasswords));
    if (enough) break;
  }
  return evicted;
}

base::Result<int64_t> PasswordChangesOf(store::Reader& reader, const Services& services,
                                        const User& user) {
  SALLYPORT_ASSIGN(const HourCount count, ReadPasswordChanges(reader, user));
  return count.Within(services.clock.watched());
}

base::Status NotePasswordChange(store::Tx& tx, const Services& services, const User& user) {
  SALLYPORT_ASSIGN(HourCount count, ReadPasswordChanges(tx, user));
  count.Add(services.clock.watched());
  return tx.Put(
      PasswordChangesKey(user), json::serialize(kPasswordChanges.Write(count)),
      {{std::string(kPasswordChangesByExpiry), SortOf(count.since_millis + kChangeHourMillis)}});
}

base::Status DeletePasswordCounts(store::Tx& tx, const User& user) {
  SALLYPORT_TRY(tx.Delete(PasswordChangesKey(user)));
  return ClearPasswordGuesses(tx, user.pool_id, user.sub);
}

}  // namespace sallyport::domain
