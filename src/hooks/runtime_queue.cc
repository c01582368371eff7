#include "hooks/runtime_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/error_codes.h"
#include "base/random.h"

namespace sallyport::hooks {
namespace {

// How many ids are remembered whose time is over and whose answer may still come.
constexpr size_t kMostLate = 4096;

domain::HookOutcome Stopping() {
  return NotCalled(base::code::kService, "the server stops");
}

}  // namespace

HookAttempt RuntimeQueue::Call(const Function& function, const std::string& event, int64_t millis) {
  const auto given = std::make_shared<Invocation>();
  given->id = base::RandomUuid();
  given->arn = function.arn;
  given->event = event;
  given->deadline_wall_millis = clock_.WallMillis() + millis;
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(millis);

  std::unique_lock lock(mutex_);
  if (stopping_) return {Undelivered(Stopping()), false};
  waiting_.push_back(given);
  Give();
  if (given->ended.wait_until(lock, until, [&] { return given->over; })) {
    return {std::move(given->outcome), false};
  }
  if (in_hand_.erase(given->id) > 0) {
    Remember(given->id);
    return {TimedOut("a runtime took the event and did not answer"), true};
  }
  waiting_.erase(std::find(waiting_.begin(), waiting_.end(), given));
  const std::string cause = fmt::format("no runtime took the event; {} connected", Present());
  return {Undelivered(TimedOut(cause)), false};
}

void RuntimeQueue::Poll(Poller& poller) {
  const std::lock_guard lock(mutex_);
  pollers_.push_back(&poller);
  Give();
}

RuntimeQueue::Given RuntimeQueue::Leave(Poller& poller) {
  const std::lock_guard lock(mutex_);
  if (!poller.given) pollers_.erase(std::find(pollers_.begin(), pollers_.end(), &poller));
  return std::exchange(poller.given, nullptr);
}

void RuntimeQueue::PutBack(const Given& given) {
  const std::lock_guard lock(mutex_);
  if (in_hand_.erase(given->id) == 0) return;
  waiting_.push_front(given);
  Give();
}

void RuntimeQueue::Give() {
  while (!waiting_.empty() && !pollers_.empty()) {
    Poller& poller = *pollers_.front();
    pollers_.pop_front();
    poller.given = std::move(waiting_.front());
    waiting_.pop_front();
    in_hand_.emplace(poller.given->id, poller.given);
    poller.ring();
  }
}

void RuntimeQueue::Remember(const std::string& id) {
  if (late_.size() == kMostLate) late_.pop_front();
  late_.push_back(id);
}

void RuntimeQueue::End(Invocation& invocation, domain::HookOutcome outcome) {
  invocation.outcome = std::move(outcome);
  invocation.over = true;
  invocation.ended.notify_one();
}

bool RuntimeQueue::Answer(std::string_view id, domain::HookOutcome outcome) {
  const std::lock_guard lock(mutex_);
  const auto found = in_hand_.find(std::string(id));
  if (found == in_hand_.end()) {
    const auto late = std::find(late_.begin(), late_.end(), id);
    if (late == late_.end()) return false;
    late_.erase(late);
    return true;
  }
  End(*found->second, std::move(outcome));
  in_hand_.erase(found);
  return true;
}

bool RuntimeQueue::InHand(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  return in_hand_.contains(std::string(id));
}

void RuntimeQueue::InitFailed(const domain::HookOutcome& outcome) {
  const std::lock_guard lock(mutex_);
  if (Present() > 0 || waiting_.empty()) return;
  End(*waiting_.front(), outcome);
  waiting_.pop_front();
}

void RuntimeQueue::Stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (const Given& given : waiting_) End(*given, Undelivered(Stopping()));
  for (const auto& [id, given] : in_hand_) End(*given, Stopping());
  waiting_.clear();
  in_hand_.clear();
}

size_t RuntimeQueue::runtimes() const {
  const std::lock_guard lock(mutex_);
  return Present();
}

}  // namespace sallyport::hooks
