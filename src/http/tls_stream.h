// TlsStream: the server's end of TLS, based on OpenSSL's own socket BIO. (Asio's ssl::stream would
// hold some 70 KiB of buffers for each connection, even an idle one.)
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "http/any_stream.h"

namespace sallyport::http {

// One read and one write may run at the same time, and only one thread at a time may use it.
class TlsStream final : public AnyStream {
 public:
  TlsStream(boost::asio::ip::tcp::socket socket, std::shared_ptr<SSL_CTX> context);
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  executor_type get_executor() override { return socket_.get_executor(); }
  boost::asio::ip::tcp::socket& next_layer() { return socket_; }
  const boost::asio::ip::tcp::socket& next_layer() const { return socket_; }

  // Waits until there is something to read, as far as that can be told. Needs no memory.
  boost::asio::awaitable<boost::system::error_code> WaitForBytes();
  boost::asio::awaitable<boost::system::error_code> Handshake();
  // Tells the peer that nothing more follows, if that is possible without waiting.
  void Close();

 private:
  void ReadSome(boost::asio::mutable_buffer buffer, Done done) override;
  void WriteSome(const Few& buffers, Done done) override;

  // Tries an operation of OpenSSL, and again whenever the socket is ready. `inside`: it is called
  // from a completion handler, and may complete at once.
  template <typename Try>
  void Run(Try attempt, Done done, bool inside);

  boost::asio::ip::tcp::socket socket_;
  const std::shared_ptr<SSL_CTX> context_;
  // Created by the handshake, so a client that has sent nothing costs nothing.
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  std::string joined_;  // the buffers of one write, joined
};

}  // namespace sallyport::http
