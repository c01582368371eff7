// The PROXY protocol, versions 1 and 2 (HAProxy's "The PROXY protocol", 2020/03/05): what a proxy
// sends first on a connection, so that its end knows whose it is.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/ip.h"

namespace sallyport::http1 {

// With its extensions. Larger ones are malformed.
inline constexpr size_t kGreatestProxyHeader = 4096;

struct ProxyHeader {
  enum class State { kIncomplete, kMalformed, kComplete };
  State state = State::kMalformed;
  // kIncomplete: how many bytes to read next. None of them is beyond the header.
  size_t wanted = 0;
  // kComplete; nullopt: the connection is the proxy's own, or the proxy does not tell (LOCAL,
  // UNKNOWN, or an address of another family than IPv4 and IPv6).
  std::optional<base::IpAddress> client;
};

// `bytes`: all that came so far, read as `wanted` says from the connection's begin on; empty at
// first. Strict: what the specification does not allow is malformed, and so is a wrong checksum.
ProxyHeader ReadProxyHeader(std::string_view bytes);

}  // namespace sallyport::http1
