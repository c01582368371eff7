#include "http/worker_pool.h"

#include <sys/resource.h>
#include <unistd.h>

namespace sallyport::http {

WorkerPool::WorkerPool(const Options& options) : limit_(options.queue) {
  threads_.reserve(options.threads);
  for (size_t i = 0; i < options.threads; ++i) {
    threads_.emplace_back([this, nice = options.nice] { Work(nice); });
  }
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::Work(int nice) {
  // On Linux a priority belongs to a thread. Where it may not be set, the lane still works.
  if (nice != 0) setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), nice);
  for (;;) {
    std::unique_ptr<Task> task;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task->Run();
  }
}

}  // namespace sallyport::http
