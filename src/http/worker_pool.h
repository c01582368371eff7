// WorkerPool: threads that run Operations, with a bounded queue.
//
// The thread that went to sleep last is woken first: its caches are warm, and under a load that few
// threads can carry the others sleep on. One thread at a time is on its way; it wakes the next if
// it finds more than it can take, and the threads that run take what is queued meanwhile.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace sallyport::http {

class WorkerPool {
 public:
  struct Options {
    size_t threads = 1;
    size_t queue = 1024;  // calls that may wait; more are refused
    int nice = 0;         // setpriority(2) of each thread: 10 yields to every other lane
  };

  explicit WorkerPool(const Options& options);
  // Runs what is queued, then joins.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False: the queue is full, and `call` was left as it is. Thread-safe. `call` may be move-only
  // and must not throw.
  template <typename Call>
  [[nodiscard]] bool Submit(Call& call) {
    Worker* next = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_ || queue_.size() >= limit_) return false;
      queue_.push_back(std::make_unique<TaskOf<Call>>(std::move(call)));
      next = NextToWake();
    }
    if (next) next->wake.notify_one();
    return true;
  }

  size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
  }

 private:
  struct Task {
    virtual ~Task() = default;
    virtual void Run() = 0;
  };
  template <typename Call>
  struct TaskOf final : Task {
    explicit TaskOf(Call c) : call(std::move(c)) {}
    void Run() override { call(); }
    Call call;
  };

  struct Worker {
    std::condition_variable wake;
    bool woken = false;
    std::thread thread;
  };

  void Work(Worker& self, int nice);
  // A task to run; null: the pool stops.
  std::unique_ptr<Task> Take(Worker& self);
  // The worker to notify once the mutex is free; null: nobody need be, or can be.
  Worker* NextToWake();

  const size_t limit_;
  mutable std::mutex mutex_;  // guards all below but the threads themselves
  std::deque<std::unique_ptr<Task>> queue_;
  std::vector<Worker*> idle_;  // the last one fell asleep last
  bool waking_ = false;        // a worker was woken and has not looked at the queue yet
  bool stopping_ = false;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace sallyport::http
