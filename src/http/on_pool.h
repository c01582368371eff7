// Runs a function on a worker thread while a connection's coroutine waits for it. The coroutine
// continues on its own executor (OnPool), or on the worker thread (OnPoolFromNowOn).
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "http/worker_pool.h"

namespace sallyport::http {

enum class GoesOn { kOnItsExecutor, kOnTheWorker };

template <typename Result, GoesOn where, typename Function, typename Handler>
struct PoolTask {
  Function function;
  Handler handler;

  void operator()() {
    std::optional<Result> result(function());
    if constexpr (where == GoesOn::kOnTheWorker) {
      std::move(handler)(std::move(result));
    } else {
      Post(std::move(result));
    }
  }

  void Post(std::optional<Result> result) {
    const auto executor = boost::asio::get_associated_executor(handler);
    boost::asio::post(executor, [h = std::move(handler), r = std::move(result)]() mutable {
      std::move(h)(std::move(r));
    });
  }
};

template <GoesOn where, typename Result, typename Function>
boost::asio::awaitable<std::optional<Result>> RunOnPool(WorkerPool& pool, Function function,
                                                        WorkerPool::Bound bound) {
  namespace asio = boost::asio;
  return asio::async_initiate<const asio::use_awaitable_t<>, void(std::optional<Result>)>(
      [&pool, bound](auto handler, Function run) {
        PoolTask<Result, where, Function, decltype(handler)> task{std::move(run),
                                                                  std::move(handler)};
        if (!pool.Submit(task, bound)) task.Post(std::nullopt);
      },
      asio::use_awaitable, std::move(function));
}

// Resumes on the coroutine's own executor. nullopt: the pool's queue is full, and nothing was run.
// `function` gives a Result and must not throw; what it refers to must outlive the await.
template <typename Result, typename Function>
boost::asio::awaitable<std::optional<Result>> OnPool(
    WorkerPool& pool, Function function, WorkerPool::Bound bound = WorkerPool::Bound::kQueue) {
  return RunOnPool<GoesOn::kOnItsExecutor, Result>(pool, std::move(function), bound);
}

// The same, but the coroutine resumes on the worker thread and stays there until it next waits for
// something. So the worker can send its answer without waking an I/O thread. Meanwhile nothing else
// may run on the coroutine's executor, which holds for a connection while it serves a call. Before
// the coroutine starts anything that runs beside it, it must go back to its executor
// (BackToExecutor).
template <typename Result, typename Function>
boost::asio::awaitable<std::optional<Result>> OnPoolFromNowOn(
    WorkerPool& pool, Function function, WorkerPool::Bound bound = WorkerPool::Bound::kQueue) {
  return RunOnPool<GoesOn::kOnTheWorker, Result>(pool, std::move(function), bound);
}

// Resumes on the coroutine's own executor; does nothing if it is there already.
inline boost::asio::awaitable<void> BackToExecutor() {
  const auto executor = co_await boost::asio::this_coro::executor;
  co_await boost::asio::dispatch(executor, boost::asio::use_awaitable);
}

}  // namespace sallyport::http
