#include "http/worker_pool.h"

#include <sys/resource.h>
#include <unistd.h>

namespace sallyport::http {

WorkerPool::WorkerPool(const Options& options) : limit_(options.queue) {
  for (size_t i = 0; i < options.threads; ++i) {
    Worker& worker = *workers_.emplace_back(std::make_unique<Worker>());
    worker.thread = std::thread([this, &worker, nice = options.nice] { Work(worker, nice); });
  }
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (Worker* worker : idle_) worker->woken = true;
    idle_.clear();
  }
  for (const auto& worker : workers_) worker->wake.notify_one();
  for (const auto& worker : workers_) worker->thread.join();
}

WorkerPool::Worker* WorkerPool::NextToWake() {
  if (waking_ || idle_.empty() || queue_.empty()) return nullptr;
  Worker* const next = idle_.back();
  idle_.pop_back();
  next->woken = true;
  waking_ = true;
  return next;
}

std::unique_ptr<WorkerPool::Task> WorkerPool::Take(Worker& self) {
  std::unique_ptr<Task> task;
  Worker* next = nullptr;
  {
    std::unique_lock lock(mutex_);
    while (queue_.empty()) {
      if (stopping_) return nullptr;
      idle_.push_back(&self);
      self.wake.wait(lock, [&self] { return self.woken; });
      self.woken = false;
      waking_ = false;
    }
    task = std::move(queue_.front());
    queue_.pop_front();
    next = NextToWake();
  }
  if (next) next->wake.notify_one();
  return task;
}

void WorkerPool::Work(Worker& self, int nice) {
  // On Linux a priority belongs to a thread. Where it may not be set, the lane still works.
  if (nice != 0) setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), nice);
  while (const std::unique_ptr<Task> task = Take(self)) task->Run();
}

}  // namespace sallyport::http
