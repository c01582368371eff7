#include "upkeep/housekeeper.h"

#include <algorithm>

#include "base/log.h"
#ifdef SALLYPORT_TEST_FAULTS
#include "base/test_fault.h"
#endif

namespace sallyport::upkeep {
namespace {

// A smaller difference is normal while a clock is being adjusted.
constexpr int64_t kSaidSecondsAhead = 10;
// So short that time is counted even if a server crashes again and again.
constexpr std::chrono::seconds kFirstPause(1);
// Where there may be other servers, what the watched time has come to is written as often as this:
// one that starts goes on from there, and limits on guesses count by it on all of them.
constexpr std::chrono::seconds kPauseBesideOthers(5);

}  // namespace

Housekeeper::Housekeeper(store::Store& store, store::ServerTime& time, uint32_t interval_seconds)
    : store_(store),
      time_(time),
      interval_(store.peers() == nullptr
                    ? std::chrono::seconds(interval_seconds)
                    : std::min(std::chrono::seconds(interval_seconds), kPauseBesideOthers)),
      thread_([this] { Run(); }) {}

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
  for (std::chrono::seconds pause = std::min(kFirstPause, interval_); !stopping_;
       pause = std::min(2 * pause, interval_)) {
    lock.unlock();
    KeepHouse();
    lock.lock();
    wake_.wait_for(lock, pause, [this] { return stopping_; });
  }
  // A server that stops in an orderly way does not lose the time since the last Tick.
  lock.unlock();
  if (store_.runs_jobs()) (void)time_.Tick();
}

void Housekeeper::KeepHouse() {
  NoteClock();
  if (!store_.runs_jobs()) return time_.Watch();
#ifdef SALLYPORT_TEST_FAULTS
  if (base::TestFault("forgets-by-wall-clock")) {
    (void)store_.PruneLog(time_.ForgetByWallClock());
    return;
  }
#endif
  if (const auto moved = time_.Tick(); !moved) {
    base::LogError(
        "no entries are removed from the log, because the server's time could not be written",
        {{"cause", moved.error().cause}});
    return;
  }
  if (const auto pruned = store_.PruneLog(time_.forget_before()); !pruned) {
    base::LogError("log not pruned", {{"cause", pruned.error().cause}});
  }
}

void Housekeeper::NoteClock() {
  const int64_t seconds = time_.SecondsAhead();
  const bool ahead = seconds > kSaidSecondsAhead;
  if (ahead && !said_ahead_) {
    base::LogWarning(
        "the host's clock was set back beyond what the server has acted on: the server's own time "
        "stands "
        "still until the clock is there again, and tokens live longer meanwhile",
        {{"seconds", seconds}});
  }
  said_ahead_ = ahead;
}

}  // namespace sallyport::upkeep
