// ClientContexts: where the connections of clients run, each on one of a few contexts with a thread
// of its own.
//
// Of threads that share a context, the one that takes an event wakes another to wait for the next:
// a hand-over for each request, which threads that share nothing do not make.
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

  // Of each context in turn. As good as a strand, since one thread runs it. Thread-safe.
  boost::asio::any_io_executor Next() {
    return contexts_[next_++ % contexts_.size()]->get_executor();
  }

  // Each is to be run by one thread.
  const std::vector<std::unique_ptr<boost::asio::io_context>>& all() const { return contexts_; }

 private:
  std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
  std::atomic<size_t> next_{0};
};

}  // namespace sallyport::http
