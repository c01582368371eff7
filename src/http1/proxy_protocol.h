// The PROXY protocol, versions 1 and 2 (HAProxy's "The PROXY protocol", 2020/03/05): a proxy sends
// a header at the beginning of a connection that names the client.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/ip.h"

namespace sallyport::http1 {

// Including extensions. Larger headers are malformed.
inline constexpr size_t kGreatestProxyHeader = 4096;

struct ProxyHeader {
  enum class State { kIncomplete, kMalformed, kComplete };
  State state = State::kMalformed;
  // For kIncomplete: how many bytes to read next. None of them lies behind the header.
  size_t wanted = 0;
  // For kComplete: the client. nullopt: the connection is the proxy's own, or the proxy does not
  // tell (LOCAL, UNKNOWN, or an address family other than IPv4 and IPv6).
  std::optional<base::IpAddress> client;
};

// `bytes` is everything that has been read so far, from the beginning of the connection and
// according to `wanted`; empty at first. Strict: whatever the specification does not allow is
// malformed, and so is a wrong checksum.
ProxyHeader ReadProxyHeader(std::string_view bytes);

}  // namespace sallyport::http1
