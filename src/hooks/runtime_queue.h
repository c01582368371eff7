// RuntimeQueue: events that wait for a runtime, and runtimes that wait for an event.
//
// It connects worker threads, which block in Call, with the connections of the Runtime API. Each
// event is an invocation with its own id. It is given to one runtime, and the first answer for its
// id that arrives in time is its outcome.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "hooks/hook_transport.h"

namespace sallyport::hooks {

// Thread-safe.
class RuntimeQueue {
 public:
  struct Invocation {
    std::string id;
    std::string arn;
    std::string event;
    int64_t deadline_wall_millis = 0;

   private:
    friend class RuntimeQueue;
    bool over = false;
    domain::HookOutcome outcome;
    std::condition_variable ended;
  };
  using Given = std::shared_ptr<Invocation>;

  // A connection that waits in `next`. `ring` is called once, from any thread and while the queue
  // is locked, when `given` is set.
  struct Poller {
    std::function<void()> ring;
    Given given;
  };

  explicit RuntimeQueue(const base::Clock& clock) : clock_(clock) {}

  // For workers. An event that no runtime takes in time is not offered again; one that a runtime
  // has taken and not answered may be retried by the caller.
  HookAttempt Call(const Function& function, const std::string& event, int64_t millis);

  // For runtimes.
  //
  // Gets the next event, at once or later with a call of `ring`, in the order of the polls.
  // `poller` must outlive the wait, which ends with Leave.
  void Poll(Poller& poller);
  // What the poller was given, if anything.
  Given Leave(Poller& poller);
  // Returns an event that was given but could not be sent, so that the next runtime gets it.
  void PutBack(const Given& given);

  // False: no runtime is processing that invocation; it is unknown or was answered before. An
  // answer that comes too late is accepted and ignored: Lambda would have ended that runtime, and a
  // runtime stops working if it is told that its answer failed.
  bool Answer(std::string_view id, domain::HookOutcome outcome);
  bool InHand(std::string_view id) const;
  // A runtime could not start. If there is no other runtime, the first waiting event fails with
  // this outcome, as in Lambda.
  void InitFailed(const domain::HookOutcome& outcome);

  // Ends all calls, and refuses further ones.
  void Stop();

  // The number of runtimes that are waiting or are processing an event.
  size_t runtimes() const;

 private:
  // The caller holds the mutex.
  void Give();
  void Remember(const std::string& id);
  static void End(Invocation& invocation, domain::HookOutcome outcome);
  size_t Present() const { return pollers_.size() + in_hand_.size(); }

  const base::Clock& clock_;
  mutable std::mutex mutex_;
  std::deque<Given> waiting_;
  std::deque<Poller*> pollers_;
  std::unordered_map<std::string, Given> in_hand_;  // by id; sent to a runtime, or about to be
  std::deque<std::string> late_;                    // ids whose time is over, the oldest first
  bool stopping_ = false;
};

}  // namespace sallyport::hooks
