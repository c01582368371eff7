#include "http/worker_pool.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <system_error>

namespace sallyport::http {
namespace {

// How long a thread that is not needed is kept, in case another call begins to wait.
constexpr auto kSurplusKept = std::chrono::seconds(5);

// What the calling thread is while it runs a task.
struct CurrentWorker {
  WorkerPool* pool = nullptr;
  void* worker = nullptr;
};
thread_local CurrentWorker current_worker;

}  // namespace

WorkerPool::WorkerPool(const Options& options)
    : threads_(options.threads),
      limit_(options.queue),
      nice_(options.nice),
      beside_limit_(options.beside) {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < threads_; ++i) Start();
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (Worker* worker : idle_) worker->woken = true;
    idle_.clear();
  }
  // From here on threads are neither added nor removed.
  for (const auto& worker : workers_) worker->wake.notify_one();
  for (const auto& worker : workers_) worker->thread.join();
  if (left_) left_->thread.join();
}

void WorkerPool::Start() {
  auto fresh = std::make_unique<Worker>();
  if (!spare_.empty()) {
    fresh = std::move(spare_.back());
    spare_.pop_back();
  }
  const auto place = workers_.insert(workers_.end(), std::move(fresh));
  Worker& worker = **place;
  worker.self = place;
  try {
    worker.thread = std::thread([this, &worker] { Work(worker); });
  } catch (const std::system_error&) {
    workers_.erase(place);
    throw;
  }
}

WorkerPool::Worker* WorkerPool::NextToWake() {
  if (waking_ || idle_.empty() || queue_.empty() || running_ == threads_) return nullptr;
  Worker* const next = idle_.back();
  idle_.pop_back();
  next->woken = true;
  waking_ = true;
  return next;
}

WorkerPool::Worker* WorkerPool::Release() {
  if (returning_.empty()) {
    --running_;
    return NextToWake();
  }
  Worker* const next = returning_.front();
  returning_.pop_front();
  next->woken = true;
  return next;
}

bool WorkerPool::Sleep(Worker& self, std::unique_lock<std::mutex>& lock) {
  idle_.push_back(&self);
  const auto woken = [&self] { return self.woken; };
  if (!surplus()) {
    self.wake.wait(lock, woken);
  } else if (!self.wake.wait_for(lock, kSurplusKept, woken)) {
    idle_.erase(std::find(idle_.begin(), idle_.end(), &self));
    if (!surplus()) return true;
    // Each thread that leaves joins the one that left before it, which is about to end.
    std::unique_ptr<Worker> before = std::exchange(left_, std::move(*self.self));
    workers_.erase(self.self);
    lock.unlock();
    if (before) before->thread.join();
    lock.lock();
    if (before) spare_.push_back(std::move(before));
    return false;
  }
  if (self.woken && !stopping_) waking_ = false;
  self.woken = false;
  return true;
}

std::unique_ptr<WorkerPool::Task> WorkerPool::Take(Worker& self, bool has_run) {
  std::unique_ptr<Task> task;
  Worker* next = nullptr;
  {
    std::unique_lock lock(mutex_);
    if (has_run && returning_.empty()) {
      --running_;  // this thread takes what is queued
    } else if (has_run) {
      Release()->wake.notify_one();
    }
    while (queue_.empty() || running_ == threads_) {
      // What is queued is run by the threads that still run.
      if (stopping_) return nullptr;
      if (!Sleep(self, lock)) return nullptr;
    }
    ++running_;
    task = std::move(queue_.front());
    queue_.pop_front();
    next = NextToWake();
  }
  if (next) next->wake.notify_one();
  return task;
}

void WorkerPool::Work(Worker& self) {
  // On Linux priorities belong to threads. If it cannot be set, the pool still works.
  if (nice_ != 0) setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), nice_);
  bool has_run = false;
  while (const std::unique_ptr<Task> task = Take(self, has_run)) {
    current_worker = {this, &self};
    task->Run();
    current_worker = {};
    has_run = true;
  }
}

bool WorkerPool::Leave() {
  Worker* next = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (beside_ >= beside_limit_) return false;
    ++beside_;
    try {
      if (!stopping_ && workers_.size() - beside_ < threads_) Start();
    } catch (const std::system_error&) {
      --beside_;
      return false;
    }
    next = Release();
  }
  if (next) next->wake.notify_one();
  return true;
}

void WorkerPool::Return(Worker& self) {
  std::unique_lock lock(mutex_);
  --beside_;
  if (running_ < threads_) {
    ++running_;
    return;
  }
  returning_.push_back(&self);
  self.wake.wait(lock, [&self] { return self.woken; });
  self.woken = false;
}

bool WorkerPool::Beside(const std::function<void()>& wait) {
  const CurrentWorker here = std::exchange(current_worker, {});
  if (here.pool == nullptr) {
    wait();
    return true;
  }
  const bool left = here.pool->Leave();
  if (left) {
    wait();
    here.pool->Return(*static_cast<Worker*>(here.worker));
  }
  current_worker = here;
  return left;
}

}  // namespace sallyport::http
