// ImportRunner: runs user import jobs in the background.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "domain/services.h"

namespace sallyport::upkeep {

// Runs one thread of low priority from Start to Stop. Thread-safe.
class ImportRunner {
 public:
  ImportRunner() = default;
  ~ImportRunner() { Stop(); }
  ImportRunner(const ImportRunner&) = delete;
  ImportRunner& operator=(const ImportRunner&) = delete;

  // `services` must outlive Stop.
  void Start(const domain::Services& services);
  // Tells that a job was started or stopped. Does nothing before Start.
  void Wake();
  // Ends after the commit under way. The job continues at the next start.
  void Stop();

 private:
  void Run(const domain::Services& services);
  bool stopping();

  std::mutex mutex_;  // guards everything below it, except the thread
  std::condition_variable wake_;
  bool woken_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sallyport::upkeep
