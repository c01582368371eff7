#include "hooks/configured_hooks.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/error_codes.h"
#include "base/log.h"

namespace sallyport::hooks {
namespace {

using domain::HookOutcome;
using Steady = std::chrono::steady_clock;

// The pause before the second attempt; before the third it is twice as long.
constexpr int64_t kPauseMillis = 50;

std::string_view NameOf(HookOutcome::Kind kind) {
  switch (kind) {
    case HookOutcome::Kind::kAnswered:
      return "answered";
    case HookOutcome::Kind::kRaised:
      return "raised";
    case HookOutcome::Kind::kTimedOut:
      return "timed_out";
    case HookOutcome::Kind::kNotCalled:
      break;
  }
  return "not_called";
}

}  // namespace

ConfiguredHooks::ConfiguredHooks(std::vector<Entry> entries, HookOptions options)
    : entries_(std::move(entries)), options_(std::move(options)) {}

HookTransport* ConfiguredHooks::TransportOf(const Function& function) const {
  int best = 0;
  HookTransport* transport = nullptr;
  for (const Entry& entry : entries_) {
    const int fit = Fit(entry.row, function);
    if (fit <= best) continue;
    best = fit;
    transport = entry.transport.get();
  }
  return transport;
}

bool ConfiguredHooks::Pause(int64_t millis) {
  std::unique_lock lock(mutex_);
  return !stopped_.wait_for(lock, std::chrono::milliseconds(millis), [this] { return stopping_; });
}

HookOutcome ConfiguredHooks::Attempts(HookTransport& transport, const Function& function,
                                      const std::string& event) {
  bool undelivered = true;
  for (int made = 1;; ++made) {
    HookAttempt attempt = transport.Call(function, event, options_.timeout_millis);
    // An earlier attempt may have reached the function, even if this one has not.
    undelivered = undelivered && attempt.outcome.undelivered;
    attempt.outcome.undelivered = undelivered;
    if (!attempt.again || made == kAttempts) return std::move(attempt.outcome);
    base::LogInfo("hook called again", {{"function", function.arn},
                                        {"way", transport.name()},
                                        {"outcome", NameOf(attempt.outcome.kind)},
                                        {"cause", attempt.outcome.cause}});
    // The time limit was pause enough.
    const bool waited = attempt.outcome.kind == HookOutcome::Kind::kTimedOut;
    if (!Pause(waited ? 0 : kPauseMillis * made)) return std::move(attempt.outcome);
  }
}

HookOutcome ConfiguredHooks::Run(std::string_view arn, const std::string& event) {
  const auto begin = Steady::now();
  const Function function = ParseArn(arn);
  HookTransport* const transport = TransportOf(function);
  HookOutcome outcome;
  if (transport == nullptr) {
    outcome =
        Undelivered(NotCalled(base::code::kResourceNotFound, "no --hook names this function"));
  } else if (!options_.beside([&] { outcome = Attempts(*transport, function, event); })) {
    outcome =
        Undelivered(NotCalled(base::code::kTooManyRequests, "too many calls of hooks are running"));
  }
  const double seconds = std::chrono::duration<double>(Steady::now() - begin).count();
  const std::string_view transport_name = transport == nullptr ? "none" : transport->name();
  if (options_.observe) options_.observe(transport_name, NameOf(outcome.kind), seconds);
  if (outcome.kind != HookOutcome::Kind::kAnswered) {
    base::LogWarning("hook failed", {{"function", arn},
                                     {"way", transport_name},
                                     {"outcome", NameOf(outcome.kind)},
                                     {"cause", outcome.cause},
                                     {"seconds", seconds}});
  }
  return outcome;
}

void ConfiguredHooks::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  for (const Entry& entry : entries_) entry.transport->Stop();
}

}  // namespace sallyport::hooks
