// LineageKeeper: knows which history the store holds and whether the store is an older copy of
// itself, and writes the witness file. It writes to table `meta` first, and to the file only after
// that commit is confirmed, so the file is never ahead of an intact store.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/history.h"
#include "store/lineage.h"
#include "store/sqlite/room.h"
#include "store/sqlite/witness_file.h"
#include "store/sqlite/writer.h"
#include "store/witness_thread.h"

namespace sallyport::store {

// Thread-safe. While the store is known to be restored, the file is not changed, because it is the
// proof.
class LineageKeeper {
 public:
  // The generation in the database file itself, whatever its WAL says. Nullopt: there is none, or
  // it cannot be read without the WAL. Called before the database is opened.
  static std::optional<uint64_t> GenerationInFile(const std::string& directory);

  // Called before SQLite opens the database and merges its WAL into it. Compares the WAL with the
  // witness file, and notes in the file either that the WAL is foreign, or that from now on it is
  // not known (since a start creates WALs of its own). Durable on return. After an error nothing
  // may be opened.
  static base::Status JudgeWal(const std::string& directory, WitnessFile& file, Room& room);

  // Compares the store with the witness file. Marks the store if it is restored; otherwise raises
  // the generation. An error is for the administrator: the file is another store's, or cannot be
  // created. `found` is GenerationInFile before the database was opened; `copied` is the same
  // afterwards, when the WAL may have been copied. `writer` must outlive the keeper; `period` is
  // the time between two generations.
  static base::Result<std::unique_ptr<LineageKeeper>> Open(
      const std::string& directory, WitnessFile file, std::optional<uint64_t> found,
      std::optional<uint64_t> copied, Writer& writer, std::chrono::milliseconds period);
  ~LineageKeeper() { (void)End(); }
  LineageKeeper(const LineageKeeper&) = delete;
  LineageKeeper& operator=(const LineageKeeper&) = delete;

  // Ends the thread and raises the generation once more. Gives the file, for what is written when
  // the database is closed; nullopt where the store is restored.
  std::optional<WitnessFile> End();

  // Tells that the log has grown. Does not block.
  void Notice() { thread_.Notice(); }

  // Raises the generation, because the WAL is about to be copied into the database file; 0: it
  // could not now. NoteCopied tells that everything that was committed before that call is durably
  // in the file.
  uint64_t RaiseBeforeCopy();
  void NoteCopied(uint64_t generation);

  // See Store.
  uint32_t WitnessedTtl() const { return history_.greatest_ttl_millis(); }
  base::Status WitnessTtl(uint32_t ttl_millis);
  Lineage lineage() const { return history_.lineage(); }
  bool IsPast(const revocation::LogId& id) const { return history_.IsPast(id); }
  bool is_restored() const { return history_.is_restored(); }
  std::string restored_reason() const { return history_.restored_reason(); }
  base::Status MarkRestored(std::string_view reason);
  base::Status BeginHistory();
  // Store::AdoptLineage.
  base::Status Adopt(const Lineage& lineage);

 private:
  LineageKeeper(std::string directory, WitnessFile file, std::optional<uint64_t> found,
                Writer& writer, std::chrono::milliseconds period);

  base::Status Read(uint64_t copied);
  base::Status Judge();
  // As OlderThanWitness. A missing or damaged file also counts as a proof that the store is older.
  base::Result<std::optional<std::string>> IsOlder();
  // Writes the generation to the store, then to the file.
  base::Status RaiseGeneration();
  base::Status WriteWitness();
  Witness MakeWitness() const;
  // True: it was done, or must not be done because the store is restored. False: there was no
  // space.
  bool TryNow(base::Status (LineageKeeper::*write)());

  const std::string directory_;
  WitnessFile file_;  // guarded by file_mutex_
  std::mutex file_mutex_;
  const std::optional<uint64_t> found_;  // GenerationInFile, before the database was opened
  Writer& writer_;

  std::mutex raise_mutex_;  // held while a generation is raised; locked before file_mutex_
  History history_;
  bool raised_ = true;    // at the start
  WitnessThread thread_;  // the last member, so that it ends first
};

}  // namespace sallyport::store
