// LineageKeeper: which history the store holds, whether it is an older copy of itself, and the
// witness file beside it. `meta` is written first, the file after the confirmed commit: the file is
// never ahead of a store that is what it was.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"
#include "store/lineage.h"
#include "store/sqlite/room.h"
#include "store/sqlite/witness_file.h"
#include "store/sqlite/writer.h"

namespace sallyport::store {

// Thread-safe. While the store is known to be restored, the file is left as it is: it is the proof.
class LineageKeeper {
 public:
  // The generation that the database file has by itself, whatever its WAL says. Nullopt: none, or
  // it cannot be read without the WAL. For before the database is opened.
  static std::optional<uint64_t> GenerationInFile(const std::string& directory);

  // Before SQLite opens the database with its WAL, and so makes one of the two: judges the WAL by
  // the file, and notes there that it is foreign, or that it is not known from here on, since a
  // start makes WALs of its own. Durable on return; an error: nothing may be opened.
  static base::Status JudgeWal(const std::string& directory, WitnessFile& file, Room& room);

  // Judges the store by the file, marks it if it is restored, and otherwise raises the generation.
  // Errors are for the administrator: the file is another store's, or cannot be made. `found` is
  // GenerationInFile before the database was opened, by which it is judged, `copied` the same after
  // that, when the WAL may have been copied; `writer` outlives the keeper; `period` is the time
  // between two generations.
  static base::Result<std::unique_ptr<LineageKeeper>> Open(
      const std::string& directory, WitnessFile file, std::optional<uint64_t> found,
      std::optional<uint64_t> copied, Writer& writer, std::chrono::milliseconds period);
  ~LineageKeeper() { (void)End(); }
  LineageKeeper(const LineageKeeper&) = delete;
  LineageKeeper& operator=(const LineageKeeper&) = delete;

  // Ends the thread and raises the generation once more. Gives the file for what is written when
  // the database is closed; nullopt: the store is restored.
  std::optional<WitnessFile> End();

  // The log has grown. Does not block.
  void Notice();

  // Raises the generation, because the WAL is about to be copied into the database file; 0: not
  // now. NoteCopied: what was committed before that call is in the file, durably.
  uint64_t RaiseBeforeCopy();
  void NoteCopied(uint64_t generation);

  // Of Store.
  uint32_t WitnessedTtl() const;
  base::Status WitnessTtl(uint32_t ttl_millis);
  Lineage lineage() const;
  bool IsPast(const revocation::LogId& id) const;
  bool is_restored() const { return restored_; }
  std::string restored_reason() const;
  base::Status MarkRestored(std::string_view reason);
  base::Status BeginHistory();

 private:
  using Steady = std::chrono::steady_clock;

  LineageKeeper(std::string directory, WitnessFile file, std::optional<uint64_t> found,
                std::optional<uint64_t> copied, Writer& writer, std::chrono::milliseconds period)
      : directory_(std::move(directory)),
        file_(std::move(file)),
        found_(found),
        writer_(writer),
        period_(period),
        copied_(copied.value_or(0)),
        greatest_ttl_millis_(file_.seen() ? file_.seen()->greatest_ttl_millis : 0) {}

  base::Status Read();
  base::Status Judge();
  // As OlderThanWitness; a file that is missing or damaged counts too.
  base::Result<std::optional<std::string>> IsOlder();
  // To the store, then to the file.
  base::Status RaiseGeneration();
  base::Status WriteWitness();
  Witness MakeWitness() const;
  void Loop();
  // True: done, or not to be done while the store is restored. False: there was no space.
  bool TryNow(base::Status (LineageKeeper::*write)());

  const std::string directory_;
  WitnessFile file_;  // guarded by file_mutex_
  std::mutex file_mutex_;
  const std::optional<uint64_t> found_;  // GenerationInFile, before the database was opened
  Writer& writer_;
  const std::chrono::milliseconds period_;

  std::mutex raise_mutex_;  // held while a generation is made; taken before the two others

  mutable std::mutex mutex_;
  Lineage lineage_;               // guarded by mutex_
  std::string reason_;            // guarded by mutex_
  uint64_t copied_;               // guarded by mutex_
  uint32_t greatest_ttl_millis_;  // guarded by mutex_
  std::atomic<bool> restored_{false};

  bool raised_ = true;  // at the start
  std::condition_variable woken_;
  bool moved_ = false;     // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace sallyport::store
