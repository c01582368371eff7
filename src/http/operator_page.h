// Who may see the pages for the operator of the server: outbox, hooks and metrics.
#pragma once

#include <optional>
#include <string_view>

#include "http/backends.h"
#include "http/request.h"
#include "http/response.h"

namespace sallyport::http {

// What a listener serves.
enum class Face {
  kPublic,    // everything
  kOperator,  // only operators' pages and the server's health (--operator-listen)
};

inline constexpr std::string_view kMetricsPath = "/metrics";

// Whether the path is that of an operators' page.
bool IsOperatorPage(std::string_view path);

// The answer that refuses the page at Path(request); nullopt: the caller may see it. A call that is
// signed with the server's credentials may; on the operators' listener it must come over loopback,
// where it need not be encrypted. An unsigned call may
// - over loopback, from the user as whom the server runs (base/socket_owner.h); /metrics, which has
//   no secrets, may also be read by those whom --metrics names;
// - only if it came through no proxy, as far as the request shows (http1/forwarded.h), and is
//   addressed to loopback, so that no page of another site in a browser on this host can make it;
// - where operators have a listener of their own, only there. Otherwise, except for /metrics, only
//   while the server's public URL is on loopback: if others reach the server, a proxy in front of
//   it may run as the same user, and could not be told apart from that user.
//
// A refusal says what to do. Why an unsigned request was refused is logged once a minute.
std::optional<Response> RefuseOperatorPage(const Backends& backends, Face face,
                                           const Request& request, const Peer& peer);

}  // namespace sallyport::http
