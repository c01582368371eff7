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
#include "store/sqlite/witness_file.h"
#include "store/sqlite/writer.h"

namespace sallyport::store {

// Thread-safe. While the store is known to be restored, the file is left as it is: it is the proof.
class LineageKeeper {
 public:
  // Judges the store by the file, marks it if it is restored, and otherwise raises the generation.
  // Errors are for the administrator: the file is another store's, or cannot be made. `writer`
  // outlives the keeper; `period` is the time between two generations.
  static base::Result<std::unique_ptr<LineageKeeper>> Open(const std::string& directory,
                                                           WitnessFile file, Writer& writer,
                                                           std::chrono::milliseconds period);
  // Ends the thread and raises the generation once more.
  ~LineageKeeper();
  LineageKeeper(const LineageKeeper&) = delete;
  LineageKeeper& operator=(const LineageKeeper&) = delete;

  // The log has grown. Does not block.
  void Notice();

  // Of Store.
  Lineage lineage() const;
  bool IsPast(const revocation::LogId& id) const;
  bool is_restored() const { return restored_; }
  std::string restored_reason() const;
  base::Status MarkRestored(std::string_view reason);
  base::Status BeginHistory();

 private:
  using Steady = std::chrono::steady_clock;

  LineageKeeper(std::string path, WitnessFile file, Writer& writer,
                std::chrono::milliseconds period)
      : path_(std::move(path)), file_(std::move(file)), writer_(writer), period_(period) {}

  base::Status Read(const std::string& directory);
  base::Status Judge(const std::string& directory);
  // As OlderThanWitness; a file that is missing or damaged counts too.
  base::Result<std::optional<std::string>> IsOlder(const std::string& directory);
  // To the store, then to the file.
  base::Status RaiseGeneration();
  base::Status WriteWitness();
  void Loop();
  // True: done, or not to be done while the store is restored. False: there was no space.
  bool TryNow(base::Status (LineageKeeper::*write)());

  const std::string path_;  // of the file
  WitnessFile file_;        // guarded by file_mutex_
  std::mutex file_mutex_;
  Writer& writer_;
  const std::chrono::milliseconds period_;

  mutable std::mutex mutex_;
  Lineage lineage_;     // guarded by mutex_
  std::string reason_;  // guarded by mutex_
  std::atomic<bool> restored_{false};

  bool raised_ = true;  // at the start
  std::condition_variable woken_;
  bool moved_ = false;     // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace sallyport::store
