// FamilyKeeper: the upkeep of token families, beside the calls.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "base/result.h"
#include "domain/tokens/family.h"

namespace sallyport::store {
class ServerTime;
class Store;
}  // namespace sallyport::store

namespace sallyport::domain {

// Notes last uses and writes them once a second, so that a refresh needs no commit of its own;
// deletes families, challenges and codes that have expired, in small commits: by the time of what
// may be forgotten, not by the wall clock (store/forgetting.h). Thread-safe; runs one thread.
class FamilyKeeper {
 public:
  FamilyKeeper(store::Store& store, const store::ServerTime& time);
  // Writes what is noted, then ends the thread.
  ~FamilyKeeper();
  FamilyKeeper(const FamilyKeeper&) = delete;
  FamilyKeeper& operator=(const FamilyKeeper&) = delete;

  struct Use {
    int64_t millis = 0;
    Device device;  // empty: not known
  };
  void NoteUse(const std::string& family_id, const Use& use);
  // Gives `family` its last use where that was noted, and may not be written yet. Takes part in no
  // transaction: may be called within a commit.
  void ApplyNoted(TokenFamily& family) const;
  // Does now what the thread does once a second.
  base::Status Flush();
  // Deletes what has expired. The thread calls it once a minute.
  base::Status DeleteExpired();

 private:
  using Uses = std::unordered_map<std::string, Use>;
  void Run();
  base::Status Write(const Uses& uses);

  store::Store& store_;
  const store::ServerTime& time_;
  std::mutex flush_mutex_;  // held while uses are written
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  Uses uses_;
  Uses being_written_;  // no more in uses_, and perhaps not yet in the store
  std::thread thread_;
};

}  // namespace sallyport::domain
