// Upkeep: regular work on the database for which no call waits.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "store_postgres/pool.h"

namespace sallyport::store::postgres {

// Adds up the changes of counted indexes, deletes the ids of old commits, checks how large the
// database is, whether its disk is full and whether a standby confirms its commits, and ends
// transactions of servers that stand still.
class Upkeep {
 public:
  // `greatest_bytes`: above it only revocations are accepted; 0: no limit. `pool` outlives it.
  Upkeep(Pool& pool, uint64_t greatest_bytes, std::chrono::milliseconds budget);
  ~Upkeep();
  Upkeep(const Upkeep&) = delete;
  Upkeep& operator=(const Upkeep&) = delete;

  // Whether only revocations are accepted: the database is too large, or its disk is full. Cheap.
  bool only_revocations() const { return too_large_ || full_; }
  // A change has failed because there is no space. It counts until there is again.
  void NoteFull();
  // Whether a standby confirms commits, when it was last looked at. Cheap.
  bool standbys_confirm() const { return standbys_confirm_; }
  // Works once, and then every few seconds.
  void Start();

 private:
  void Loop();
  Outcome<void> Work();
  Outcome<void> EndStuck();
  Outcome<void> LookForSpace();
  Outcome<void> LookAtSettings();

  Pool& pool_;
  const uint64_t greatest_bytes_;
  const std::chrono::milliseconds budget_;
  std::atomic<bool> too_large_{false};
  std::atomic<bool> full_{false};
  std::atomic<bool> standbys_confirm_{false};
  bool has_looked_ = false;
  bool durable_ = true;  // by its settings
  uint64_t rounds_ = 0;

  std::mutex mutex_;
  std::condition_variable woken_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace sallyport::store::postgres
