// Ceilings limit how much callers without credentials can make the server store.
//
// What such a call leaves in the store is a Leftover. Each kind of Leftover has a counted index
// (store.h) in which every record of the kind has a row. So the size of each kind is known exactly,
// whatever deletes a record and whenever the server stops. When a kind has reached its ceiling,
// either the call is refused with an explanation, or records that protect nobody are deleted first
// (decision 0024 has the table). What calls with credentials store is not counted, and never
// refused for this reason.
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
  kCodes,                  // ForgotPassword's codes for users
  kUnknownNames,           // what is remembered about codes for names that no user has
  kChallenges,             // sessions of CUSTOM_AUTH
  kUsedSessions,           // notes of which SRP sessions were answered
  kWaitingMessages,        // messages to be delivered
  kHeldMessages,           // messages that only the outbox shows
  kWrongPasswords,         // counts of wrong passwords, for users
  kUnknownWrongPasswords,  // the same for names that no user has
  kCount,
};
inline constexpr size_t kLeftovers = static_cast<size_t>(Leftover::kCount);

// For example "sign-ups". The inverse function gives nullopt for a text that is no such name.
std::string_view LeftoverName(Leftover leftover);
std::optional<Leftover> LeftoverOf(std::string_view name);
// The counted index of the records of that kind.
std::string_view LeftoverIndex(Leftover leftover);

constexpr int64_t kKib = 1024;

struct Ceilings {
  int64_t& operator[](Leftover leftover) { return bytes[static_cast<size_t>(leftover)]; }
  int64_t operator[](Leftover leftover) const { return bytes[static_cast<size_t>(leftover)]; }

  // In the database, as UseOf estimates them.
  std::array<int64_t, kLeftovers> bytes{12'288 * kKib, 3'072 * kKib, 3'072 * kKib,
                                        4'096 * kKib,  1'024 * kKib, 3'072 * kKib,
                                        8'192 * kKib,  4'096 * kKib, 8'192 * kKib};
  // How long an unconfirmed sign-up is kept after its last code has expired, or after the sign-up
  // itself where no code was sent.
  int64_t unconfirmed_seconds = int64_t{30} * 86'400;
};

struct LeftoverUse {
  int64_t records = 0;
  // Estimated from the sizes of the records, with names, index rows and half-empty pages of a
  // B-tree, so that it is never less than the space they take in the database.
  int64_t bytes = 0;
};
base::Result<LeftoverUse> UseOf(store::Reader& reader, Leftover leftover);

// How much of a ceiling a caller may use.
enum class Share : uint8_t { kHalf, kWhole };

// Whether the kind is below that share of its ceiling. If so, one more record of any size may be
// written.
base::Result<bool> HasRoom(store::Reader& reader, const Ceilings& ceilings, Leftover leftover,
                           Share share = Share::kWhole);

// TooManyRequestsException, which SDKs retry with pauses; its text says what there is too much of.
// Use NoRoom (room.h) to answer a call: it also notes that the ceiling was reached.
base::Error CeilingError(Leftover leftover);

// Counts how often each ceiling was reached since the start. Thread-safe.
class CeilingWatch {
 public:
  void Met(Leftover leftover) { ++met_[static_cast<size_t>(leftover)]; }
  uint64_t times(Leftover leftover) const { return met_[static_cast<size_t>(leftover)]; }

 private:
  std::array<std::atomic<uint64_t>, kLeftovers> met_{};
};

}  // namespace sallyport::domain
