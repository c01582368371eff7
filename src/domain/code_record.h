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
#include "domain/code.h"

namespace sallyport::domain {

// How often within the hour that began with the first.
struct HourCount {
  int64_t times = 0;
  int64_t since_millis = 0;

  void Add(int64_t now_millis);
  int64_t Within(int64_t now_millis) const;
};

struct CodeRecord {
  std::string mac;  // base64url; empty: no guess is right
  CodeTarget target;
  int64_t expires_millis = 0;  // 0: no code is outstanding
  HourCount sends, failures;
  int64_t closed_until_millis = 0;
  // Asked for by somebody who has proved nothing: a Leftover (ceilings.h).
  bool by_anybody = false;

  // From when on it serves nobody; 0: it was never written.
  int64_t EndMillis() const;
};

// "code/..." of a user's slot; of an unknown name's a text that no other slot has.
std::string CodeKey(const CodeSlot& slot);

base::Result<CodeRecord> ReadCodeRecord(store::Reader& reader, const CodeSlot& slot);
base::Status WriteCodeRecord(store::Tx& tx, const CodeSlot& slot, const CodeRecord& record,
                             int64_t now_millis);

// How many records the table of unknown names has under that ceiling.
uint32_t UnknownRecords(int64_t ceiling_bytes);

}  // namespace sallyport::domain
