// Ceilings: how much the callers without credentials can make the store keep.
//
// What such a call leaves behind is a Leftover. Each kind has a counted index (store.h), in which
// every record of that kind has a row; so its size is known exactly, whatever deletes the record
// and whenever the server stops. At its ceiling a kind takes nothing more: the call is refused in
// words, or what protects nobody goes first (decision 0024 has the table). Calls with credentials
// are not counted and never refused.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace sallyport::store {
class Reader;
}

namespace sallyport::domain {

enum class Leftover : uint8_t {
  kSignUps,                // users that signed up and were never confirmed, with all their records
  kCodes,                  // ForgotPassword's codes, of users
  kUnknownNames,           // what is remembered of codes for names that no user has
  kChallenges,             // sessions of CUSTOM_AUTH
  kUsedSessions,           // which SRP sessions were answered
  kWaitingMessages,        // to be delivered
  kHeldMessages,           // for the outbox, where alone they can be read
  kWrongPasswords,         // how many were given for users
  kUnknownWrongPasswords,  // for names that no user has
  kCount,
};
inline constexpr size_t kLeftovers = static_cast<size_t>(Leftover::kCount);

// "sign-ups"; the inverse gives nullopt for any other text.
std::string_view LeftoverName(Leftover leftover);
std::optional<Leftover> LeftoverOf(std::string_view name);
// The counted index of its records.
std::string_view LeftoverIndex(Leftover leftover);

constexpr int64_t kKib = 1024;

struct Ceilings {
  int64_t& operator[](Leftover leftover) { return bytes[static_cast<size_t>(leftover)]; }
  int64_t operator[](Leftover leftover) const { return bytes[static_cast<size_t>(leftover)]; }

  // Of the database, as UseOf reckons.
  std::array<int64_t, kLeftovers> bytes{12'288 * kKib, 3'072 * kKib, 3'072 * kKib,
                                        4'096 * kKib,  1'024 * kKib, 3'072 * kKib,
                                        8'192 * kKib,  4'096 * kKib, 8'192 * kKib};
  // How long a sign-up that is never confirmed is kept after its last code has expired; after the
  // sign-up itself where no code was sent.
  int64_t unconfirmed_seconds = int64_t{30} * 86'400;
};

struct LeftoverUse {
  int64_t records = 0;
  // Of the database: reckoned from the records' sizes so that it is not less than what they take,
  // with their names, index rows and the half-empty pages of a B-tree.
  int64_t bytes = 0;
};
base::Result<LeftoverUse> UseOf(store::Reader& reader, Leftover leftover);

// How much of a ceiling a caller may fill.
enum class Share : uint8_t { kHalf, kWhole };

// Whether the kind is below that share of its ceiling. One more record may then be written, of
// whatever size.
base::Result<bool> HasRoom(store::Reader& reader, const Ceilings& ceilings, Leftover leftover,
                           Share share = Share::kWhole);

// TooManyRequestsException, which SDKs try again with pauses, in words that say what there is too
// much of. Who answers it notes that the ceiling was met: NoRoom (room.h).
base::Error CeilingError(Leftover leftover);

// How often each ceiling was met since the start. Thread-safe.
class CeilingWatch {
 public:
  void Met(Leftover leftover) { ++met_[static_cast<size_t>(leftover)]; }
  uint64_t times(Leftover leftover) const { return met_[static_cast<size_t>(leftover)]; }

 private:
  std::array<std::atomic<uint64_t>, kLeftovers> met_{};
};

}  // namespace sallyport::domain
