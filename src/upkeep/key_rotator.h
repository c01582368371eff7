// KeyRotator: the steps by which pools' signing keys are rotated, beside the calls.
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
  std::chrono::seconds interval{60};  // between looks for what has expired or is due
  uint32_t every_days = 0;            // 0: no rotation begins by itself
};

// One thread of low priority from here to its destructor. All outlive it; `hub` is stopped before.
class KeyRotator {
 public:
  KeyRotator(const domain::Services& services, boost::asio::io_context& context, feed::Hub& hub,
             KeyRotation settings);
  ~KeyRotator();
  KeyRotator(const KeyRotator&) = delete;
  KeyRotator& operator=(const KeyRotator&) = delete;

 private:
  void Run();
  // False: one failed.
  bool TakeSteps();
  // True once every gate under a lease has what was released.
  bool AwaitGates(const store::Release& release);
  // False: not by then.
  bool Sleep(std::chrono::milliseconds pause);

  const domain::Services& services_;
  boost::asio::io_context& context_;
  feed::Hub& hub_;
  const KeyRotation settings_;
  std::chrono::steady_clock::time_point look_again_{};  // the thread's
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sallyport::upkeep
