// Whether a request came through proxies, and from which client, by X-Forwarded-For as far as that
// can be trusted.
#pragma once

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ip.h"
#include "http1/head.h"

namespace sallyport::http1 {

// Whether the request shows that a proxy has sent it: by a header with which proxies name their
// client (Via, Forwarded, X-Forwarded-For and similar ones, X-Real-IP), or by HTTP/1.0, which nginx
// uses towards its upstreams by default and hardly anybody else does. A proxy can avoid being
// recognised.
bool ShowsProxy(const Head& head);

class TrustedProxies {
 public:
  TrustedProxies() = default;
  explicit TrustedProxies(std::vector<base::IpNetwork> networks) : networks_(std::move(networks)) {}

  bool empty() const { return networks_.empty(); }
  bool Contains(const base::IpAddress& address) const;

  // `hop` is a trusted proxy; `lines` are the values of the X-Forwarded-For headers in its request.
  // Each proxy appends the address of its own client, so the list is read from the right and
  // trusted as long as trusted proxies have written it. The result is the rightmost address that is
  // not a trusted proxy. An entry that is not an address ends the search at the proxy that wrote
  // it.
  base::IpAddress ClientOf(const base::IpAddress& hop,
                           std::span<const std::string_view> lines) const;

 private:
  std::vector<base::IpNetwork> networks_;
};

}  // namespace sallyport::http1
