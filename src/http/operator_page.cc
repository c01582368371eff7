#include "http/operator_page.h"

#include <string>

#include "base/ip.h"
#include "base/log.h"
#include "base/socket_owner.h"
#include "domain/errors.h"
#include "domain/services.h"
#include "own_api/page.h"

namespace sallyport::http {
namespace {

// Why an unsigned request is refused, as a text for the log; nullopt: it is not refused.
using Why = std::optional<std::string>;

// For example "127.0.0.1:9229", "[::1]" or "localhost": names of this host, which a page of another
// host cannot have.
bool IsLoopbackAuthority(std::string_view authority) {
  if (authority.starts_with('[')) {
    const auto address = base::IpAddress::Parse(authority.substr(1, authority.find(']') - 1));
    return address && address->loopback();
  }
  const std::string_view host = authority.substr(0, authority.find(':'));
  const auto address = base::IpAddress::Parse(host);
  return host == "localhost" || (address && address->loopback());
}

std::string_view AuthorityOf(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return url.substr(0, url.find('/'));
}

bool IsSigned(const Request& request) {
  return Header(request, "Authorization").starts_with("AWS4-HMAC-SHA256");
}

// A page of another site in the operator's browser could call this address. But its request would
// have another Host, or the browser would say which site it comes from.
bool IsOfAnotherSite(const Request& request) {
  const std::string_view site = Header(request, "Sec-Fetch-Site");
  return !IsLoopbackAuthority(Header(request, "Host")) ||
         !(site.empty() || site == "none" || site == "same-origin");
}

// A request that seems to come from this host may have been sent on by a proxy or a browser.
Why WhyNotOfThisHost(const Request& request, const Peer& peer) {
  if (request.through_proxy || peer.socket < 0) return "it was forwarded by a proxy";
  if (!peer.loopback) return "it does not come over loopback";
  if (IsOfAnotherSite(request))
    return "its Host is not a loopback address, or another web site sent it";
  return std::nullopt;
}

Why WhyNotOwn(const Peer& peer) {
  const base::Status own = base::CheckOtherEndIsOwn(peer.socket);
  return own ? std::nullopt : Why(own.error().cause);
}

Why WhyNotMetrics(const Backends& backends, const Request& request, const Peer& peer) {
  if (backends.metrics_readers == MetricsReaders::kAll) return std::nullopt;
  if (auto why = WhyNotOfThisHost(request, peer)) return why;
  if (backends.metrics_readers == MetricsReaders::kThisHost) return std::nullopt;
  return WhyNotOwn(peer);
}

Why WhyNotUnsigned(const Backends& backends, Face face, const Request& request, const Peer& peer) {
  if (face == Face::kPublic && backends.operators_apart) {
    return "without a signature it is shown only on --operator-listen";
  }
  if (Path(request) == kMetricsPath) return WhyNotMetrics(backends, request, peer);
  if (auto why = WhyNotOfThisHost(request, peer)) return why;
  if (face == Face::kPublic &&
      !IsLoopbackAuthority(AuthorityOf(backends.services.settings.public_url))) {
    return "the server's public URL is not a loopback address, so a proxy may be in front of the "
           "server";
  }
  return WhyNotOwn(peer);
}

void SayRefused(const Backends& backends, std::string_view page, const Peer& peer,
                std::string_view cause) {
  const auto told = backends.minute_log->Note(page);
  if (!told) return;
  base::LogWarning("an operators' page is refused", {{"page", page},
                                                     {"source", peer.address},
                                                     {"times", static_cast<int64_t>(*told)},
                                                     {"cause", cause}});
}

}  // namespace

bool IsOperatorPage(std::string_view path) {
  return path == kMetricsPath || own_api::FindPage(path) != nullptr;
}

std::optional<Response> RefuseOperatorPage(const Backends& backends, Face face,
                                           const Request& request, const Peer& peer) {
  if (IsSigned(request) && (face == Face::kPublic || peer.loopback)) {
    const auto verified = backends.verify_signature(ToSigned(request));
    if (!verified) return JsonError(403, verified.error());
    return std::nullopt;
  }
  const Why why = WhyNotUnsigned(backends, face, request, peer);
  if (!why) return std::nullopt;
  SayRefused(backends, Path(request), peer, *why);
  if (Path(request) == kMetricsPath) return JsonError(403, domain::error::kMetricsNotForCaller());
  return JsonError(403, backends.operators_apart ? domain::error::kPageAtOperators()
                                                 : domain::error::kPageNotSigned());
}

}  // namespace sallyport::http
