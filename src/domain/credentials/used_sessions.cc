#include "domain/credentials/used_sessions.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "domain/errors.h"
#include "domain/limits/ceilings.h"
#include "domain/limits/room.h"
#include "domain/records/expiry.h"
#include "domain/services.h"
#include "store/store.h"

namespace sallyport::domain {
namespace {

constexpr uint64_t kSessionsOfRecord = 4096;
constexpr size_t kBitsBytes = kSessionsOfRecord / 8;
// Expiry times of records are rounded to multiples of this, so that a record's index row rarely
// changes.
constexpr int64_t kExpiryStep = 600;

std::string StepSort(int64_t expires_millis) {
  return ExpirySort((expires_millis / 1000 / kExpiryStep + 1) * kExpiryStep);
}

}  // namespace

base::Status UseOnce(store::Tx& tx, const Services& services, const SessionNumber& session,
                     int64_t expires_millis) {
  const std::string key =
      fmt::format("used/{}/{:x}", session.run, session.number / kSessionsOfRecord);
  SALLYPORT_ASSIGN(std::optional<std::string> record, tx.Get(key));
  std::string sort = StepSort(expires_millis);
  if (!record) {
    SALLYPORT_TRY(CheckRoom(tx, services, Leftover::kUsedSessions));
    record = sort + std::string(kBitsBytes, '\0');
  }
  if (record->size() != sort.size() + kBitsBytes) {
    return base::InternalError("a damaged record " + key);
  }
  // Another session in the record may live longer, or was begun while the clock was ahead.
  sort = std::max(sort, record->substr(0, sort.size()));
  record->replace(0, sort.size(), sort);
  char& byte = (*record)[sort.size() + session.number % kSessionsOfRecord / 8];
  const auto bit = static_cast<char>(1U << session.number % 8);
  if ((byte & bit) != 0) {
    return error::kSessionUsed();
  }
  byte = static_cast<char>(byte | bit);
  return tx.Put(key, *record,
                {{std::string(LeftoverIndex(Leftover::kUsedSessions)), std::move(sort)}});
}

}  // namespace sallyport::domain
