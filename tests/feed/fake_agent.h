// An Agent's end of a connection without a socket, for tests: frames through two bounded queues.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "feed/hub.h"
#include "revocation/frame.h"

namespace sallyport::feed {

class Pipe final : public Connection {
 public:
  // `depth`: how many frames to the Agent fit before Write waits.
  Pipe(const boost::asio::any_io_executor& executor, size_t depth, Agent agent = {"gate", "k1"})
      : up_(executor, 1000), depth_(depth), agent_(std::move(agent)), version_(agent_.version) {}

  boost::asio::awaitable<std::optional<std::string>> Read() override {
    boost::system::error_code failed;
    std::string message =
        co_await up_.async_receive(boost::asio::redirect_error(boost::asio::use_awaitable, failed));
    if (failed) co_return std::nullopt;
    co_return message;
  }
  boost::asio::awaitable<bool> Write(std::string message) override {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    while (!TryPush(message)) {
      if (closed_) co_return false;
      timer.expires_after(std::chrono::milliseconds(1));
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
    co_return true;
  }
  void Close() override {
    closed_ = true;
    up_.close();
  }
  std::string peer() const override { return "test"; }
  const Agent& agent() const override { return agent_; }

  // ---- The Agent's end; from the test's thread.
  // From now on frames are of this version.
  void Speak(uint16_t version) { version_ = version; }
  void Send(const revocation::Frame& frame) { SendBytes(revocation::Encode(frame, version_)); }
  void SendBytes(std::string bytes) { up_.try_send(boost::system::error_code(), std::move(bytes)); }
  // Waits for the next frame; nullopt: none came in time, or the connection has ended.
  std::optional<revocation::Frame> Receive(
      std::chrono::milliseconds patience = std::chrono::seconds(5)) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (true) {
      // What was sent before the end is still returned first.
      const bool closed = closed_;
      std::optional<revocation::Frame> frame = TryPop();
      if (frame || closed || std::chrono::steady_clock::now() >= until) return frame;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }
  // The next frame if it is a T.
  template <typename T>
  std::optional<T> ReceiveA(std::chrono::milliseconds patience = std::chrono::seconds(5)) {
    auto frame = Receive(patience);
    if (!frame || !std::holds_alternative<T>(*frame)) return std::nullopt;
    return std::get<T>(std::move(*frame));
  }

 private:
  bool TryPush(std::string& message) {
    std::lock_guard lock(mutex_);
    if (closed_ || down_.size() >= depth_) return false;
    down_.push_back(std::move(message));
    return true;
  }
  std::optional<revocation::Frame> TryPop() {
    std::lock_guard lock(mutex_);
    if (down_.empty()) return std::nullopt;
    auto frame = revocation::Decode(down_.front(), version_);
    down_.pop_front();
    if (!frame) throw std::runtime_error("the server sent no frame");
    return std::move(*frame);
  }

  using Channel =
      boost::asio::experimental::concurrent_channel<void(boost::system::error_code, std::string)>;
  Channel up_;
  const size_t depth_;
  const Agent agent_;
  std::atomic<uint16_t> version_;
  std::atomic<bool> closed_{false};
  std::mutex mutex_;
  std::deque<std::string> down_;  // guarded by mutex_
};

}  // namespace sallyport::feed
