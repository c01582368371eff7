// History: what a running server knows of the history that its store holds, and whether the store
// was restored from a backup. Each backend reads it at the start, and changes it when the change is
// committed.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/lineage.h"
#include "store/store.h"

namespace sallyport::store {

// Thread-safe. It is in memory only.
class History {
 public:
  // At the start. `restored` is the value of kRestoredRecord. The two others are as in a Witness.
  void Begin(Lineage lineage, std::optional<std::string> restored, uint32_t greatest_ttl_millis,
             uint64_t copied);

  Lineage lineage() const;
  // Whether the log once had this id.
  bool IsPast(const revocation::LogId& id) const;
  uint64_t generation() const;
  void SetGeneration(uint64_t generation);
  // Takes over the history of the store from which this one was copied.
  void Adopt(const Lineage& lineage);

  // Cheap.
  bool is_restored() const { return restored_; }
  std::string restored_reason() const;
  // The store is restored. Gives the reason that holds: the first one that was found.
  std::string NoteRestored(std::string_view reason);
  // `sallyport recover` has committed this history: the store is restored no more.
  void BeginAnew(const Lineage& lineage);

  uint32_t greatest_ttl_millis() const;
  // False: it was as long before.
  bool RaiseGreatestTtl(uint32_t ttl_millis);

  // That this generation is in the database file itself, whatever is in its WAL.
  void NoteCopied(uint64_t generation);

  // What a witness says, but for the log's head and the WAL.
  Witness MakeWitness() const;

 private:
  mutable std::mutex mutex_;
  Lineage lineage_;                   // guarded by mutex_
  std::string reason_;                // guarded by mutex_
  uint32_t greatest_ttl_millis_ = 0;  // guarded by mutex_
  uint64_t copied_ = 0;               // guarded by mutex_
  std::atomic<bool> restored_{false};
};

// The history that `sallyport recover` begins: the log gets the id `log`, and all ids of before are
// of the past, those that the witness and agents have seen (kForeignLogIdsRecord) too. Its
// generation is greater than any that was seen.
base::Result<Lineage> NextHistory(const Lineage& before, const std::optional<Witness>& seen,
                                  std::string_view foreign_ids, const revocation::LogId& log);

}  // namespace sallyport::store
