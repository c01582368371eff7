// TlsStream: the server's end of TLS, on OpenSSL's own socket BIO. (Asio's ssl::stream keeps some
// 70 KiB of buffers for each connection, idle or not.)
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "http/any_stream.h"

namespace sallyport::http {

// One read and one write may be under way at the same time. All on the socket's executor, a strand.
class TlsStream final : public AnyStream {
 public:
  TlsStream(boost::asio::ip::tcp::socket socket, std::shared_ptr<SSL_CTX> context);
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  executor_type get_executor() override { return socket_.get_executor(); }
  boost::asio::ip::tcp::socket& next_layer() { return socket_; }
  const boost::asio::ip::tcp::socket& next_layer() const { return socket_; }

  // Until there is something to read, as far as it can be told. Needs no memory.
  boost::asio::awaitable<boost::system::error_code> WaitForBytes();
  boost::asio::awaitable<boost::system::error_code> Handshake();
  // Says that nothing more comes, as far as it can be said at once.
  void Close();

 private:
  void ReadSome(boost::asio::mutable_buffer buffer, Done done) override;
  void WriteSome(const Few& buffers, Done done) override;

  // Tries an operation of OpenSSL's, and again when the socket is ready. `inside`: whether it is
  // called from a completion, and may complete at once.
  template <typename Try>
  void Run(Try attempt, Done done, bool inside);

  boost::asio::ip::tcp::socket socket_;
  const std::shared_ptr<SSL_CTX> context_;
  // Made by the handshake: who has sent nothing has cost nothing.
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  std::string joined_;  // what one write joins
};

}  // namespace sallyport::http
