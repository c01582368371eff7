// LeftoverKeeper: the upkeep of what callers without credentials have left (ceilings.h), beside the
// calls.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "base/result.h"
#include "domain/ceilings.h"

namespace sallyport::store {
class ServerTime;
class Store;
}  // namespace sallyport::store

namespace sallyport::domain {

// Deletes what has expired, and what protects nobody where a ceiling is reached, in small commits,
// once a minute. Says in the log that a ceiling was met, at most once a minute for each kind.
// Thread-safe; runs one thread.
class LeftoverKeeper {
 public:
  LeftoverKeeper(store::Store& store, const store::ServerTime& time, const Ceilings& ceilings,
                 const CeilingWatch& watch);
  ~LeftoverKeeper();
  LeftoverKeeper(const LeftoverKeeper&) = delete;
  LeftoverKeeper& operator=(const LeftoverKeeper&) = delete;

  // What the thread does once a minute.
  base::Status Clean();
  // Logs the ceilings that were met since the last time.
  void Report();

 private:
  void Run();

  store::Store& store_;
  const store::ServerTime& time_;
  const Ceilings ceilings_;
  const CeilingWatch& watch_;
  std::array<uint64_t, kLeftovers> reported_{};  // of watch_
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sallyport::domain
