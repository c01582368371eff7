// The witness: a note beside a store of how far the store has come. By it a start notices when an
// older copy was put in the store's place. These are pure functions; sqlite/witness_file.h has the
// file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "revocation/frame.h"
#include "revocation/revocation.h"
#include "store/store.h"

namespace sallyport::store {

// Identifies the WAL that belongs to the database (sqlite.org/fileformat2.html#walformat). SQLite
// replays any WAL that it finds beside a database, even an older one over newer pages.
struct WalMark {
  enum class Kind : uint32_t {
    kUnknown = 0,  // also while a start creates WALs of its own
    kNone = 1,     // the database was closed and its WAL deleted
    kKnown = 2,
    kForeign = 3,  // a start found a WAL of another database; since then SQLite has merged the two
  };
  Kind kind = Kind::kUnknown;
  // With kKnown: the salts in its header, and how many of its frames are certainly durable. 0
  // frames: the WAL may have disappeared.
  uint32_t salt1 = 0;
  uint32_t salt2 = 0;
  uint64_t frames = 0;
  bool operator==(const WalMark&) const = default;
};

// A WAL that was found on the disk, with at least one frame of its own; without one SQLite takes
// nothing from it.
struct FoundWal {
  uint32_t salt1 = 0;
  uint32_t salt2 = 0;
  bool reaches = false;  // it has as many frames as the mark says
};

// Whether this WAL cannot be the one that the database had, however its server ended. `found` is
// nullopt where there is no WAL.
bool IsForeignWal(const WalMark& mark, const std::optional<FoundWal>& found);

// What the witness says. It is written after the commit, so it never says more than the store holds
// durably.
struct Witness {
  revocation::LogId store{};
  revocation::LogId log{};
  uint64_t generation = 0;
  revocation::LogPosition head;
  // A generation that was in the database file itself, without its WAL, when the present WAL began
  // or later. 0: not known.
  uint64_t copied = 0;
  // The longest TTL of a lease that any server of this store has granted or was about to grant.
  uint32_t greatest_ttl_millis = 0;
  WalMark wal{};
  bool operator==(const Witness&) const = default;
};

// A slot of the file: "SLYPLIN3", count (8), store id (16), log id (16), generation (8), sequence
// (8), hash (32), copied (8), greatest TTL (4), and about the WAL: kind (4), salts (4 and 4),
// frames (8); then the SHA-256 of all that (32). Integers are little-endian. The older format
// "SLYPLIN2" had nothing about the WAL, and "SLYPLIN1" had neither copied nor greatest TTL.
inline constexpr size_t kWitnessSlotBytes = 160;

struct WitnessSlot {
  uint64_t count = 0;  // the slot with the greater count is the newer one
  Witness witness;
};

std::string EncodeWitnessSlot(const WitnessSlot& slot);
// Reads a slot of any format; bytes behind a slot of an older format are ignored. Nullopt: the slot
// was never written, was written in part, or is damaged.
std::optional<WitnessSlot> DecodeWitnessSlot(std::string_view bytes);

// Says by what one can tell that this store is older than what the witness has seen: a phrase that
// begins after "the file ". Nullopt: the store is not older. Precondition: witness.store ==
// lineage.store. `hash_at` is Store::HashAt and `head` is the store's. `copied` is the generation
// in the database file itself; nullopt where that is not known.
base::Result<std::optional<std::string>> OlderThanWitness(
    const Witness& witness, const Lineage& lineage, const revocation::LogPosition& head,
    std::optional<uint64_t> copied,
    const std::function<base::Result<std::optional<revocation::LogHash>>(uint64_t)>& hash_at);

// Notes a log id that an agent follows and that this store never had, which proves that the store
// was restored. BeginHistory adds it to the ids of the past: from then on an agent that still
// follows that log is told to take a snapshot, and raises no alarm again. Durable on return.
base::Status NoteForeignLogId(Store& store, const revocation::LogId& id);
// Where such ids are kept until then: 16 bytes each.
inline constexpr std::string_view kForeignLogIdsRecord = "meta/feed/foreign-log-ids";

}  // namespace sallyport::store
