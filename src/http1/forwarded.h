// Whether a request came through proxies, and whose it is: X-Forwarded-For, as far as it can be
// believed.
#pragma once

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ip.h"
#include "http1/head.h"

namespace sallyport::http1 {

// Whether the request shows that a proxy sends it: by a field with which proxies say for whom they
// do (Via, Forwarded, X-Forwarded-For and its siblings, X-Real-IP and the like), or by HTTP/1.0,
// which nginx speaks to those behind it where its configuration says nothing else, and hardly
// anybody else does. A proxy that wants to hide can.
bool ShowsProxy(const Head& head);

class TrustedProxies {
 public:
  TrustedProxies() = default;
  explicit TrustedProxies(std::vector<base::IpNetwork> networks) : networks_(std::move(networks)) {}

  bool empty() const { return networks_.empty(); }
  bool Contains(const base::IpAddress& address) const;

  // `hop` is a trusted proxy, `lines` are the values of its request's X-Forwarded-For fields. Each
  // proxy adds at the right whom it was called by, so what stands there is believed as far as
  // trusted proxies have written it: the rightmost address that does not belong to one of them.
  // What is no address ends the search at the proxy that wrote it.
  base::IpAddress ClientOf(const base::IpAddress& hop,
                           std::span<const std::string_view> lines) const;

 private:
  std::vector<base::IpNetwork> networks_;
};

}  // namespace sallyport::http1
