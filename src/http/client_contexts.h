// ClientContexts: the contexts on which the connections of clients run. Each context has one
// thread, and each connection runs on one context.
//
// If threads shared a context, the thread that takes an event would wake another one to wait for
// the next event, once for each request. Threads that share nothing do not have to.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <vector>

namespace sallyport::http {

class ClientContexts {
 public:
  // `count`: at least one.
  explicit ClientContexts(size_t count) {
    constexpr int kThreadsOfEach = 1;
    for (size_t i = 0; i < count; ++i) {
      contexts_.push_back(std::make_unique<boost::asio::io_context>(kThreadsOfEach));
    }
  }

  // Gives each context in turn. It serves as a strand, since only one thread runs it. Thread-safe.
  boost::asio::any_io_executor Next() {
    return contexts_[next_++ % contexts_.size()]->get_executor();
  }

  // Each must be run by exactly one thread.
  const std::vector<std::unique_ptr<boost::asio::io_context>>& all() const { return contexts_; }

 private:
  std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
  std::atomic<size_t> next_{0};
};

}  // namespace sallyport::http
