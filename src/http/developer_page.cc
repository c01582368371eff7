#include "http/developer_page.h"

#include "domain/errors.h"
#include "domain/services.h"

namespace sallyport::http {
namespace {

// "127.0.0.1:9229", "[::1]", "localhost": names of this host that no other host's page has.
bool IsLoopbackAuthority(std::string_view authority) {
  std::string_view host = authority;
  if (host.starts_with('[')) {
    host = host.substr(0, host.find(']') + 1);
  } else {
    host = host.substr(0, host.find(':'));
  }
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

std::string_view AuthorityOf(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return url.substr(0, url.find('/'));
}

bool IsSigned(const Request& request) {
  return Header(request, "Authorization").starts_with("AWS4-HMAC-SHA256");
}

// A page of another site that the developer's browser shows could name this address; it could not
// have this Host, and the browser says where the request came from.
bool MaySeeUnsigned(const Backends& backends, const Request& request, const Peer& peer) {
  const std::string_view site = Header(request, "Sec-Fetch-Site");
  return peer.loopback && IsLoopbackAuthority(Header(request, "Host")) &&
         IsLoopbackAuthority(AuthorityOf(backends.services.settings.public_url)) &&
         Header(request, "X-Forwarded-For").empty() && Header(request, "Forwarded").empty() &&
         (site.empty() || site == "none" || site == "same-origin");
}

}  // namespace

std::optional<Response> RefuseDeveloperPage(const Backends& backends, const Request& request,
                                            const Peer& peer) {
  if (IsSigned(request)) {
    const auto verified = backends.verify_signature(ToSigned(request));
    if (!verified) return JsonError(403, verified.error());
  } else if (!MaySeeUnsigned(backends, request, peer)) {
    return JsonError(403, domain::error::kPageNotSigned());
  }
  return std::nullopt;
}

}  // namespace sallyport::http
