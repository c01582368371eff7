#include "store/witness_thread.h"

#include <algorithm>
#include <utility>

namespace sallyport::store {
namespace {

// The head is written as soon as it moves, and then not again for this long.
constexpr auto kHeadPeriod = std::chrono::seconds(1);
// The pause after a generation that could not be written.
constexpr auto kRaiseRetry = std::chrono::minutes(1);

}  // namespace

void WitnessThread::Begin(bool raised) {
  thread_ = std::thread([this, raised] { Loop(raised); });
}

bool WitnessThread::End() {
  if (!thread_.joinable()) return false;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_one();
  thread_.join();
  options_.raise();
  return true;
}

void WitnessThread::Notice() {
  {
    const std::lock_guard lock(mutex_);
    // The thread is already waiting until it may write, so a commit need not wake it.
    if (std::exchange(moved_, true)) return;
  }
  woken_.notify_one();
}

void WitnessThread::Loop(bool raised) {
  auto next_head = Steady::now();
  auto next_generation = next_head + (raised ? options_.period : kRaiseRetry);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto now = Steady::now();
    if (now >= next_generation) {
      lock.unlock();
      next_generation = now + (options_.raise() ? options_.period : kRaiseRetry);
      lock.lock();
    } else if (moved_ && now >= next_head) {
      moved_ = false;
      lock.unlock();
      const bool written = options_.write_head();
      next_head = now + (written ? kHeadPeriod : options_.head_retry);
      lock.lock();
      if (!written) moved_ = true;
    } else {
      woken_.wait_until(lock, moved_ ? std::min(next_head, next_generation) : next_generation);
    }
  }
}

}  // namespace sallyport::store
