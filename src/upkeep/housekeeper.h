// Housekeeper: moves the server's time on, and deletes from the RevocationLog what may be
// forgotten.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "store/server_time.h"
#include "store/store.h"

namespace sallyport::upkeep {

// Runs one thread as long as it exists. It works at once, then after pauses that grow from a
// second, and finally every `interval_seconds`.
class Housekeeper {
 public:
  Housekeeper(store::Store& store, store::ServerTime& time, uint32_t interval_seconds);
  ~Housekeeper();
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

 private:
  void Run();
  void KeepHouse();
  // Logs, once, that the host's clock was set back after others had acted on what it said.
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
