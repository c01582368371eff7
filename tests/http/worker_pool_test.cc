#include "http/worker_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
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
  // At the start, threads may fall asleep between two calls; after that, the last one is the first
  // to be woken.
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

// Calls of this pool that run now, and the most that ever did.
class Running {
 public:
  void Enter() {
    const int now = ++now_;
    int most = most_;
    while (now > most && !most_.compare_exchange_weak(most, now)) {
    }
  }
  void Leave() { --now_; }
  int most() const { return most_; }

 private:
  std::atomic<int> now_ = 0;
  std::atomic<int> most_ = 0;
};

TEST(WorkerPool, AThousandCallsBesideLeaveItsThreadsToTheOthers) {
  constexpr int kBlocked = 1000;
  std::promise<void> open;
  const std::shared_future<void> gate = open.get_future().share();
  std::latch blocked(kBlocked);
  Running running;
  std::atomic<int> came_back = 0;
  {
    WorkerPool pool({.threads = 4, .queue = 10'000});
    for (int i = 0; i < kBlocked; ++i) {
      auto call = [&] {
        running.Enter();
        running.Leave();
        EXPECT_TRUE(WorkerPool::Beside([&] {
          blocked.count_down();
          gate.wait();
        }));
        running.Enter();
        ++came_back;
        running.Leave();
      };
      ASSERT_TRUE(pool.Submit(call));
    }
    blocked.wait();
    EXPECT_EQ(pool.beside(), static_cast<size_t>(kBlocked));
    EXPECT_EQ(pool.waiting(), 0u);
    // The pool is as quick as ever.
    for (int i = 0; i < 1000; ++i) {
      std::promise<void> done;
      auto call = [&] {
        running.Enter();
        running.Leave();
        done.set_value();
      };
      ASSERT_TRUE(pool.Submit(call));
      ASSERT_EQ(done.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
    }
    EXPECT_EQ(came_back, 0);
    open.set_value();
  }
  EXPECT_EQ(came_back, kBlocked);
  EXPECT_LE(running.most(), 4);
}

TEST(WorkerPool, WhatComesBackWaitsForAFreeThreadAndGoesBeforeWhatIsQueued) {
  WorkerPool pool({.threads = 1, .queue = 100});
  std::promise<void> beside, answer, busy, go_on;
  std::vector<int> order;  // guarded by there being one thread
  auto hook = [&] {
    EXPECT_TRUE(WorkerPool::Beside([&] {
      beside.set_value();
      answer.get_future().wait();
    }));
    order.push_back(1);
  };
  auto other = [&] {
    busy.set_value();
    go_on.get_future().wait();
    order.push_back(0);
  };
  ASSERT_TRUE(pool.Submit(hook));
  beside.get_future().wait();
  ASSERT_TRUE(pool.Submit(other));
  busy.get_future().wait();
  std::promise<void> last;
  auto queued = [&] {
    order.push_back(2);
    last.set_value();
  };
  ASSERT_TRUE(pool.Submit(queued));
  answer.set_value();
  while (pool.beside() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  go_on.set_value();
  last.get_future().wait();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
}

TEST(WorkerPool, NeverMoreThanItsThreadsRunWhateverComesAndGoes) {
  constexpr int kThreads = 3;
  Running running;
  std::atomic<int> done = 0;
  {
    WorkerPool pool({.threads = kThreads, .queue = 10'000});
    for (int i = 0; i < 2000; ++i) {
      auto call = [&, i] {
        running.Enter();
        std::this_thread::yield();
        running.Leave();
        if (i % 3 == 0) {
          EXPECT_TRUE(WorkerPool::Beside(
              [i] { std::this_thread::sleep_for(std::chrono::microseconds(50 * (i % 40))); }));
          running.Enter();
          std::this_thread::yield();
          running.Leave();
        }
        ++done;
      };
      ASSERT_TRUE(pool.Submit(call));
    }
  }
  EXPECT_EQ(done, 2000);
  EXPECT_LE(running.most(), kThreads);
}

TEST(WorkerPool, RefusesMoreThanItsLimitBesideAndTheCallGoesOn) {
  WorkerPool pool({.threads = 2, .queue = 10, .beside = 1});
  std::promise<void> beside, open, refused;
  auto first = [&] {
    EXPECT_TRUE(WorkerPool::Beside([&] {
      beside.set_value();
      open.get_future().wait();
    }));
  };
  ASSERT_TRUE(pool.Submit(first));
  beside.get_future().wait();
  auto second = [&] {
    EXPECT_FALSE(WorkerPool::Beside([] { ADD_FAILURE() << "run beyond the limit"; }));
    refused.set_value();
  };
  ASSERT_TRUE(pool.Submit(second));
  refused.get_future().wait();
  open.set_value();
}

TEST(WorkerPool, BesideOnAThreadOfNoPoolSimplyRuns) {
  bool ran = false;
  EXPECT_TRUE(WorkerPool::Beside([&ran] { ran = true; }));
  EXPECT_TRUE(ran);
}

TEST(WorkerPool, SubstitutesStandInAgainAndAgainAndLeaveWhenTheyAreNotNeeded) {
  const auto threads_of_this_process = [] {
    size_t count = 0;
    for ([[maybe_unused]] const auto& task :
         std::filesystem::directory_iterator("/proc/self/task")) {
      ++count;
    }
    return count;
  };
  WorkerPool pool({.threads = 2, .queue = 1000});
  const size_t before = threads_of_this_process();
  for (int round = 0; round < 2; ++round) {
    std::promise<void> open;
    const std::shared_future<void> gate = open.get_future().share();
    std::latch blocked(100);
    for (int i = 0; i < 100; ++i) {
      auto call = [&blocked, gate] {
        EXPECT_TRUE(WorkerPool::Beside([&] {
          blocked.count_down();
          gate.wait();
        }));
      };
      ASSERT_TRUE(pool.Submit(call));
    }
    blocked.wait();
    EXPECT_GE(threads_of_this_process(), before + 98);
    open.set_value();
    while (pool.beside() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  for (int waits = 0; threads_of_this_process() > before && waits < 200; ++waits) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_LE(threads_of_this_process(), before);
}

}  // namespace
}  // namespace sallyport::http
