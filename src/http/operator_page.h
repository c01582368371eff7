// Who may see the pages that are for whoever operates the server: outbox, hooks, metrics.
#pragma once

#include <optional>
#include <string_view>

#include "http/backends.h"
#include "http/request.h"
#include "http/response.h"

namespace sallyport::http {

// What a listener serves.
enum class Face {
  kPublic,    // everything, to everybody whom it is for
  kOperator,  // operators' pages and the server's health, and nothing else (--operator-listen)
};

inline constexpr std::string_view kMetricsPath = "/metrics";

// Whether the path is of such a page.
bool IsOperatorPage(std::string_view path);

// The answer that refuses the page at Path(request); nullopt: the caller may see it. He may with a
// call signed with the server's credentials, which on the operators' listener must come over
// loopback, where it need not be encrypted. He may unsigned
// - over loopback, as the user that the server runs as (base/socket_owner.h); whom --metrics names
//   may read /metrics, which has no secrets;
// - through no proxy, as far as the request shows one (http1/forwarded.h), and addressed to
//   loopback, so that no page of another site in a browser of this host can ask;
// - where operators have a listener of their own, there alone; else, but for /metrics, only while
// the
//   server's public URL is loopback: a proxy of the same user, which can be in front of a server
//   that others reach, cannot be told from him.
// A refusal says in words what to do. Why an unsigned request was refused is logged once a minute.
std::optional<Response> RefuseOperatorPage(const Backends& backends, Face face,
                                           const Request& request, const Peer& peer);

}  // namespace sallyport::http
