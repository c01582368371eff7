// CodeRecord: what is kept of a slot's code, and of the sends and guesses that are counted.
//
// A user's are records of their own, "code/{pool}/{subject}/{purpose}". Those of names that no user
// has share a table of fixed size, so that an endless row of names leaves nothing more than a short
// one: a record "unknown/{number}" has the places of the names that fall on it. Where all places of
// a record are taken, the one goes that serves nobody any more, or the oldest: nobody is protected
// by it, but its name is answered as if nothing had been sent to it yet.
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

// How often within the hour that began with the first, by the watched time: no wall clock makes the
// hour shorter, or longer.
struct HourCount {
  int64_t times = 0;
  int64_t since_millis = 0;

  void Add(store::WatchedTime now);
  int64_t Within(store::WatchedTime now) const;
};

struct CodeRecord {
  std::string mac;  // base64url; empty: no guess is right
  CodeTarget target;
  // By the server's time: a code is expired by a clock that is ahead, and serves again when that is
  // put right. 0: no code is outstanding.
  int64_t expires_millis = 0;
  // The rest by the watched time. Until when the code may serve, and is kept.
  int64_t ends_millis = 0;
  HourCount sends, failures;
  int64_t closed_until_millis = 0;
  // Asked for by somebody who has proved nothing: a Leftover (ceilings.h).
  bool by_anybody = false;
  // The message that the code went out with, while it may serve; empty: none, or it is not known.
  std::string message_id{};

  // From when on it serves nobody; 0: it was never written.
  int64_t EndMillis() const;
};

// Index of the codes that are no Leftover (ceilings.h); the others have that sort in their counted
// index. Sort ExpirySort(when the record serves nobody any more, by the watched time).
inline constexpr std::string_view kCodesByExpiry = "codes-by-expiry";

// "code/..." of a user's slot; of an unknown name's a text that no other slot has.
std::string CodeKey(const CodeSlot& slot);

base::Result<CodeRecord> ReadCodeRecord(store::Reader& reader, const CodeSlot& slot);
base::Status WriteCodeRecord(store::Tx& tx, const Services& services, const CodeSlot& slot,
                             const CodeRecord& record);

// How many records the table of unknown names has under that ceiling.
uint32_t UnknownRecords(int64_t ceiling_bytes);

}  // namespace sallyport::domain
