// LambdaEnvironment: one execution environment of a Lambda function, as AWS keeps it: the program
// `bootstrap`, which fetches its events from a Runtime API, and which may be frozen between them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "http_peer.h"
#include "process.h"

namespace sallyport::history {

class LambdaEnvironment {
 public:
  // `command` is what to run; its variable AWS_LAMBDA_RUNTIME_API is added. Call it from the main
  // thread (process.h).
  explicit LambdaEnvironment(Command command);
  ~LambdaEnvironment();
  LambdaEnvironment(const LambdaEnvironment&) = delete;
  LambdaEnvironment& operator=(const LambdaEnvironment&) = delete;

  struct Reply {
    bool failed = false;
    std::string body;
  };
  // Thaws it and has it process one event; nullopt: no reply within 10 s. One call at a time.
  std::optional<Reply> Invoke(const std::string& event);
  // Freezes it once it waits for its next event, which it is given a second for.
  void Freeze();
  uint64_t freezes() const { return freezes_; }

 private:
  void Serve();
  // Speaks the Runtime API on one connection until that ends.
  void ServeConnection(HttpPeer& peer);
  // The answer to `GET /invocation/next`; nullopt: this object is ending.
  std::optional<std::string> AwaitEvent();
  void TakeReply(const HttpMessage& message);

  int listener_ = -1;
  std::unique_ptr<Process> process_;
  bool frozen_ = false;  // used by the caller of Invoke and Freeze only
  std::atomic<uint64_t> freezes_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool waits_ = false;                // guarded by mutex_: it has asked for its next event
  std::optional<std::string> event_;  // guarded by mutex_: to be given to it
  std::optional<Reply> reply_;        // guarded by mutex_
  uint64_t events_ = 0;               // guarded by mutex_
  std::thread thread_;
};

}  // namespace sallyport::history
