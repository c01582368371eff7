// RuntimeQueue: events that wait for a runtime, and runtimes that wait for an event.
//
// Between worker threads, which block in Call, and the connections of the Runtime API. Each event
// is an invocation with an id of its own; it is given to one runtime, and what comes under its id
// first, in its time, is its outcome.
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

  // A connection that waits in `next`. `ring` is called once, from any thread and with the queue
  // locked, when `given` is there.
  struct Poller {
    std::function<void()> ring;
    Given given;
  };

  explicit RuntimeQueue(const base::Clock& clock) : clock_(clock) {}

  // The worker's side. An event that no runtime takes in its time is not offered again; one that a
  // runtime has taken and not answered may be.
  HookAttempt Call(const Function& function, const std::string& event, int64_t millis);

  // The runtimes' side.
  //
  // The next event, at once, or later by the bell; in the order of the polls. `poller` outlives the
  // wait, which ends with Leave.
  void Poll(Poller& poller);
  // What the poller was given, if anything.
  Given Leave(Poller& poller);
  // An event that was given and could not be sent: the next runtime's.
  void PutBack(const Given& given);

  // False: no runtime has that invocation in hand; it is unknown or answered. What comes past its
  // time is taken, and nobody hears of it: Lambda would have ended that runtime, and runtimes do
  // not survive another answer than that of a success.
  bool Answer(std::string_view id, domain::HookOutcome outcome);
  bool InHand(std::string_view id) const;
  // A runtime could not start. Where no other one is here, the first event that waits fails by it,
  // as Lambda has it.
  void InitFailed(const domain::HookOutcome& outcome);

  // Ends all, and refuses further calls.
  void Stop();

  // Runtimes that wait or have an event in hand.
  size_t runtimes() const;

 private:
  // With the mutex held.
  void Give();
  void Remember(const std::string& id);
  static void End(Invocation& invocation, domain::HookOutcome outcome);
  size_t Present() const { return pollers_.size() + in_hand_.size(); }

  const base::Clock& clock_;
  mutable std::mutex mutex_;
  std::deque<Given> waiting_;
  std::deque<Poller*> pollers_;
  std::unordered_map<std::string, Given> in_hand_;  // by id; sent, or about to be
  std::deque<std::string> late_;                    // ids past their time, the oldest first
  bool stopping_ = false;
};

}  // namespace sallyport::hooks
