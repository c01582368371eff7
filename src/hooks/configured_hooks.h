// ConfiguredHooks: calls the functions of pools, each by the transport that the configuration has
// for it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "domain/hooks/hook.h"
#include "hooks/hook_row.h"
#include "hooks/hook_transport.h"

namespace sallyport::hooks {

struct HookOptions {
  // Of each attempt. AWS: "must respond within 5 seconds".
  int64_t timeout_millis = 5000;
  // Runs what blocks beside the calling thread's pool. False: there are too many, and it was not
  // run.
  std::function<bool(const std::function<void()>&)> beside;
  // After each call: the transport ("none": no row), how it ended ("answered", "raised",
  // "not_called", "timed_out"), and how long it took with all attempts. May be empty.
  std::function<void(std::string_view transport, std::string_view outcome, double seconds)> observe;
};

class ConfiguredHooks final : public domain::HookRunner {
 public:
  // AWS: "If it doesn't and if the call can be retried, Amazon Cognito retries the call. After
  // three unsuccessful attempts, the function times out." What was not connected, was refused with
  // 429 or 5xx, or did not answer in time is tried again; an error that the function raised never
  // is.
  static constexpr int kAttempts = 3;

  struct Entry {
    HookRow row;
    std::shared_ptr<HookTransport> transport;  // rows with the same target may share one
  };

  ConfiguredHooks(std::vector<Entry> entries, HookOptions options);

  // kNotCalled "ResourceNotFoundException": no row fits.
  domain::HookOutcome Run(std::string_view arn, const std::string& event) override;

  // Ends the calls under way within a second or so, and refuses further ones. Before the worker
  // pools go.
  void Stop();

  const std::vector<Entry>& entries() const { return entries_; }

 private:
  HookTransport* TransportOf(const Function& function) const;
  domain::HookOutcome Attempts(HookTransport& transport, const Function& function,
                               const std::string& event);
  // False: the hooks stop.
  bool Pause(int64_t millis);

  const std::vector<Entry> entries_;
  const HookOptions options_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
};

}  // namespace sallyport::hooks
