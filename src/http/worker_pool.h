// WorkerPool: threads that run Operations, with a bounded queue.
//
// The thread that went to sleep last is woken first: its caches are warm, and under a load that few
// threads can carry the others sleep on. One thread at a time is on its way; it wakes the next if
// it finds more than it can take, and the threads that run take what is queued meanwhile.
//
// A call that waits for the outside for long does so by Beside(): its thread is then none of the
// pool's until it comes back, another one stands in, and `threads` calls can always run.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace sallyport::http {

class WorkerPool {
 public:
  struct Options {
    size_t threads = 1;    // calls that run at the same time, never more
    size_t queue = 1024;   // calls that may wait; more are refused
    int nice = 0;          // setpriority(2) of each thread: 10 yields to every other lane
    size_t beside = 4096;  // calls that may be in Beside() at the same time, a thread each
  };

  explicit WorkerPool(const Options& options);
  // Runs what is queued, waits for what is beside, then joins.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // What revokes is queued however many wait: the connections bound their number.
  enum class Bound { kQueue, kNone };

  // False: the queue is full, and `call` was left as it is. Thread-safe. `call` may be move-only
  // and must not throw.
  template <typename Call>
  [[nodiscard]] bool Submit(Call& call, Bound bound = Bound::kQueue) {
    Worker* next = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_ || (bound == Bound::kQueue && queue_.size() >= limit_)) return false;
      queue_.push_back(std::make_unique<TaskOf<Call>>(std::move(call)));
      next = NextToWake();
    }
    if (next) next->wake.notify_one();
    return true;
  }

  // Runs `wait` on the calling thread, beside its pool. When it is done the thread waits until one
  // of the `threads` is free, before all that is queued. On a thread of no pool `wait` simply runs.
  // False: too many are beside, or no thread could be started, and nothing was run. `wait` must not
  // throw.
  [[nodiscard]] static bool Beside(const std::function<void()>& wait);

  size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
  }
  size_t beside() const {
    const std::lock_guard lock(mutex_);
    return beside_;
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
    std::list<std::unique_ptr<Worker>>::iterator self;
  };

  void Work(Worker& self);
  // A task to run, and one of the `threads` to run it with; null: the thread ends. `has_run`: it
  // brings back the one that it ran its last task with.
  std::unique_ptr<Task> Take(Worker& self, bool has_run);
  // False: there are more threads than are needed, and this one has left the pool.
  bool Sleep(Worker& self, std::unique_lock<std::mutex>& lock);
  // Waits until one of the `threads` is free.
  void Return(Worker& self);
  bool Leave();

  // All with the mutex held.
  //
  // The worker to notify once the mutex is free; null: nobody need be, or can be.
  Worker* NextToWake();
  // Frees one of the `threads`. The worker to notify, as above.
  Worker* Release();
  bool surplus() const { return workers_.size() - beside_ > threads_; }
  void Start();

  const size_t threads_;
  const size_t limit_;
  const int nice_;
  const size_t beside_limit_;
  mutable std::mutex mutex_;  // guards all below but the threads themselves
  std::deque<std::unique_ptr<Task>> queue_;
  std::vector<Worker*> idle_;      // the last one fell asleep last
  std::deque<Worker*> returning_;  // from beside, in their order
  size_t running_ = 0;             // at most threads_
  size_t beside_ = 0;
  bool waking_ = false;  // a worker was woken and has not looked at the queue yet
  bool stopping_ = false;
  std::list<std::unique_ptr<Worker>> workers_;  // those beside, too
  std::unique_ptr<Worker> left_;                // the last one that left, not joined yet
  // Those that left and are joined: notify_one() may still be on its way to them.
  std::vector<std::unique_ptr<Worker>> spare_;
};

}  // namespace sallyport::http
