// FamilyKeeper: the upkeep of token families, beside the calls.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "base/clock.h"
#include "base/result.h"

namespace sallyport::store {
class Store;
}

namespace sallyport::domain {

// Notes last uses and writes them once a second, so that a refresh needs no commit of its own;
// deletes families, challenges and codes that have expired, in small commits. Thread-safe; runs one
// thread.
class FamilyKeeper {
 public:
  FamilyKeeper(store::Store& store, const base::Clock& clock);
  // Writes what is noted, then ends the thread.
  ~FamilyKeeper();
  FamilyKeeper(const FamilyKeeper&) = delete;
  FamilyKeeper& operator=(const FamilyKeeper&) = delete;

  void NoteUse(const std::string& family_id, int64_t now_millis);
  // Does now what the thread does once a second.
  base::Status Flush();
  // Deletes what has expired. The thread calls it once a minute.
  base::Status DeleteExpired();

 private:
  void Run();

  store::Store& store_;
  const base::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::unordered_map<std::string, int64_t> uses_;
  std::thread thread_;
};

}  // namespace sallyport::domain
