// WorkerPool: threads that run Operations, with a bounded queue.
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
    {
      const std::lock_guard lock(mutex_);
      if (stopping_ || queue_.size() >= limit_) return false;
      queue_.push_back(std::make_unique<TaskOf<Call>>(std::move(call)));
    }
    ready_.notify_one();
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

  void Work(int nice);

  const size_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::unique_ptr<Task>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sallyport::http
