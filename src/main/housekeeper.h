// Housekeeper: the RevocationLog is pruned, once at the start of each interval.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "store/store.h"

namespace sallyport::main {

// Runs one thread from here to its destructor.
class Housekeeper {
 public:
  Housekeeper(store::Store& store, const base::Clock& clock);
  ~Housekeeper();
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

 private:
  void Run();

  store::Store& store_;
  const base::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sallyport::main
