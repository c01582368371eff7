// Server: the listening sockets, plain or TLS, with a coroutine for each connection.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/backends.h"
#include "http/certificate.h"
#include "http/client_contexts.h"
#include "http/connections.h"
#include "http/router.h"
#include "http1/memory.h"

namespace sallyport::http {

struct BindOptions {
  std::vector<std::string> listen;  // "127.0.0.1:9229", "[::1]:9229"; port 0: any free one
  std::string tls_cert;             // PEM chain; empty: plain HTTP
  std::string tls_key;
};

// Sockets that are bound and do not answer yet.
struct Bound {
  std::vector<std::shared_ptr<boost::asio::ip::tcp::acceptor>> acceptors;
  std::unique_ptr<Certificate> certificate;  // null: plain HTTP

  // In the order of the options.
  std::vector<boost::asio::ip::tcp::endpoint> endpoints() const;
};

// Reads the certificate and binds all addresses. An error's message is one line for the operator: a
// port is taken, a privilege is missing, or the certificate cannot be parsed.
base::Result<Bound> Bind(boost::asio::io_context& context, const BindOptions& options);

struct ServerOptions {
  size_t connection_limit = 0;
  Face face = Face::kPublic;
  // The connections that the pages report on; null: this server's own.
  const Connections* callers = nullptr;
};

class Server {
 public:
  // `memory` limits the memory of requests that are being read. It must outlive the server, and so
  // must both kinds of contexts: `context` accepts connections, `clients` run them.
  Server(boost::asio::io_context& context, ClientContexts& clients, const Backends& backends,
         Bound bound, const ServerOptions& options, http1::RequestMemory& memory);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Begins to answer. Must be called once.
  void Start();

  const Connections& connections() const { return connections_; }
  // Null: plain HTTP.
  Certificate* certificate() { return bound_.certificate.get(); }

  // To stop, call Drain, Hub::Stop and Close in this order, from a thread that is not an I/O
  // thread, while those still run.
  //
  // Accepts no new connection; idle ones are closed, others after their answer. Waits for that, at
  // most `millis`.
  void Drain(int64_t millis);
  // Closes the remaining connections, and waits until they are gone.
  void Close();

 private:
  boost::asio::awaitable<void> Accept(std::shared_ptr<boost::asio::ip::tcp::acceptor> acceptor);
  boost::asio::awaitable<void> Sweep();
  // False: the connection limit is reached by connections whose requests are being served.
  boost::asio::awaitable<bool> Admit();

  boost::asio::io_context& context_;
  ClientContexts& clients_;
  Bound bound_;
  Connections connections_;
  const Router router_;
};

}  // namespace sallyport::http
