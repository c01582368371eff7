#include "http/worker_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <utility>

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
