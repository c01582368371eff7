#include "inquiry/issuer_keys.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log.h"

namespace sallyport::inquiry {
namespace {

constexpr long kFound = 200;

}  // namespace

IssuerKeys::IssuerKeys(Options options, const base::Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      calls_(std::make_unique<outgoing::Calls>(
          outgoing::Calls::Options{.ca_file = options_.ca_file, .connections = 1})),
      thread_([this] { Run(); }) {}

IssuerKeys::~IssuerKeys() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  calls_.reset();
}

void IssuerKeys::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    missed_ = false;
    waits_ = true;
    outgoing::Call call;
    call.url = options_.url;
    call.is_get = true;
    call.headers = {"Accept: application/json"};
    call.millis = options_.timeout_millis;
    const int64_t sent_at = clock_.BootNanos();
    const auto sent = std::chrono::steady_clock::now();
    calls_->Start(std::move(call),
                  [this, sent_at](const outgoing::Reply& reply) { Fetched(reply, sent_at); });
    changed_.wait(lock, [this] { return stopping_ || !waits_; });
    const auto soon =
        sent + std::chrono::milliseconds(std::min(kLeastPauseMillis, options_.refresh_millis));
    const auto due =
        problem_.empty() ? sent + std::chrono::milliseconds(options_.refresh_millis) : soon;
    while (!stopping_) {
      const auto until = missed_ ? soon : due;
      if (std::chrono::steady_clock::now() >= until) break;
      changed_.wait_until(lock, until);
    }
  }
}

void IssuerKeys::Fetched(const outgoing::Reply& reply, int64_t sent_at) {
  std::string problem = reply.cause;
  std::optional<std::vector<PublishedKey>> keys;
  if (reply.failure == outgoing::Reply::Failure::kNone) {
    auto parsed = reply.status == kFound
                      ? ParseJwkSet(reply.body)
                      : base::Error{"", "HTTP " + std::to_string(reply.status), ""};
    if (parsed) {
      keys = std::move(parsed).value();
    } else {
      problem = parsed.error().message;
    }
  }
  const std::lock_guard lock(mutex_);
  waits_ = false;
  changed_.notify_all();
  if (!keys) {
    ++counts_.failed;
    base::LogError("the keys of an issuer were not fetched",
                   {{"url", options_.url}, {"cause", problem}});
    problem_ = std::move(problem);
    return;
  }
  ++counts_.fetched;
  problem_.clear();
  asked_at_ = sent_at;
  // Whoever has this object has its keys ready, so the same keys stay the same object.
  if (keys_ && *keys_ == *keys) return;
  keys_ = std::make_shared<const std::vector<PublishedKey>>(std::move(*keys));
  base::LogInfo("the keys of an issuer have changed",
                {{"url", options_.url}, {"keys", keys_->size()}});
}

int64_t IssuerKeys::AgeMillis() const {
  return (clock_.BootNanos() - asked_at_) / base::kNanosPerMilli;
}

IssuerKeys::Keys IssuerKeys::Now() const {
  const std::lock_guard lock(mutex_);
  return keys_ && AgeMillis() < 2 * options_.refresh_millis ? keys_ : nullptr;
}

void IssuerKeys::Miss() {
  const std::lock_guard lock(mutex_);
  if (missed_) return;
  missed_ = true;
  changed_.notify_all();
}

IssuerKeys::Counts IssuerKeys::counts() const {
  const std::lock_guard lock(mutex_);
  Counts counts = counts_;
  if (keys_) counts.age_millis = AgeMillis();
  return counts;
}

std::string IssuerKeys::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

}  // namespace sallyport::inquiry
