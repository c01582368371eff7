// WorkerPool: threads that run Operations, with a bounded queue.
//
// The thread that went to sleep last is woken first, since its caches are warm, and under a load
// that few threads can carry the others keep sleeping. Only one thread at a time is being woken. It
// wakes the next one if it finds more work than it can take; meanwhile the threads that run take
// what is queued.
//
// A call that waits for something outside for long does so by Beside(). Until it comes back its
// thread does not count as one of the pool's; another one stands in, so that `threads` calls can
// always run.
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
    size_t threads = 1;   // how many calls run at the same time, at most
    size_t queue = 1024;  // how many calls may wait; more are refused
    // The priority of each thread, as in setpriority(2); 10 yields to all other lanes.
    int nice = 0;
    size_t beside = 4096;  // how many calls may be in Beside() at the same time, each with a thread
  };

  explicit WorkerPool(const Options& options);
  // Runs what is queued, waits for calls in Beside(), then joins the threads.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // kNone: the call is queued however many wait. It is for calls that revoke; the connections bound
  // their number.
  enum class Bound { kQueue, kNone };

  // False: the queue is full, and `call` is unchanged. Thread-safe. `call` may be move-only and
  // must not throw.
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

  // Runs `wait` on the calling thread, which meanwhile does not count as one of the pool's.
  // Afterwards the thread waits until one of the `threads` is free, before anything that is queued.
  // On a thread of no pool it simply runs `wait`. False: too many calls are in Beside(), or no
  // thread could be started, and nothing was run. `wait` must not throw.
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
  // A task, and the right to run it as one of the `threads`; null: the thread must end. `has_run`:
  // the thread brings back the right with which it ran its last task.
  std::unique_ptr<Task> Take(Worker& self, bool has_run);
  // False: there are more threads than necessary, and this one has left the pool.
  bool Sleep(Worker& self, std::unique_lock<std::mutex>& lock);
  // Waits until one of the `threads` is free.
  void Return(Worker& self);
  bool Leave();

  // The caller of these holds the mutex.
  //
  // Gives the worker to notify once the mutex is free; null: none has to be, or can be.
  Worker* NextToWake();
  // Frees one of the `threads`, and gives the worker to notify, as above.
  Worker* Release();
  bool surplus() const { return workers_.size() - beside_ > threads_; }
  void Start();

  const size_t threads_;
  const size_t limit_;
  const int nice_;
  const size_t beside_limit_;
  mutable std::mutex mutex_;  // guards everything below it, except the threads themselves
  std::deque<std::unique_ptr<Task>> queue_;
  std::vector<Worker*> idle_;      // the one that fell asleep last is at the end
  std::deque<Worker*> returning_;  // coming back from Beside(), in their order
  size_t running_ = 0;             // at most threads_
  size_t beside_ = 0;
  bool waking_ = false;  // a worker was woken and has not looked at the queue yet
  bool stopping_ = false;
  std::list<std::unique_ptr<Worker>> workers_;  // including those in Beside()
  std::unique_ptr<Worker> left_;                // the last one that has left and is not joined yet
  // Those that have left and are joined. They are kept because notify_one() may still be running on
  // them.
  std::vector<std::unique_ptr<Worker>> spare_;
};

}  // namespace sallyport::http
