// Serves one connection of a client, request after request.
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "http/connections.h"
#include "http/router.h"

namespace sallyport::http {

// The limits of one connection. A client that is slower is disconnected.
//
// The head of a request has room for an access token of a user in many groups
// (jose::UnverifiedToken).
inline constexpr size_t kGreatestHeaderBytes = 32 * 1024;
// A body from somebody who does not name one of the server's credentials. AWS's operations of this
// kind accept far less.
inline constexpr size_t kGreatestStrangerBytes = 256 * 1024;
// What AWS accepts in CreateManagedLoginBranding, the largest of its operations.
inline constexpr size_t kGreatestBodyBytes = 2 * 1024 * 1024;
inline constexpr int64_t kHandshakeSeconds = 10;
inline constexpr int64_t kIdleSeconds = 75;  // between requests, and before the first
inline constexpr int64_t kHeaderSeconds = 10;
inline constexpr int64_t kBodySeconds = 30;
inline constexpr int64_t kWriteSeconds = 30;
inline constexpr int64_t kLingerSeconds = 2;

// Serves `socket`, whose executor is one of ClientContexts, until the connection ends. `entry` is
// the connection's. `tls` is null for plain HTTP (certificate.h). All references must outlive the
// connection.
boost::asio::awaitable<void> ServeConnection(boost::asio::ip::tcp::socket socket,
                                             std::unique_ptr<Connections::Entry> entry,
                                             std::shared_ptr<SSL_CTX> tls, const Router& router,
                                             Connections& connections);

}  // namespace sallyport::http
