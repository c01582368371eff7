// ImportRunner: user import jobs run, beside the calls.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "domain/services.h"

namespace sallyport::upkeep {

// One thread of low priority from Start to Stop. Thread-safe.
class ImportRunner {
 public:
  ImportRunner() = default;
  ~ImportRunner() { Stop(); }
  ImportRunner(const ImportRunner&) = delete;
  ImportRunner& operator=(const ImportRunner&) = delete;

  // `services` outlives Stop.
  void Start(const domain::Services& services);
  // A job has been started or stopped. Does nothing before Start.
  void Wake();
  // Ends after the commit under way. The job goes on at the next start.
  void Stop();

 private:
  void Run(const domain::Services& services);
  bool stopping();

  std::mutex mutex_;  // guards all below but the thread
  std::condition_variable wake_;
  bool woken_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sallyport::upkeep
