#include "http/on_pool.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <exception>
#include <future>
#include <thread>
#include <utility>

namespace sallyport::http {
namespace {

namespace asio = boost::asio;

std::thread::id ThisThread() {
  return std::this_thread::get_id();
}

// Runs a coroutine to its end, on a strand of a context whose one thread is the caller's. The
// context outlives the pool, as the server's does.
template <typename Coroutine>
void RunHere(asio::io_context& context, Coroutine coroutine) {
  std::exception_ptr failed;
  asio::co_spawn(asio::make_strand(context), std::move(coroutine),
                 [&failed](const std::exception_ptr& failure) { failed = failure; });
  context.run();
  if (failed) std::rethrow_exception(failed);
}

TEST(OnPool, GoesOnOnTheCoroutinesExecutor) {
  asio::io_context context;
  WorkerPool pool({.threads = 1});
  std::thread::id ran, went_on;
  RunHere(context, [&]() -> asio::awaitable<void> {
    const auto result = co_await OnPool<std::thread::id>(pool, ThisThread);
    ran = result.value();
    went_on = ThisThread();
  });
  EXPECT_NE(ran, ThisThread());
  EXPECT_EQ(went_on, ThisThread());
}

TEST(OnPool, FromNowOnGoesOnOnTheWorkerUntilItGoesBack) {
  asio::io_context context;
  WorkerPool pool({.threads = 1});
  std::thread::id ran, went_on, back;
  RunHere(context, [&]() -> asio::awaitable<void> {
    const auto result = co_await OnPoolFromNowOn<std::thread::id>(pool, ThisThread);
    ran = result.value();
    went_on = ThisThread();
    co_await BackToExecutor();
    back = ThisThread();
  });
  EXPECT_NE(ran, ThisThread());
  EXPECT_EQ(went_on, ran);
  EXPECT_EQ(back, ThisThread());
}

TEST(OnPool, FromNowOnGoesOnOnTheExecutorWhereTheQueueIsFull) {
  asio::io_context context;
  WorkerPool pool({.threads = 1, .queue = 1});
  std::promise<void> begun, go;
  auto block = [&begun, may = go.get_future()] {
    begun.set_value();
    may.wait();
  };
  ASSERT_TRUE(pool.Submit(block));
  begun.get_future().wait();
  auto fill = [] {};
  ASSERT_TRUE(pool.Submit(fill));
  bool refused = false;
  std::thread::id went_on;
  RunHere(context, [&]() -> asio::awaitable<void> {
    const auto result = co_await OnPoolFromNowOn<std::thread::id>(pool, ThisThread);
    refused = !result;
    went_on = ThisThread();
  });
  EXPECT_TRUE(refused);
  EXPECT_EQ(went_on, ThisThread());
  go.set_value();
}

// The coroutine may continue while the thread that handed it over has not yet returned from that.
TEST(OnPool, FromNowOnCanBeAwaitedFromAWorkerToo) {
  constexpr int kTurns = 2'000;
  asio::io_context context;
  WorkerPool pool({.threads = 4});
  int turns = 0;
  RunHere(context, [&]() -> asio::awaitable<void> {
    for (int i = 0; i < kTurns; ++i) {
      const auto result = co_await OnPoolFromNowOn<int>(pool, [&turns] { return ++turns; });
      EXPECT_EQ(result, i + 1);
      if (i % 3 == 0) co_await BackToExecutor();
    }
    co_await BackToExecutor();
  });
  EXPECT_EQ(turns, kTurns);
}

}  // namespace
}  // namespace sallyport::http
