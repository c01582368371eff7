// Lane: decides which transactions of one store may be under way at the same time. As a rule any
// number may. A change that has conflicted with others again and again runs alone, so that it is
// certain to be committed.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace sallyport::store::postgres {

// Thread-safe. A transaction that waits to run alone delays those that come after it.
class Lane {
 public:
  class Pass {
   public:
    Pass(Lane& lane, bool alone) : lane_(lane), alone_(alone) { lane_.Enter(alone_); }
    ~Pass() { lane_.Leave(alone_); }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

   private:
    Lane& lane_;
    const bool alone_;
  };

 private:
  void Enter(bool alone) {
    std::unique_lock lock(mutex_);
    if (!alone) {
      changed_.wait(lock, [&] { return !taken_ && waiting_ == 0; });
      ++together_;
      return;
    }
    ++waiting_;
    changed_.wait(lock, [&] { return !taken_ && together_ == 0; });
    --waiting_;
    taken_ = true;
  }
  void Leave(bool alone) {
    bool wakes = true;
    {
      const std::lock_guard lock(mutex_);
      if (alone) {
        taken_ = false;
      } else {
        --together_;
        wakes = together_ == 0;
      }
    }
    if (wakes) changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  size_t together_ = 0;  // guarded by mutex_
  size_t waiting_ = 0;   // guarded by mutex_
  bool taken_ = false;   // guarded by mutex_
};

}  // namespace sallyport::store::postgres
