#include "http/proxy_connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "http/error_token.h"
#include "http1/proxy_protocol.h"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;

constexpr const char* kForwardedFor = "X-Forwarded-For";

// A forwarded request does not count as a call from this host, whatever address the proxy names.
Peer Forwarded(const base::IpAddress& client, const Peer& proxy) {
  return {.address = client.ToString(), .loopback = false, .tls = proxy.tls, .ip = client};
}

void SayIgnored(const Backends& backends, const Peer& peer) {
  const auto told = backends.minute_log->Note(kForwardedFor);
  if (!told) return;
  base::LogWarning("X-Forwarded-For is ignored: its sender is not a --trusted-proxy",
                   {{"source", peer.address}, {"times", static_cast<int64_t>(*told)}});
}

void SayMalformed(const Backends& backends, const Peer& peer) {
  const auto told = backends.minute_log->Note("PROXY protocol");
  if (!told) return;
  base::LogWarning("connections are closed: a trusted proxy did not begin with a PROXY header",
                   {{"source", peer.address}, {"times", static_cast<int64_t>(*told)}});
}

}  // namespace

Peer PeerOf(const base::IpAddress& address, bool tls) {
  return {.address = address.ToString(), .loopback = address.loopback(), .tls = tls, .ip = address};
}

asio::awaitable<bool> ReadProxy(asio::ip::tcp::socket& socket, const Backends& backends,
                                Peer& peer) {
  if (!backends.proxy_protocol || !peer.ip || !backends.proxies.Contains(*peer.ip)) co_return true;
  std::string bytes;
  http1::ProxyHeader header = http1::ReadProxyHeader(bytes);
  while (header.state == http1::ProxyHeader::State::kIncomplete) {
    const size_t size = bytes.size();
    bytes.resize(size + header.wanted);
    boost::system::error_code error;
    co_await asio::async_read(socket, asio::buffer(bytes.data() + size, header.wanted),
                              ErrorInto(error));
    if (error) co_return false;
    header = http1::ReadProxyHeader(bytes);
  }
  if (header.state == http1::ProxyHeader::State::kMalformed) {
    SayMalformed(backends, peer);
    co_return false;
  }
  // This also holds where the header names nobody (UNKNOWN, LOCAL, a Unix socket), because the peer
  // is a proxy.
  peer = Forwarded(header.client ? *header.client : *peer.ip, peer);
  co_return true;
}

Peer PeerOfRequest(const Backends& backends, const Request& request, const Peer& peer) {
  const auto [begin, end] = request.equal_range(kForwardedFor);
  if (begin == end) return peer;
  if (!peer.ip || !backends.proxies.Contains(*peer.ip)) {
    SayIgnored(backends, peer);
    return peer;
  }
  std::vector<std::string_view> lines;
  for (auto field = begin; field != end; ++field) {
    lines.emplace_back(field->value().data(), field->value().size());
  }
  return Forwarded(backends.proxies.ClientOf(*peer.ip, lines), peer);
}

}  // namespace sallyport::http
