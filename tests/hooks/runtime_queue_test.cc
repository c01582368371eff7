#include "hooks/runtime_queue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace sallyport::hooks {
namespace {

using Kind = domain::HookOutcome::Kind;
using std::chrono::milliseconds;

// A runtime at the queue's other end.
class Runtime {
 public:
  explicit Runtime(RuntimeQueue& queue) : queue_(queue) {}
  RuntimeQueue::Given Take() {
    std::promise<void> rung;
    RuntimeQueue::Poller poller{.ring = [&rung] { rung.set_value(); }, .given = nullptr};
    queue_.Poll(poller);
    rung.get_future().wait();
    return queue_.Leave(poller);
  }
  bool Answer(const std::string& id, const std::string& text) {
    return queue_.Answer(id, {Kind::kAnswered, text, {}});
  }

 private:
  RuntimeQueue& queue_;
};

class RuntimeQueueTest : public testing::Test {
 protected:
  std::future<HookAttempt> Call(const std::string& event, int64_t millis = 20'000) {
    return std::async(std::launch::async,
                      [this, event, millis] { return queue_.Call(function_, event, millis); });
  }
  const Function function_ = ParseArn("arn:aws:lambda:eu-west-1:123456789012:function:greet");
  RuntimeQueue queue_{base::SystemClock::Get()};
  Runtime runtime_{queue_};
};

TEST_F(RuntimeQueueTest, TheAnswerUnderItsIdIsTheOutcome) {
  auto call = Call("event");
  const auto given = runtime_.Take();
  EXPECT_EQ(given->event, "event");
  EXPECT_EQ(given->arn, function_.arn);
  EXPECT_EQ(queue_.runtimes(), 1u);
  EXPECT_TRUE(runtime_.Answer(given->id, "answer"));
  const HookAttempt attempt = call.get();
  EXPECT_EQ(attempt.outcome.kind, Kind::kAnswered);
  EXPECT_EQ(attempt.outcome.text, "answer");
  EXPECT_FALSE(runtime_.Answer(given->id, "again"));
  EXPECT_FALSE(runtime_.Answer("unknown", "answer"));
  EXPECT_EQ(queue_.runtimes(), 0u);
}

TEST_F(RuntimeQueueTest, EventsAreGivenInTheirOrderOneToEachRuntime) {
  std::vector<std::future<HookAttempt>> calls;
  for (const char* event : {"1", "2", "3"}) {
    calls.push_back(Call(event));
    std::this_thread::sleep_for(milliseconds(50));
  }
  std::vector<RuntimeQueue::Given> given;
  for (int i = 0; i < 3; ++i) given.push_back(runtime_.Take());
  EXPECT_EQ(given[0]->event + given[1]->event + given[2]->event, "123");
  for (int i : {2, 0, 1}) runtime_.Answer(given[i]->id, "to " + given[i]->event);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(calls[i].get().outcome.text, "to " + given[i]->event);
}

TEST_F(RuntimeQueueTest, AnEventThatNobodyTakesTimesOutOnce) {
  const HookAttempt attempt = queue_.Call(function_, "event", 50);
  EXPECT_EQ(attempt.outcome.kind, Kind::kTimedOut);
  EXPECT_FALSE(attempt.again);
  EXPECT_EQ(attempt.outcome.cause, "no runtime took the event; 0 connected");
  EXPECT_TRUE(attempt.outcome.undelivered);
}

TEST_F(RuntimeQueueTest, AnEventThatIsNotAnsweredInTimeMayBeOfferedAgainAndItsAnswerIsForNobody) {
  auto call = Call("event", 200);
  const auto given = runtime_.Take();
  const HookAttempt attempt = call.get();
  EXPECT_EQ(attempt.outcome.kind, Kind::kTimedOut);
  EXPECT_TRUE(attempt.again);
  EXPECT_FALSE(attempt.outcome.undelivered);
  EXPECT_FALSE(queue_.InHand(given->id));
  EXPECT_TRUE(runtime_.Answer(given->id, "late"));
  EXPECT_FALSE(runtime_.Answer(given->id, "later"));
}

TEST_F(RuntimeQueueTest, WhatCouldNotBeSentIsTheNextRuntimesAndComesFirst) {
  auto first = Call("first");
  const auto lost = runtime_.Take();
  auto second = Call("second");
  std::this_thread::sleep_for(milliseconds(50));
  queue_.PutBack(lost);
  const auto given = runtime_.Take();
  EXPECT_EQ(given->event, "first");
  runtime_.Answer(given->id, "answer");
  EXPECT_EQ(first.get().outcome.kind, Kind::kAnswered);
  runtime_.Answer(runtime_.Take()->id, "answer");
  EXPECT_EQ(second.get().outcome.kind, Kind::kAnswered);
}

TEST_F(RuntimeQueueTest, ARuntimeThatCannotStartFailsWhatWaitsUnlessAnotherIsHere) {
  auto call = Call("event");
  std::this_thread::sleep_for(milliseconds(50));
  queue_.InitFailed(Raised(R"({"errorMessage": "no module"})", ""));
  EXPECT_EQ(call.get().outcome.text, "no module");

  auto taken = Call("taken");
  const auto given = runtime_.Take();
  auto waiting = Call("waiting");
  std::this_thread::sleep_for(milliseconds(50));
  queue_.InitFailed(Raised(R"({"errorMessage": "no module"})", ""));
  runtime_.Answer(given->id, "answer");
  runtime_.Answer(runtime_.Take()->id, "answer");
  EXPECT_EQ(taken.get().outcome.kind, Kind::kAnswered);
  EXPECT_EQ(waiting.get().outcome.kind, Kind::kAnswered);
}

TEST_F(RuntimeQueueTest, AStopEndsWhatWaitsAndWhatIsInHand) {
  auto in_hand = Call("event");
  const auto given = runtime_.Take();
  auto waiting = Call("event");
  std::this_thread::sleep_for(milliseconds(50));
  queue_.Stop();
  EXPECT_EQ(in_hand.get().outcome.text, "ServiceException");
  EXPECT_EQ(waiting.get().outcome.text, "ServiceException");
  EXPECT_EQ(queue_.Call(function_, "event", 20'000).outcome.text, "ServiceException");
  EXPECT_FALSE(runtime_.Answer(given->id, "answer"));
}

}  // namespace
}  // namespace sallyport::hooks
