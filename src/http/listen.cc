#include "http/listen.h"

#include <fmt/format.h>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/strand.hpp>
#include <charconv>

namespace sallyport::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

base::Error StartError(std::string message) {
  return {"start_failed", std::move(message), {}};
}

}  // namespace

std::optional<tcp::endpoint> ParseListen(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon + 1 == text.size()) return std::nullopt;
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return std::nullopt;
  }
  uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data() + colon + 1, end, port);
  if (failed != std::errc() || rest != end) return std::nullopt;
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error) return std::nullopt;
  return tcp::endpoint(address, port);
}

base::Result<std::shared_ptr<tcp::acceptor>> Listen(asio::io_context& context,
                                                    const std::string& listen) {
  const std::optional<tcp::endpoint> endpoint = ParseListen(listen);
  if (!endpoint) {
    return StartError(fmt::format(
        "listen address \"{}\": must be of the form 127.0.0.1:9229 or [::1]:9229", listen));
  }
  auto acceptor = std::make_shared<tcp::acceptor>(asio::make_strand(context));
  error_code error;
  acceptor->open(endpoint->protocol(), error);
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && endpoint->address().is_v6()) {
    acceptor->set_option(asio::ip::v6_only(true), error);
  }
  if (!error) acceptor->bind(*endpoint, error);
  if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (error == asio::error::address_in_use) {
    return StartError(
        fmt::format("port already taken: {} (another process listens there)", listen));
  }
  if (error == asio::error::access_denied) {
    return StartError(fmt::format(
        "no permission to listen on {} (ports below 1024 need root or CAP_NET_BIND_SERVICE)",
        listen));
  }
  if (error) return StartError(fmt::format("cannot listen on {}: {}", listen, error.message()));
  return acceptor;
}

std::string Show(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", address, endpoint.port())
                                    : fmt::format("{}:{}", address, endpoint.port());
}

}  // namespace sallyport::http
