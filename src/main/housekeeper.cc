#include "main/housekeeper.h"

#include <chrono>

#include "base/log.h"

namespace sallyport::main {
namespace {

constexpr auto kInterval = std::chrono::minutes(5);

}  // namespace

Housekeeper::Housekeeper(store::Store& store, const base::Clock& clock)
    : store_(store), clock_(clock), thread_([this] { Run(); }) {}

Housekeeper::~Housekeeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Housekeeper::Run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kInterval, [this] { return stopping_; })) {
    lock.unlock();
    if (const auto pruned = store_.PruneLog(clock_.WallSeconds()); !pruned) {
      base::LogError("log not pruned", {{"cause", pruned.error().cause}});
    }
    lock.lock();
  }
}

}  // namespace sallyport::main
