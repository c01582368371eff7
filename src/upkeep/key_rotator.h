// KeyRotator: runs the steps of key rotations in the background.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "domain/services.h"
#include "feed/hub.h"

namespace sallyport::upkeep {

struct KeyRotation {
  std::chrono::seconds interval{60};  // how often to look for what has expired or is due
  uint32_t every_days = 0;            // 0: no rotation begins by itself
};

// Runs one thread of low priority as long as it exists. All arguments must outlive it; `hub` is
// stopped before.
class KeyRotator {
 public:
  KeyRotator(const domain::Services& services, boost::asio::io_context& context, feed::Hub& hub,
             KeyRotation settings);
  ~KeyRotator();
  KeyRotator(const KeyRotator&) = delete;
  KeyRotator& operator=(const KeyRotator&) = delete;

 private:
  void Run();
  // False: a step failed.
  bool TakeSteps();
  // True once every gate under a lease has what the Release names.
  bool AwaitGates(const store::Release& release);
  // False: the time was not over when it was stopped.
  bool Sleep(std::chrono::milliseconds pause);

  const domain::Services& services_;
  boost::asio::io_context& context_;
  feed::Hub& hub_;
  const KeyRotation settings_;
  std::chrono::steady_clock::time_point look_again_{};  // used by the thread only
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sallyport::upkeep
