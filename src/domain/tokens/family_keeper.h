// FamilyKeeper: looks after token families in the background.
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

// Collects the last uses of families and writes them once a second, so that a refresh needs no
// commit of its own. Deletes expired families, browser sessions, challenges and codes in small
// commits; whether they have expired is judged by the time by which things may be forgotten and not
// by the wall clock (store/forgetting.h). Thread-safe; runs one thread.
class FamilyKeeper {
 public:
  FamilyKeeper(store::Store& store, const store::ServerTime& time);
  // Writes what was collected, then ends the thread.
  ~FamilyKeeper();
  FamilyKeeper(const FamilyKeeper&) = delete;
  FamilyKeeper& operator=(const FamilyKeeper&) = delete;

  struct Use {
    int64_t millis = 0;
    Device device;  // empty: not known
  };
  void NoteUse(const std::string& family_id, const Use& use);
  // Updates `family` with a last use that was collected and perhaps not written yet. Takes part in
  // no transaction, so it may be called within a commit.
  void ApplyNoted(TokenFamily& family) const;
  // Does at once what the thread does every second.
  base::Status Flush();
  // Deletes what has expired. The thread calls it once a minute.
  base::Status DeleteExpired();

 private:
  using Uses = std::unordered_map<std::string, Use>;
  void Run();
  base::Status Write(const Uses& uses);

  store::Store& store_;
  const store::ServerTime& time_;
  std::mutex flush_mutex_;  // held while collected uses are written
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  Uses uses_;
  Uses being_written_;  // taken from uses_, and perhaps not in the store yet
  std::thread thread_;
};

}  // namespace sallyport::domain
