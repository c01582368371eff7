// CodeRecord: the stored form of a slot's code, with the counts of sends and guesses.
//
// Each user has records of their own, "code/{pool}/{subject}/{purpose}". Names that no user has
// share a table of fixed size, so that a stranger who asks for endless names fills no disk. A
// record "unknown/{number}" of that table has places for several names, which are assigned by a
// hash. When all places of a record are taken, a new name gets the place of one whose counts have
// expired, or else of the oldest. This weakens no user's protection: the displaced name is only
// answered as if nothing had been sent to it yet.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "domain/credentials/code_slot.h"
#include "store/forgetting.h"

namespace sallyport::store {
class Reader;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct Services;

// How often something happened within the hour that began with its first occurrence, by the watched
// time. No change of the wall clock makes that hour shorter or longer.
struct HourCount {
  int64_t times = 0;
  int64_t since_millis = 0;

  void Add(store::WatchedTime now);
  int64_t Within(store::WatchedTime now) const;
};

struct CodeRecord {
  std::string mac;  // base64url; empty: no guess is right
  CodeTarget target;
  // By the server's time. A clock that is ahead expires a code, which is valid again when the clock
  // has been corrected. 0: there is no code.
  int64_t expires_millis = 0;
  // What follows is by the watched time. This is until when the code can be valid, and is kept.
  int64_t ends_millis = 0;
  HourCount sends, failures;
  int64_t closed_until_millis = 0;
  // Requested by somebody who has proved nothing, so it counts as a Leftover (ceilings.h).
  bool by_anybody = false;
  // The message that carried the code, as long as the code can be valid; empty: no message, or it
  // is not known.
  std::string message_id{};
  // What is stored cannot have been written by this server. Then the record has no code and no
  // counts.
  bool damaged = false;

  // When the record may be deleted; 0: it was never written.
  int64_t EndMillis() const;
};

// Index of the codes that are not Leftovers (ceilings.h), in the order of ExpirySort(when the
// record may be deleted, by the watched time). Those that are Leftovers have the same order in
// their counted index.
inline constexpr std::string_view kCodesByExpiry = "codes-by-expiry";

// The key of a user's record, "code/...". For the slot of an unknown name it is a text that
// identifies the slot.
std::string CodeKey(const CodeSlot& slot);

// A record that cannot be read is not an error, but `damaged`. A name that no user has is forgotten
// instead.
base::Result<CodeRecord> ReadCodeRecord(store::Reader& reader, const CodeSlot& slot);
base::Status WriteCodeRecord(store::Tx& tx, const Services& services, const CodeSlot& slot,
                             const CodeRecord& record);

// How many records the table of unknown names has when its ceiling is `ceiling_bytes`.
uint32_t UnknownRecords(int64_t ceiling_bytes);

}  // namespace sallyport::domain
