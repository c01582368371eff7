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

// Never more than what the store holds durably: it is written after the commit.
struct Witness {
  revocation::LogId store{};
  revocation::LogId log{};
  uint64_t generation = 0;
  revocation::LogPosition head;
  bool operator==(const Witness&) const = default;
};

// A slot of the file: "SLYPLIN1", count (8), store id (16), log id (16), generation (8), sequence
// (8), hash (32), then the SHA-256 of all that (32). Integers are little-endian.
inline constexpr size_t kWitnessSlotBytes = 128;

struct WitnessSlot {
  uint64_t count = 0;  // of the two slots, the greater is the newer
  Witness witness;
};

std::string EncodeWitnessSlot(const WitnessSlot& slot);
// Nullopt: never written, torn or damaged.
std::optional<WitnessSlot> DecodeWitnessSlot(std::string_view bytes);

// Precondition: witness.store == lineage.store. By what it is known that this store is older than
// what the witness has seen: a phrase that begins after "the file ". Nullopt: it is not older.
// `hash_at` is Store::HashAt; `head` is the store's.
base::Result<std::optional<std::string>> OlderThanWitness(
    const Witness& witness, const Lineage& lineage, const revocation::LogPosition& head,
    const std::function<base::Result<std::optional<revocation::LogHash>>(uint64_t)>& hash_at);

// A log id that this store never heard of, and by which it is known to be restored. BeginHistory
// counts it to the past: whoever still follows that log is told from then on to take a snapshot,
// and raises no alarm a second time. Durable on return.
base::Status NoteForeignLogId(Store& store, const revocation::LogId& id);
// Where they are kept until then: 16 bytes each.
inline constexpr std::string_view kForeignLogIdsRecord = "meta/feed/foreign-log-ids";

}  // namespace sallyport::store
