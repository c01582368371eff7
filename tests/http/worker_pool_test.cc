#include "http/worker_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace sallyport::http {
namespace {

TEST(WorkerPool, RunsWhatItTookEvenWhenItGoes) {
  std::atomic<int> ran = 0;
  {
    WorkerPool pool({.threads = 2, .queue = 100});
    for (int i = 0; i < 100; ++i) {
      auto call = [&ran] { ++ran; };
      ASSERT_TRUE(pool.Submit(call));
    }
  }
  EXPECT_EQ(ran, 100);
}

TEST(WorkerPool, RefusesWhatItsQueueCannotHoldAndLeavesItWhole) {
  WorkerPool pool({.threads = 1, .queue = 1});
  std::promise<void> begun, go;
  auto block = [&begun, may = go.get_future()]() mutable {
    begun.set_value();
    may.wait();
  };
  ASSERT_TRUE(pool.Submit(block));
  begun.get_future().wait();
  auto waiting = [] {};
  ASSERT_TRUE(pool.Submit(waiting));
  EXPECT_EQ(pool.waiting(), 1u);
  auto refused = [held = std::make_unique<int>(7)] { return *held; };
  EXPECT_FALSE(pool.Submit(refused));
  EXPECT_EQ(refused(), 7);
  go.set_value();
}

TEST(WorkerPool, CallsThatWaitForEachOtherAllRun) {
  constexpr int kThreads = 8;
  WorkerPool pool({.threads = kThreads, .queue = 100});
  for (int round = 0; round < 50; ++round) {
    std::latch all(kThreads);
    std::vector<std::future<void>> done;
    for (int i = 0; i < kThreads; ++i) {
      std::promise<void> promise;
      done.push_back(promise.get_future());
      auto call = [&all, end = std::move(promise)]() mutable {
        all.arrive_and_wait();
        end.set_value();
      };
      ASSERT_TRUE(pool.Submit(call));
    }
    for (auto& one : done) {
      ASSERT_EQ(one.wait_for(std::chrono::seconds(20)), std::future_status::ready);
    }
  }
}

TEST(WorkerPool, OneCallAfterAnotherIsRunByTheSameThread) {
  WorkerPool pool({.threads = 8, .queue = 100});
  std::set<std::thread::id> ran_on;
  for (int i = 0; i < 20; ++i) {
    std::promise<std::thread::id> ran;
    auto call = [&ran] { ran.set_value(std::this_thread::get_id()); };
    ASSERT_TRUE(pool.Submit(call));
    ran_on.insert(ran.get_future().get());
    // Its thread goes back to sleep.
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  // At the start threads may fall asleep between two calls; after that the last one is the first.
  EXPECT_LE(ran_on.size(), 4U);
}

TEST(WorkerPool, ANiceLaneYieldsAndTheOthersStayAsTheyAre) {
  const int mine = getpriority(PRIO_PROCESS, 0);
  std::promise<int> nice;
  WorkerPool pool({.threads = 1, .queue = 1, .nice = 10});
  auto call = [&nice] { nice.set_value(getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()))); };
  ASSERT_TRUE(pool.Submit(call));
  EXPECT_EQ(nice.get_future().get(), 10);
  EXPECT_EQ(getpriority(PRIO_PROCESS, 0), mine);
}

}  // namespace
}  // namespace sallyport::http
