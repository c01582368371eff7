// WitnessThread: raises the store's generation each hour, and writes the log's head to the witness
// file soon after it has moved.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace sallyport::store {

class WitnessThread {
 public:
  struct Options {
    std::chrono::milliseconds period;      // between two generations
    std::chrono::milliseconds head_retry;  // until the head is written again after a failure
    // Each gives false where it could not do its work now. Called on the thread, and `raise` also
    // by End.
    std::function<bool()> raise;       // raises the generation and writes the witness
    std::function<bool()> write_head;  // writes the witness alone
  };
  explicit WitnessThread(Options options) : options_(std::move(options)) {}
  ~WitnessThread() { End(); }
  WitnessThread(const WitnessThread&) = delete;
  WitnessThread& operator=(const WitnessThread&) = delete;

  // Must be called once. `raised`: the generation was raised at the start; if not, that is tried
  // again after a minute.
  void Begin(bool raised);
  // Ends the thread and raises the generation once more. False: it has ended already, or was never
  // begun.
  bool End();
  // Tells that the log has grown. Does not block.
  void Notice();

 private:
  using Steady = std::chrono::steady_clock;

  void Loop(bool raised);

  const Options options_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool moved_ = false;     // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace sallyport::store
