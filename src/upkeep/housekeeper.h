// Housekeeper: the server's time moves on, and what may be forgotten by it goes from the
// RevocationLog.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "store/server_time.h"
#include "store/store.h"

namespace sallyport::upkeep {

// Runs one thread from here to its destructor: at once, after pauses that grow from a second, and
// then every `interval_seconds`.
class Housekeeper {
 public:
  Housekeeper(store::Store& store, store::ServerTime& time, uint32_t interval_seconds);
  ~Housekeeper();
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

 private:
  void Run();
  void KeepHouse();
  // Says so once where the host's clock was set back after what it said was acted on.
  void NoteClock();

  store::Store& store_;
  store::ServerTime& time_;
  const std::chrono::seconds interval_;
  bool said_ahead_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sallyport::upkeep
