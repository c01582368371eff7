// OnPool: a function's run on a worker thread, awaited by a connection's coroutine.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "http/worker_pool.h"

namespace sallyport::http {

template <typename Result, typename Function, typename Handler>
struct PoolTask {
  Function function;
  Handler handler;

  void operator()() { Resume(function()); }

  void Resume(std::optional<Result> result) {
    const auto executor = boost::asio::get_associated_executor(handler);
    boost::asio::post(executor, [h = std::move(handler), r = std::move(result)]() mutable {
      std::move(h)(std::move(r));
    });
  }
};

// Resumes on the coroutine's own executor. nullopt: the pool's queue is full and nothing was run.
// `function` gives a Result and does not throw; what it refers to outlives the await.
template <typename Result, typename Function>
boost::asio::awaitable<std::optional<Result>> OnPool(
    WorkerPool& pool, Function function, WorkerPool::Bound bound = WorkerPool::Bound::kQueue) {
  namespace asio = boost::asio;
  return asio::async_initiate<const asio::use_awaitable_t<>, void(std::optional<Result>)>(
      [&pool, bound](auto handler, Function run) {
        PoolTask<Result, Function, decltype(handler)> task{std::move(run), std::move(handler)};
        if (!pool.Submit(task, bound)) task.Resume(std::nullopt);
      },
      asio::use_awaitable, std::move(function));
}

}  // namespace sallyport::http
