// Request: a request on a connection, and who sent it.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/ip.h"
#include "http/sigv4.h"
#include "http1/head.h"

namespace sallyport::http {

// target() is a path of this server, without the path in --public-url.
struct Request : boost::beast::http::request<boost::beast::http::string_body> {
  // Without the body. `prefix` is the path in --public-url (public_path.h).
  Request(const http1::Head& head, std::string_view prefix);

  std::string received_target;  // as it arrived
  bool through_proxy;           // as far as the request shows it (http1/forwarded.h)
};

// The client, not a proxy in front of the server (proxy_connection.h).
struct Peer {
  std::string address;    // without the port
  bool loopback = false;  // without a proxy in between
  bool tls = false;
  std::optional<base::IpAddress> ip;  // the same as `address`
  int socket = -1;                    // the socket, unless a proxy named another client
};

// The target without the query.
inline std::string_view Path(const Request& request) {
  const std::string_view target(request.target().data(), request.target().size());
  return target.substr(0, target.find('?'));
}

// What follows the "?"; empty where there is none.
inline std::string_view Query(const Request& request) {
  const std::string_view target(request.target().data(), request.target().size());
  const size_t at = target.find('?');
  return at == std::string_view::npos ? std::string_view() : target.substr(at + 1);
}

// The value of the header, the first one if there are several; empty where there is none.
inline std::string_view Header(const Request& request, std::string_view name) {
  const auto value = request[{name.data(), name.size()}];
  return {value.data(), value.size()};
}

// Whether the request's method is in `methods`, like "GET, HEAD, POST".
bool ListsMethod(std::string_view methods, const Request& request);
// The request's method; for HEAD it is GET, whose answer the connection sends without the body (RFC
// 9110 section 9.3.2).
std::string_view MethodToRun(const Request& request);

// In the form that SigV4 needs. Views refer to `request`.
SignedRequest ToSigned(const Request& request);

}  // namespace sallyport::http
