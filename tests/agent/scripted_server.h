// ScriptedServer: a feed server of real sockets that says what a test tells it to.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "revocation/frame.h"

namespace sallyport::agent {

// One accepted feed. Every call waits at most 10 s.
class ScriptedFeed {
 public:
  virtual ~ScriptedFeed() = default;
  virtual void Send(const std::string& message) = 0;
  // Nullopt: the agent has gone, or said nothing in time.
  virtual std::optional<std::string> Receive() = 0;

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

  // The handshake's headers.
  std::string authorization, target;
};

template <typename Stream>
class ScriptedSocket final : public ScriptedFeed {
 public:
  ScriptedSocket(boost::asio::io_context& io, Stream stream)
      : io_(io), socket_(std::move(stream)) {}

  bool Accept() {
    boost::beast::flat_buffer buffer;
    boost::beast::http::request<boost::beast::http::string_body> request;
    bool accepted = false;
    boost::beast::http::async_read(
        socket_.next_layer(), buffer, request, [&](boost::beast::error_code error, size_t) {
          if (error) return;
          authorization = std::string(request[boost::beast::http::field::authorization]);
          target = std::string(request.target());
          socket_.async_accept(request,
                               [&](boost::beast::error_code failed) { accepted = !failed; });
        });
    Run();
    socket_.binary(true);
    return accepted;
  }
  using ScriptedFeed::Send;
  void Send(const std::string& message) override {
    bool sent = false;
    socket_.async_write(boost::asio::buffer(message),
                        [&](boost::beast::error_code error, size_t) { sent = !error; });
    Run();
    EXPECT_TRUE(sent);
  }
  std::optional<std::string> Receive() override {
    boost::beast::flat_buffer buffer;
    bool received = false;
    socket_.async_read(buffer, [&](boost::beast::error_code error, size_t) { received = !error; });
    Run();
    if (!received) return std::nullopt;
    return boost::beast::buffers_to_string(buffer.data());
  }

 private:
  void Run() {
    io_.restart();
    io_.run_for(std::chrono::seconds(10));
    if (!io_.stopped()) {
      boost::beast::get_lowest_layer(socket_).close();
      io_.run();
    }
  }
  boost::asio::io_context& io_;
  boost::beast::websocket::stream<Stream> socket_;
};

class ScriptedServer {
 public:
  ScriptedServer() : acceptor_(io_, {boost::asio::ip::make_address("127.0.0.1"), 0}) {}

  std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }
  void UseTls(const std::string& certificate_pem, const std::string& key_pem) {
    tls_.emplace(boost::asio::ssl::context::tls_server);
    tls_->use_certificate(boost::asio::buffer(certificate_pem), boost::asio::ssl::context::pem);
    tls_->use_private_key(boost::asio::buffer(key_pem), boost::asio::ssl::context::pem);
  }

  // The next agent that connects; null if none does.
  std::unique_ptr<ScriptedFeed> Accept() {
    boost::asio::ip::tcp::socket socket(io_);
    bool accepted = false;
    acceptor_.async_accept(socket, [&](boost::beast::error_code error) { accepted = !error; });
    io_.restart();
    io_.run_for(std::chrono::seconds(10));
    if (!accepted) {
      acceptor_.cancel();
      io_.run();
      ADD_FAILURE() << "no agent connected";
      return nullptr;
    }
    boost::beast::tcp_stream stream(std::move(socket));
    if (!tls_) return Finish(std::move(stream));
    boost::beast::ssl_stream<boost::beast::tcp_stream> encrypted(std::move(stream), *tls_);
    boost::beast::error_code error;
    encrypted.handshake(boost::asio::ssl::stream_base::server, error);
    if (error) return nullptr;
    return Finish(std::move(encrypted));
  }

 private:
  template <typename Stream>
  std::unique_ptr<ScriptedFeed> Finish(Stream stream) {
    auto feed = std::make_unique<ScriptedSocket<Stream>>(io_, std::move(stream));
    if (!feed->Accept()) {
      ADD_FAILURE() << "no WebSocket handshake";
      return nullptr;
    }
    return feed;
  }

  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::optional<boost::asio::ssl::context> tls_;
};

}  // namespace sallyport::agent
