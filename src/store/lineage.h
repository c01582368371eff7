// The witness: what is written beside a store of how far it was, so that an older copy put in its
// place is noticed. Pure functions; the file is in sqlite/witness_file.h.
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

// Which WAL belongs to the database (sqlite.org/fileformat2.html#walformat). SQLite replays
// whatever it finds beside it, an older one over newer pages too.
struct WalMark {
  enum class Kind : uint32_t {
    kUnknown = 0,  // also while a start makes WALs of its own
    kNone = 1,     // the database was closed, and its WAL deleted
    kKnown = 2,
    kForeign = 3,  // a start found one that is not its own; SQLite has made one of the two since
  };
  Kind kind = Kind::kUnknown;
  // kKnown: by its header, and how many of its frames are certainly durable. 0: it may be gone.
  uint32_t salt1 = 0;
  uint32_t salt2 = 0;
  uint64_t frames = 0;
  bool operator==(const WalMark&) const = default;
};

// A WAL on the disk with at least one frame of its own; without one SQLite takes nothing from it.
struct FoundWal {
  uint32_t salt1 = 0;
  uint32_t salt2 = 0;
  bool reaches = false;  // it has as many frames as the mark counts
};

// Whether the database cannot have left this WAL, whatever ended its server. Nullopt: there is
// none.
bool IsForeignWal(const WalMark& mark, const std::optional<FoundWal>& found);

// Never more than what the store holds durably: it is written after the commit.
struct Witness {
  revocation::LogId store{};
  revocation::LogId log{};
  uint64_t generation = 0;
  revocation::LogPosition head;
  // The generation that the database file had by itself, without its WAL, when the WAL began or
  // later. 0: not known.
  uint64_t copied = 0;
  // The greatest TTL of leases that any server of this store has granted, or was about to.
  uint32_t greatest_ttl_millis = 0;
  WalMark wal{};
  bool operator==(const Witness&) const = default;
};

// A slot of the file: "SLYPLIN3", count (8), store id (16), log id (16), generation (8), sequence
// (8), hash (32), copied (8), greatest TTL (4), of the WAL: kind (4), salts (4 and 4), frames (8);
// then the SHA-256 of all that (32). Integers are little-endian. "SLYPLIN2" had nothing of the WAL,
// and "SLYPLIN1" neither copied nor greatest TTL.
inline constexpr size_t kWitnessSlotBytes = 160;

struct WitnessSlot {
  uint64_t count = 0;  // of the two slots, the greater is the newer
  Witness witness;
};

std::string EncodeWitnessSlot(const WitnessSlot& slot);
// Of any format; what follows a slot of an older one is not looked at. Nullopt: never written, torn
// or damaged.
std::optional<WitnessSlot> DecodeWitnessSlot(std::string_view bytes);

// Precondition: witness.store == lineage.store. By what it is known that this store is older than
// what the witness has seen: a phrase that begins after "the file ". Nullopt: it is not older.
// `hash_at` is Store::HashAt; `head` is the store's; `copied` is the generation that its database
// file has by itself, nullopt where that cannot be told.
base::Result<std::optional<std::string>> OlderThanWitness(
    const Witness& witness, const Lineage& lineage, const revocation::LogPosition& head,
    std::optional<uint64_t> copied,
    const std::function<base::Result<std::optional<revocation::LogHash>>(uint64_t)>& hash_at);

// A log id that this store never heard of, and by which it is known to be restored. BeginHistory
// counts it to the past: whoever still follows that log is told from then on to take a snapshot,
// and raises no alarm a second time. Durable on return.
base::Status NoteForeignLogId(Store& store, const revocation::LogId& id);
// Where they are kept until then: 16 bytes each.
inline constexpr std::string_view kForeignLogIdsRecord = "meta/feed/foreign-log-ids";

}  // namespace sallyport::store
