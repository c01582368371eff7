// ConfiguredHooks: calls the functions of pools, each by the transport that the configuration names
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
  // The time limit of each attempt. AWS: "must respond within 5 seconds".
  int64_t timeout_millis = 5000;
  // Runs a blocking function outside of the calling thread's pool. False: too many are running, and
  // it was not run.
  std::function<bool(const std::function<void()>&)> beside;
  // Called after each call with the transport ("none" if no row matches), how the call ended
  // ("answered", "raised", "not_called", "timed_out"), and how long all attempts took together. May
  // be empty.
  std::function<void(std::string_view transport, std::string_view outcome, double seconds)> observe;
};

class ConfiguredHooks final : public domain::HookRunner {
 public:
  // AWS: "If it doesn't and if the call can be retried, Amazon Cognito retries the call. After
  // three unsuccessful attempts, the function times out." A call is tried again where there was no
  // connection, the answer was 429 or 5xx, or there was no answer in time; never where the function
  // has raised an error.
  static constexpr int kAttempts = 3;

  struct Entry {
    HookRow row;
    std::shared_ptr<HookTransport> transport;  // rows with the same target may share it
  };

  ConfiguredHooks(std::vector<Entry> entries, HookOptions options);

  // kNotCalled "ResourceNotFoundException" where no row matches.
  domain::HookOutcome Run(std::string_view arn, const std::string& event) override;

  // Ends the calls under way within about a second, and refuses further ones. Must be called before
  // the worker pools are destroyed.
  void Stop();

  const std::vector<Entry>& entries() const { return entries_; }

 private:
  HookTransport* TransportOf(const Function& function) const;
  domain::HookOutcome Attempts(HookTransport& transport, const Function& function,
                               const std::string& event);
  // False: the hooks are stopping.
  bool Pause(int64_t millis);

  const std::vector<Entry> entries_;
  const HookOptions options_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
};

}  // namespace sallyport::hooks
