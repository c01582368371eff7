// ScriptedServer: a feed server of real sockets that says what a test tells it to.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "channel/channel.h"
#include "channel/enrolment.h"
#include "revocation/frame.h"

namespace sallyport::agent {

// One accepted feed. Every call waits at most 10 s.
class ScriptedFeed {
 public:
  ScriptedFeed(boost::asio::io_context& io, std::shared_ptr<channel::Channel> channel)
      : io_(io), channel_(std::move(channel)) {}

  void Send(const std::string& message) {
    bool sent = false;
    boost::asio::co_spawn(
        io_,
        [&]() -> boost::asio::awaitable<void> {
          const base::Status written = co_await channel_->Write(message);
          sent = written.ok();
        },
        boost::asio::detached);
    Run();
    EXPECT_TRUE(sent);
  }
  // Nullopt: the agent has gone, or said nothing in time.
  std::optional<std::string> Receive() {
    std::optional<std::string> message;
    boost::asio::co_spawn(
        io_,
        [&]() -> boost::asio::awaitable<void> {
          auto frame = co_await channel_->Read();
          if (frame) message = std::move(*frame);
        },
        boost::asio::detached);
    Run();
    return message;
  }
  void Send(const revocation::Frame& frame) { Send(revocation::Encode(frame)); }
  // The next frame, which must be an F; renewals that come before another kind are skipped.
  template <typename F>
  F Expect() {
    for (;;) {
      const auto message = Receive();
      if (!message) {
        ADD_FAILURE() << "no frame came";
        return F{};
      }
      auto frame = revocation::Decode(*message);
      if (!frame) {
        ADD_FAILURE() << frame.error().cause;
        return F{};
      }
      if (auto* expected = std::get_if<F>(&*frame)) return std::move(*expected);
      if (!std::holds_alternative<revocation::Renew>(*frame)) {
        ADD_FAILURE() << "a frame of index " << frame->index();
        return F{};
      }
    }
  }
  const std::string& identity() const { return channel_->identity(); }

 private:
  void Run() {
    io_.restart();
    io_.run_for(std::chrono::seconds(10));
    if (!io_.stopped()) {
      channel_->Close();
      io_.run();
    }
  }
  boost::asio::io_context& io_;
  const std::shared_ptr<channel::Channel> channel_;
};

class ScriptedServer {
 public:
  ScriptedServer() : acceptor_(io_, {boost::asio::ip::make_address("127.0.0.1"), 0}) {}

  std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }
  // The key that the agent should have, and that the server knows.
  void Know(std::string secret) { secret_ = std::move(secret); }
  channel::Enrolment Enrol(const std::string& name) const {
    return {.servers = {{"127.0.0.1", port()}},
            .name = name,
            .key_id = "0123456789abcdef",
            .secret = base::Secret(secret_)};
  }

  // The next connection; null if none comes.
  std::optional<boost::asio::ip::tcp::socket> AcceptSocket() {
    boost::asio::ip::tcp::socket socket(io_);
    bool accepted = false;
    acceptor_.async_accept(socket,
                           [&](const boost::system::error_code& error) { accepted = !error; });
    io_.restart();
    io_.run_for(std::chrono::seconds(10));
    if (accepted) return socket;
    acceptor_.cancel();
    io_.run();
    ADD_FAILURE() << "no agent connected";
    return std::nullopt;
  }
  // The next agent that connects; null if none does, or one that has another key.
  std::unique_ptr<ScriptedFeed> Accept() {
    auto socket = AcceptSocket();
    if (!socket) return nullptr;
    auto channel = server_.Make(std::move(*socket), revocation::kMaxFrameBytes);
    bool proved = false;
    boost::asio::co_spawn(
        io_,
        [&]() -> boost::asio::awaitable<void> {
          const base::Status done = co_await channel->Handshake();
          proved = done.ok();
        },
        boost::asio::detached);
    io_.restart();
    io_.run_for(std::chrono::seconds(10));
    if (!proved) return nullptr;
    return std::make_unique<ScriptedFeed>(io_, std::move(channel));
  }

 private:
  std::string secret_ = std::string(channel::kKeyBytes, 'k');
  boost::asio::io_context io_;
  channel::Server server_{[this](std::string_view) { return base::Secret(secret_); }};
  boost::asio::ip::tcp::acceptor acceptor_;
};

}  // namespace sallyport::agent
