// Any bytes as the beginning of a trusted proxy's connection, and as its X-Forwarded-For: exactly
// the bytes of a PROXY header are consumed, and the client is never one of the trusted proxies if
// another address is named.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ip.h"
#include "http1/forwarded.h"
#include "http1/proxy_protocol.h"
#include "must.h"

namespace {

using namespace sallyport;
using State = http1::ProxyHeader::State;

void CheckHeader(std::string_view stream) {
  size_t taken = 0;
  http1::ProxyHeader header = http1::ReadProxyHeader({});
  while (header.state == State::kIncomplete) {
    Must(header.wanted > 0);
    if (header.wanted > stream.size() - taken) return;
    taken += header.wanted;
    Must(taken <= http1::kGreatestProxyHeader);
    header = http1::ReadProxyHeader(stream.substr(0, taken));
  }
  if (header.state == State::kMalformed) return;
  const std::string_view bytes = stream.substr(0, taken);
  if (bytes.starts_with("PROXY ")) {
    Must(taken <= 107 && bytes.find("\r\n") == taken - 2);
    // Every byte of the address that is named stands in the header.
    if (header.client && bytes.starts_with("PROXY TCP4 ")) {
      Must(bytes.substr(11).starts_with(header.client->ToString() + ' '));
    }
  } else {
    Must(taken >= 16);
    const size_t length = static_cast<uint8_t>(bytes[14]) * 256U + static_cast<uint8_t>(bytes[15]);
    Must(taken == 16 + length);
  }
  // It is complete neither earlier nor with more.
  for (size_t size = 0; size < taken; ++size) {
    Must(http1::ReadProxyHeader(stream.substr(0, size)).state != State::kComplete);
  }
  Must(http1::ReadProxyHeader(std::string(bytes) + 'x').state == State::kMalformed);
}

void CheckForwarded(std::string_view text) {
  static const http1::TrustedProxies proxies({*base::IpNetwork::Parse("10.0.0.0/8")});
  static const base::IpAddress hop = *base::IpAddress::Parse("10.0.0.1");
  const std::array<std::string_view, 1> whole{text};
  const base::IpAddress client = proxies.ClientOf(hop, whole);
  const auto again = base::IpAddress::Parse(client.ToString());
  Must(again && *again == client);
  // What stands to the left of the first address that is not a proxy's changes nothing.
  if (proxies.Contains(client)) return;
  const std::string longer = "192.0.2.77, " + std::string(text);
  const std::array<std::string_view, 1> other{longer};
  Must(proxies.ClientOf(hop, other) == client);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  CheckHeader(bytes);
  CheckForwarded(bytes);
  (void)base::IpNetwork::Parse(bytes);
  return 0;
}
