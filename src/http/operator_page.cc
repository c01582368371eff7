#include "http/operator_page.h"

#include <algorithm>
#include <boost/beast/core/string.hpp>

#include "base/log.h"
#include "base/socket_owner.h"
#include "domain/errors.h"
#include "domain/services.h"

namespace sallyport::http {
namespace {

// What proxies add to what they pass on.
bool IsOfProxies(boost::beast::string_view header) {
  using boost::beast::iequals;
  constexpr boost::beast::string_view kForwarded = "X-Forwarded-";
  return iequals(header, "Via") || iequals(header, "Forwarded") || iequals(header, "X-Real-IP") ||
         iequals(header.substr(0, kForwarded.size()), kForwarded);
}

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

// A proxy that is asked for nothing else (nginx's plain proxy_pass) speaks HTTP/1.0.
bool IsOfThisHost(const Request& request, const Peer& peer) {
  return peer.loopback && request.version() >= 11 &&
         std::none_of(request.begin(), request.end(),
                      [](const auto& field) { return IsOfProxies(field.name_string()); });
}

bool IsOfOwnUser(const Backends& backends, const Request& request, const Peer& peer) {
  if (!IsOfThisHost(request, peer)) return false;
  const base::Status own = base::CheckOtherEndIsOwn(peer.socket);
  if (own) return true;
  const auto told = backends.minute_log->Note("operator's pages");
  if (told) {
    base::LogWarning("a page for the server's own user is refused to a process of this host",
                     {{"path", Path(request)},
                      {"times", static_cast<int64_t>(*told)},
                      {"cause", own.error().cause}});
  }
  return false;
}

// Where operators have a listener of their own, a request to any other listener is treated as a
// stranger's.
bool IsAtOperators(const Backends& backends, const Peer& peer) {
  return peer.at_operators || !backends.operators_apart;
}

// A page of another site that the operator's browser shows could name this address; it could not
// have this Host, and the browser says where the request came from.
bool MaySeeUnsigned(const Backends& backends, const Request& request, const Peer& peer) {
  const std::string_view site = Header(request, "Sec-Fetch-Site");
  return IsAtOperators(backends, peer) && IsLoopbackAuthority(Header(request, "Host")) &&
         (peer.at_operators ||
          IsLoopbackAuthority(AuthorityOf(backends.services.settings.public_url))) &&
         (site.empty() || site == "none" || site == "same-origin") &&
         IsOfOwnUser(backends, request, peer);
}

}  // namespace

std::optional<Response> RefuseOperatorPage(const Backends& backends, const Request& request,
                                           const Peer& peer) {
  if (IsSigned(request)) {
    const auto verified = backends.verify_signature(ToSigned(request));
    if (!verified) return JsonError(403, verified.error());
  } else if (!MaySeeUnsigned(backends, request, peer)) {
    return JsonError(403, domain::error::kPageNotSigned());
  }
  return std::nullopt;
}

std::optional<Response> RefuseMetrics(const Backends& backends, const Request& request,
                                      const Peer& peer) {
  if (backends.metrics_readers == MetricsReaders::kAll) return std::nullopt;
  if (IsSigned(request)) {
    const auto verified = backends.verify_signature(ToSigned(request));
    if (verified) return std::nullopt;
    return JsonError(403, verified.error());
  }
  const bool may =
      IsAtOperators(backends, peer) && (backends.metrics_readers == MetricsReaders::kThisHost
                                            ? IsOfThisHost(request, peer)
                                            : IsOfOwnUser(backends, request, peer));
  if (may) return std::nullopt;
  return JsonError(403, domain::error::kMetricsNotForCaller());
}

}  // namespace sallyport::http
