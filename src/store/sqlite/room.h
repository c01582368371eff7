// Room: the space on the store's disk that is reserved for revocations, and whether anything else
// may still be written.
//
// The space is the file `reserve` in the data directory, whose blocks are allocated. On a full disk
// the file is shortened step by step, whenever a revoking commit finds no space, or the checkpoint
// that such a commit needs. From the first full disk on, only revocations are written, until the
// file has its whole size again and the disk has some free space beside it.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"
#include "store/store.h"

namespace sallyport::store {

// Thread-safe.
class Room {
 public:
  // `bytes` is the size that the reserve should have; 0: there is none. nullopt: the file is used
  // as it is found, and not enlarged.
  static base::Result<std::unique_ptr<Room>> Open(const std::string& directory,
                                                  std::optional<uint64_t> bytes);
  ~Room();
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

  // Also keeps `bytes` of the database's WAL allocated, so that commits do not meet a full disk
  // while the WAL is no longer than that. Begins to watch the disk.
  void Watch(const std::string& wal_path, uint64_t bytes);

  // Cheap.
  bool only_revocations() const { return only_revocations_; }
  Space space() const;

  // Requires that so many bytes are free beyond the minimum; otherwise the disk counts as full.
  void Demand(uint64_t bytes);
  // Tells that a write has found no space.
  void NoteFull(std::string_view cause);
  // Gives a part of the reserve back to the disk, and notes that the disk is full. False: nothing
  // is left of the reserve.
  bool GiveUp(std::string_view cause);

  // For steps of opening the store, which may need a little space: runs `step` again, each time
  // with more of the reserve given back, as long as it finds no space and some reserve is left.
  template <typename Step>
  auto WithSpace(const Step& step) {
    for (uint64_t bytes = kFirstStep;; bytes = std::min(2 * bytes, kGreatestStep)) {
      auto done = step();
      if (done || !IsDiskFull(done.error()) || !GiveUpToOpen(done.error().cause, bytes)) {
        return done;
      }
    }
  }
  // Called once the store is open: takes back what Open has given up and nobody has used.
  void TakeBack();

  // Does what is done every second while watching; for tests.
  void Tick();

 private:
  Room(std::string directory, int fd, uint64_t wanted, uint64_t held)
      : directory_(std::move(directory)), fd_(fd), wanted_(wanted), held_(held) {}

  void Loop();
  static constexpr uint64_t kFirstStep = 128 * 1024;
  static constexpr uint64_t kGreatestStep = 1024 * 1024;
  bool GiveUpToOpen(std::string_view cause, uint64_t bytes);
  uint64_t FreeBytes() const;
  bool Shrink(uint64_t bytes);
  bool ShrinkHeld(uint64_t bytes);  // the caller holds mutex_
  // Enlarges the reserve towards its whole size, by as much as the disk can spare.
  void Fill(uint64_t free);
  void Grow(uint64_t bytes);  // the caller holds mutex_
  void HoldWal(uint64_t free) const;
  void Enter(std::string_view cause);

  const std::string directory_;
  const int fd_;  // -1: there is no reserve
  const uint64_t wanted_;
  std::string wal_path_;
  uint64_t wal_bytes_ = 0;
  std::atomic<bool> only_revocations_{false};

  mutable std::mutex mutex_;
  uint64_t held_;               // guarded by mutex_: the file's size
  uint64_t given_to_open_ = 0;  // guarded by mutex_
  bool stopping_ = false;       // guarded by mutex_
  std::condition_variable woken_;
  std::thread thread_;
};

}  // namespace sallyport::store
