// LeftoverKeeper: deletes in the background what callers without credentials have left behind
// (ceilings.h).
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "base/result.h"
#include "domain/limits/ceilings.h"

namespace sallyport::store {
class ServerTime;
class Store;
class Tx;
}  // namespace sallyport::store

namespace sallyport::upkeep {

// Once a minute, or as often as `period` says, deletes in small commits what has expired, and where
// a ceiling is reached also what protects nobody. Logs that a ceiling was reached, at most once a
// period for each kind. Thread-safe; runs one thread.
class LeftoverKeeper {
 public:
  LeftoverKeeper(store::Store& store, const store::ServerTime& time,
                 const domain::Ceilings& ceilings, domain::CeilingWatch& watch,
                 std::chrono::seconds period = std::chrono::minutes(1));
  ~LeftoverKeeper();
  LeftoverKeeper(const LeftoverKeeper&) = delete;
  LeftoverKeeper& operator=(const LeftoverKeeper&) = delete;

  // Does what the thread does each period.
  base::Status Clean();
  // Logs which ceilings were reached since the last call.
  void Report();

 private:
  void Run();
  // Runs `step` as long as it deletes `batch` records at a time. If it deleted any, the ceiling was
  // reached.
  base::Status Evict(domain::Leftover leftover, size_t batch,
                     const std::function<base::Result<size_t>(store::Tx&)>& step);

  store::Store& store_;
  const store::ServerTime& time_;
  const domain::Ceilings ceilings_;
  domain::CeilingWatch& watch_;
  const std::chrono::seconds period_;
  std::array<uint64_t, domain::kLeftovers> reported_{};  // of watch_
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sallyport::upkeep
