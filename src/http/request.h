// Request: what came in on a connection, and from whom.
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

// Its target() is a path of this server's: without the path of --public-url.
struct Request : boost::beast::http::request<boost::beast::http::string_body> {
  // Without its body. `prefix`: the path of --public-url (public_path.h).
  Request(const http1::Head& head, std::string_view prefix);

  std::string received_target;  // as it came
  bool through_proxy;           // as far as the request shows it (http1/forwarded.h)
};

// The client, not the proxies in front (proxy_connection.h).
struct Peer {
  std::string address;    // without the port
  bool loopback = false;  // and no proxy between
  bool tls = false;
  std::optional<base::IpAddress> ip;  // the same as `address`
  int socket = -1;                    // of a connection without a proxy that names another client
};

// Without the query.
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

// The header's value, the first if there are several; empty where there is none.
inline std::string_view Header(const Request& request, std::string_view name) {
  const auto value = request[{name.data(), name.size()}];
  return {value.data(), value.size()};
}

// As SigV4 looks at it. Views into `request`.
SignedRequest ToSigned(const Request& request);

}  // namespace sallyport::http
