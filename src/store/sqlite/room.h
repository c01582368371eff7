// Room: the space on the store's disk that is set aside for revocations, and whether anything else
// may still be written.
//
// The space is the file `reserve` of the data directory, whose blocks are allocated. When the disk
// is full it is cut shorter step by step, each time that a revoking commit, or the checkpoint that
// it depends on, finds no space. From the first full disk until the file has its whole size again,
// and the disk some free space beside it, only revocations are written.
#pragma once

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
  // `bytes`: the size that the reserve shall have; 0: there is none. nullopt: whatever is found,
  // which is not filled up. Gives up some of it at once where the disk has too little for a
  // database to be opened.
  static base::Result<std::unique_ptr<Room>> Open(const std::string& directory,
                                                  std::optional<uint64_t> bytes);
  ~Room();
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

  // Also keeps `bytes` of the database's WAL allocated, so that commits find no full disk as long
  // as it is not longer. Begins to watch the disk.
  void Watch(const std::string& wal_path, uint64_t bytes);

  // Cheap.
  bool only_revocations() const { return only_revocations_; }
  Space space() const;

  // So many bytes must be free beside the least: else the disk counts as full.
  void Demand(uint64_t bytes);
  // A write has found no space.
  void NoteFull(std::string_view cause);
  // Gives a part of the reserve back to the disk, and so notes that it is full. False: nothing is
  // left of it.
  bool GiveUp(std::string_view cause);

  // What the watching does each second; for tests.
  void Tick();

 private:
  Room(std::string directory, int fd, uint64_t wanted, uint64_t held)
      : directory_(std::move(directory)), fd_(fd), wanted_(wanted), held_(held) {}

  void Loop();
  uint64_t FreeBytes() const;
  bool Shrink(uint64_t bytes);
  // As much of what is missing as the disk can spare.
  void Fill(uint64_t free);
  void HoldWal(uint64_t free) const;
  void Enter(std::string_view cause);

  const std::string directory_;
  const int fd_;  // -1: there is no reserve
  const uint64_t wanted_;
  std::string wal_path_;
  uint64_t wal_bytes_ = 0;
  std::atomic<bool> only_revocations_{false};

  mutable std::mutex mutex_;
  uint64_t held_;          // guarded by mutex_: the file's size
  bool stopping_ = false;  // guarded by mutex_
  std::condition_variable woken_;
  std::thread thread_;
};

}  // namespace sallyport::store
